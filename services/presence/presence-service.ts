import type { Logger, Metrics, RedisConnection } from "../platform/index.ts";
import { createAudit } from "./audit.ts";
import { createContinuity } from "./continuity.ts";
import { type Answer, createLeadership, type Fence } from "./redis-leadership.ts";
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

/** Chunks of one kind of work before the others get their turn. */
const chunksAtOnce = 10;

export function createPresenceService(deps: {
  redis: RedisConnection;
  prefix: string;
  log: Logger;
  metrics?: Metrics;
  service: { id: string; pid: number };
  times?: PresenceTimes;
}): PresenceService {
  const { redis, log } = deps;
  const times = deps.times ?? presenceTimes;
  const leadership = createLeadership({ ...deps, times });
  const audit = createAudit(leadership);
  const continuity = createContinuity(times.maxSilenceMs);
  const counts = deps.metrics && countWork(deps.metrics);
  let token: string | undefined;
  /** Redis time since when this service leads. */
  let ledSinceMs = 0;
  let leadDueMs = 0;
  let removeDueMs = 0;
  let tidyDueMs = 0;
  let trouble: string | undefined = "has not reached Redis yet";
  let online = 0;
  let timer: NodeJS.Timeout | undefined;
  let turning: Promise<void> = Promise.resolve();
  let stopped = true;

  deps.metrics?.gauge("parley_presence_leading", "1 while it leads", () => (token === undefined ? 0 : 1));
  deps.metrics?.gauge(
    "parley_presence_online",
    "Users online as of the latest delta, told by the leader",
    () => (token === undefined ? 0 : online),
  );

  redis.on("close", () => continuity.broke());

  async function turn(): Promise<void> {
    let more = false;
    try {
      if (performance.now() >= leadDueMs) await lead();
      if (token !== undefined) more = await work(token);
      trouble = undefined;
    } catch (error) {
      continuity.broke();
      leadDueMs = 0;
      trouble = error instanceof Error ? error.message : "Redis does not work";
      log.debug({ reason: trouble }, "turn failed");
    }
    if (stopped) return;
    const waitMs = token === undefined ? times.standbyEveryMs : times.tickEveryMs;
    timer = setTimeout(begin, more ? 0 : waitMs);
  }

  function begin(): void {
    turning = turn();
  }

  async function lead(): Promise<void> {
    const answer = await leadership.lead();
    continuity.saw(answer.nowMs);
    if (answer.token !== token) {
      token = answer.token;
      ledSinceMs = answer.nowMs;
      log.info(token === undefined ? "standing by" : "leading");
    }
    leadDueMs = token === undefined ? 0 : performance.now() + times.leadEveryMs;
  }

  /** One round of the leader's work; true when there is more to do at once. */
  async function work(current: string): Promise<boolean> {
    let removing = false;
    if (performance.now() >= removeDueMs) {
      removing = await remove(current);
      if (!removing) removeDueMs = performance.now() + times.removeEveryMs;
    }
    const telling = await inChunks(async () => {
      const done = heed(await leadership.publish(fence(current)));
      if (done === undefined) return false;
      online = done.online;
      counts?.told.inc(done.told);
      if (done.told > 0) counts?.waited.observe(done.waitedMs / 1_000);
      return done.left > 0;
    });
    if (performance.now() >= tidyDueMs) {
      tidyDueMs = performance.now() + times.tidyEveryMs;
      heed(await leadership.tidy(fence(current)));
      const { table, mended = 0 } = heed(await audit.next(fence(current))) ?? {};
      if (mended > 0) log.warn({ table, mended }, "list did not fit the connections");
      counts?.mended.inc(mended);
    }
    return removing || telling;
  }

  /** Takes those off the list whose time is over; true when there are more. */
  async function remove(current: string): Promise<boolean> {
    let expiring = false;
    // Whoever was disconnected together with Redis needs the time to come back that they would have had.
    if (continuity.unbrokenMs >= times.leaseTtlMs) {
      expiring = await inChunks(async () => {
        const done = heed(await leadership.expireGrace(fence(current)));
        counts?.expired.inc(done?.removed ?? 0);
        return done?.more ?? false;
      });
    }
    const whole = Math.min(continuity.unbrokenMs, continuity.seenMs - ledSinceMs);
    const reaping = await inChunks(async () => {
      const believe = whole >= times.leaseTtlMs;
      const done = heed(await leadership.reap(fence(current), believe));
      if (done && done.incarnation !== "") {
        const { incarnation, removed } = done;
        log.info({ incarnation, connections: removed }, "node removed");
      }
      counts?.reaped.inc(done?.removed ?? 0);
      return done?.more ?? false;
    });
    return expiring || reaping;
  }

  async function inChunks(chunk: () => Promise<boolean>): Promise<boolean> {
    for (let i = 0; i < chunksAtOnce && token !== undefined; i += 1) {
      if (!(await chunk())) return false;
    }
    return token !== undefined;
  }

  function fence(current: string): Fence {
    return { token: current, seenMs: continuity.seenMs };
  }

  /** Takes note of what every answer says; undefined: nothing was done. */
  function heed<T extends object>(answer: Answer<T>): ({ nowMs: number } & T) | undefined {
    continuity.saw(answer.nowMs);
    if (answer.refused === undefined) return answer;
    if (answer.refused === "deposed") {
      token = undefined;
      leadDueMs = 0;
      log.warn("somebody else leads by now");
    } else {
      log.warn("Redis or this process stood still, so no deadline is believed for a while");
    }
    return undefined;
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
