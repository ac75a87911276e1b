import type { Logger, Metrics, RedisConnection, Subscriber } from "../platform/index.ts";
import { createAudit } from "./audit.ts";
import { createContinuity } from "./continuity.ts";
import { type Answer, createLeadership, type Refused } from "./redis-leadership.ts";
import { type PresenceTimes, presenceTimes } from "./times.ts";

/** One of the services of which one leads: the leader keeps the list true and tells the nodes what has changed. */
export interface PresenceService {
  start(): void;
  /** Gives leadership back, so that another one takes over at once; safe to call twice. */
  stop(): Promise<void>;
  readonly leading: boolean;
  /** Why it can do nothing at the moment; undefined: all is well, leading or standing by. */
  readonly trouble: string | undefined;
}

export function createPresenceService(deps: {
  redis: RedisConnection;
  /** Brings the word that there is something to do; without it, that is noticed with the next look. */
  subscriber: Pick<Subscriber, "subscribe">;
  prefix: string;
  log: Logger;
  metrics?: Metrics;
  service: { id: string; pid: number };
  times?: PresenceTimes;
}): PresenceService {
  const { redis, subscriber, log } = deps;
  const times = deps.times ?? presenceTimes;
  const leadership = createLeadership({ ...deps, times });
  const audit = createAudit(leadership);
  const continuity = createContinuity(times.maxSilenceMs);
  const counts = deps.metrics && countWork(deps.metrics);
  let token: string | undefined;
  /** Redis time since when this service leads. */
  let ledSinceMs = 0;
  /** When it looks again, and when the leader has work; both by this process' clock. */
  let leadDueMs = 0;
  let workDueMs = 0;
  let workedMs = Number.NEGATIVE_INFINITY;
  let tidyDueMs = 0;
  let heeding = false;
  let trouble: string | undefined = "has not reached Redis yet";
  let online = 0;
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> | undefined;
  let stirred = false;
  let stopped = true;

  deps.metrics?.gauge("parley_presence_leading", "1 while it leads", () => (token === undefined ? 0 : 1));
  deps.metrics?.gauge(
    "parley_presence_online",
    "Users online as of the latest delta, told by the leader",
    () => (token === undefined ? 0 : online),
  );

  redis.on("close", () => continuity.broke());

  /** A lost word costs time and nothing else: what there is to do is found with the next look. */
  function heedStirs(): void {
    if (heeding) return;
    heeding = true;
    subscriber.subscribe(leadership.channel, stir).catch((error: Error) => {
      heeding = false;
      log.debug({ reason: error.message }, "not told yet when there is something to do");
    });
  }

  function stir(what: string): void {
    if (what === "free") leadDueMs = 0;
    else if (token === undefined) return;
    else workDueMs = 0;
    stirred = true;
    if (turning === undefined) sleep();
  }

  /** Until there is something to do, or until the leader may tell again what has gathered. */
  function sleep(): void {
    if (stopped) return;
    const working = token === undefined ? leadDueMs : Math.max(workDueMs, workedMs + times.tickEveryMs);
    clearTimeout(timer);
    timer = setTimeout(begin, Math.max(0, Math.ceil(Math.min(leadDueMs, working) - performance.now())));
  }

  function begin(): void {
    turning = turn().finally(() => {
      turning = undefined;
      sleep();
    });
  }

  async function turn(): Promise<void> {
    stirred = false;
    heedStirs();
    try {
      if (performance.now() >= leadDueMs) await lead();
      if (token !== undefined && performance.now() >= Math.min(workDueMs, tidyDueMs)) await work(token);
      trouble = undefined;
    } catch (error) {
      continuity.broke();
      leadDueMs = performance.now() + times.tickEveryMs;
      trouble = error instanceof Error ? error.message : "Redis does not work";
      log.debug({ reason: trouble }, "turn failed");
    }
    // Said while Redis was being asked: whether its answer knew of that already, nobody can tell.
    if (stirred) {
      workDueMs = 0;
      if (token === undefined) leadDueMs = 0;
    }
  }

  async function lead(): Promise<void> {
    const answer = await leadership.lead();
    continuity.saw(answer.nowMs);
    if (answer.token !== token) {
      token = answer.token;
      ledSinceMs = answer.nowMs;
      log.info(token === undefined ? "standing by" : "leading");
    }
    const nowMs = performance.now();
    workDueMs = nowMs + answer.dueInMs;
    leadDueMs =
      nowMs + (token === undefined ? Math.min(answer.dueInMs, times.standbyEveryMs) : times.leadEveryMs);
  }

  /**
   * One round of the leader's work. All is asked for in one go, in this order: what is removed and mended is told in the same
   * round.
   */
  async function work(current: string): Promise<void> {
    workedMs = performance.now();
    const fence = { token: current, seenMs: continuity.seenMs };
    // Whoever was disconnected together with Redis needs the time to come back that they would have had.
    const expiring = continuity.unbrokenMs >= times.leaseTtlMs ? leadership.expireGrace(fence) : undefined;
    const whole = Math.min(continuity.unbrokenMs, continuity.seenMs - ledSinceMs);
    const reaping = leadership.reap(fence, whole >= times.leaseTtlMs);
    const tidies = workedMs >= tidyDueMs;
    if (tidies) tidyDueMs = workedMs + times.tidyEveryMs;
    const [expired, reaped, , audited, told] = await Promise.all([
      expiring,
      reaping,
      tidies ? leadership.tidy(fence) : undefined,
      tidies ? audit.next(fence) : undefined,
      leadership.publish(fence),
    ]);
    continuity.saw(told.nowMs);
    if (told.refused !== undefined) heedRefusal(told.refused);
    const more = [noteExpired(granted(expired)), noteReaped(granted(reaped)), noteTold(granted(told))];
    noteMended(granted(audited));
    // A chunk of everything each time, so that none of it keeps the rest waiting.
    if (more.includes(true)) workDueMs = workedMs = Number.NEGATIVE_INFINITY;
  }

  function noteExpired(done: { removed: number; more: boolean } | undefined): boolean {
    counts?.expired.inc(done?.removed ?? 0);
    return done?.more ?? false;
  }

  function noteReaped(done: { removed: number; more: boolean; incarnation: string } | undefined): boolean {
    if (done === undefined) return false;
    const { incarnation, removed, more } = done;
    if (incarnation !== "") log.info({ incarnation, connections: removed }, "node removed");
    counts?.reaped.inc(removed);
    return more;
  }

  function noteTold(
    done: { told: number; left: number; waitedMs: number; online: number; dueInMs: number } | undefined,
  ): boolean {
    if (done === undefined) return false;
    online = done.online;
    workDueMs = performance.now() + done.dueInMs;
    counts?.told.inc(done.told);
    if (done.told > 0) counts?.waited.observe(done.waitedMs / 1_000);
    return done.left > 0;
  }

  function noteMended(done: { table: string; mended: number } | undefined): void {
    if (done === undefined) return;
    const { table, mended } = done;
    if (mended > 0) log.warn({ table, mended }, "list did not fit the connections");
    counts?.mended.inc(mended);
  }

  function heedRefusal(refused: Refused): void {
    if (refused === "deposed") {
      token = undefined;
      leadDueMs = 0;
      log.warn("somebody else leads by now");
    } else {
      log.warn("Redis or this process stood still, so no deadline is believed for a while");
    }
  }

  return {
    start() {
      stopped = false;
      begin();
    },
    async stop() {
      if (stopped) return;
      stopped = true;
      clearTimeout(timer);
      await turning;
      token = undefined;
      // Without Redis, leadership runs out by itself.
      await leadership.stepDown().catch(() => {});
    },
    get leading() {
      return token !== undefined;
    },
    get trouble() {
      return trouble;
    },
  };
}

/** What was done; undefined: nothing, because it was not asked for or is not this service's to do. */
function granted<T>(answer: Answer<T> | undefined): T | undefined {
  return answer?.refused === undefined ? answer : undefined;
}

function countWork(metrics: Metrics) {
  return {
    expired: metrics.counter(
      "parley_presence_expired_total",
      "Connections removed at the end of their grace",
    ),
    reaped: metrics.counter(
      "parley_presence_reaped_total",
      "Connections removed because their node was gone",
    ),
    told: metrics.counter("parley_presence_changes_total", "Changes told in deltas"),
    mended: metrics.counter(
      "parley_presence_mended_total",
      "Entries that the audit found wrong; should stay 0",
    ),
    waited: metrics.histogram(
      "parley_presence_delta_wait_seconds",
      "Age of the oldest change in a delta",
      [0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2, 5, 10],
    ),
  };
}
