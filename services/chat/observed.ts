import { latencyBuckets, type Metrics } from "../platform/index.ts";

/** Limits by the names under which they are counted when they refuse or cut; docs/architecture.md#bounds says what each does. */
const limitNames = [
  "api",
  "arrivals",
  "auth_seconds",
  "buffered_bytes",
  "buffered_bytes_per_node",
  "connections",
  "connections_opened",
  "connections_per_address",
  "connections_waiting",
  "flood",
  "frame_bytes",
  "http_time",
  "messages",
  "requests",
  "room_changes",
  "rooms",
  "sends",
  "typing",
  "sign_ins",
  "tcp_connections",
] as const;

export type LimitName = (typeof limitNames)[number];

/** What a chat node counts and measures of itself. */
export interface Observed {
  sent(tookMs: number): void;
  delivered(events: number, receivers: number): void;
  repaired(events: number): void;
  reset(): void;
  slowReaderCut(): void;
  handshakeRefused(): void;
  limitReached(limit: LimitName): void;
  redisAnswered(tookMs: number): void;
  /** Messages a second since the last time somebody asked, at least a second apart, and event-loop delay. */
  vitals(): { messagesPerSecond: number; eventLoopDelayMs: number };
}

export function createObserved(metrics: Metrics): Observed {
  const sent = metrics.counter("parley_messages_sent_total", "Messages stored and acknowledged by this node");
  const deliveries = metrics.counter("parley_deliveries_total", "Events written to connections");
  const repaired = metrics.counter(
    "parley_gap_events_repaired_total",
    "Events that pub/sub lost and the log gave back",
  );
  const resets = metrics.counter(
    "parley_history_resets_total",
    "Logs whose history was found rewritten or cut off",
  );
  const slow = metrics.counter("parley_slow_readers_cut_total", "Connections cut because they did not read");
  const refused = metrics.counter("parley_handshakes_refused_total", "Handshakes refused");
  const limits = metrics.counters(
    "parley_limits_reached_total",
    "Times that a limit refused something or cut somebody",
    {
      name: "limit",
      values: limitNames,
    },
  );
  const batch = metrics.histogram(
    "parley_fanout_batch_events",
    "Events written at once",
    [1, 2, 4, 8, 16, 32, 64, 128, 256],
  );
  const sendSeconds = metrics.histogram(
    "parley_send_seconds",
    "From message:send to its acknowledgement",
    latencyBuckets,
  );
  const redisSeconds = metrics.histogram("parley_redis_seconds", "Round trip to Redis", latencyBuckets);

  let sentBefore = 0;
  let atMs = performance.now();
  let messagesPerSecond = 0;
  function vitals(): { messagesPerSecond: number; eventLoopDelayMs: number } {
    const now = performance.now();
    if (now - atMs >= 1_000) {
      messagesPerSecond = Math.round(((sent.value() - sentBefore) / (now - atMs)) * 10_000) / 10;
      sentBefore = sent.value();
      atMs = now;
    }
    return { messagesPerSecond, eventLoopDelayMs: metrics.eventLoopDelayMs() };
  }

  return {
    sent(tookMs) {
      sent.inc();
      sendSeconds.observe(tookMs / 1_000);
    },
    delivered(events, receivers) {
      deliveries.inc(events * receivers);
      batch.observe(events);
    },
    repaired: (events) => repaired.inc(events),
    reset: () => resets.inc(),
    slowReaderCut() {
      slow.inc();
      limits.inc("buffered_bytes");
    },
    handshakeRefused: () => refused.inc(),
    limitReached: limits.inc,
    redisAnswered: (tookMs) => redisSeconds.observe(tookMs / 1_000),
    vitals,
  };
}
