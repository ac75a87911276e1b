import type { Logger, Metrics, RedisConnection, Subscriber } from "../platform/index.ts";
import type { NodeVitals, Presence, PresenceDelta } from "./contract.ts";
import { createDeltaFeed } from "./delta-feed.ts";
import { createDeltas } from "./redis-deltas.ts";
import { createOnlineList } from "./redis-list.ts";
import { createRegistry, type NodeIdentity } from "./redis-registry.ts";
import { createReports } from "./redis-report.ts";
import { createStatuses } from "./redis-statuses.ts";
import { createRegistrations } from "./registrations.ts";
import { type PresenceTimes, presenceTimes } from "./times.ts";

/** @param deps.subscriber may be shared with others; presence uses one channel of its own */
export function createPresence(deps: {
  redis: RedisConnection;
  subscriber: Subscriber;
  prefix: string;
  node: NodeIdentity;
  /** Asked with each refresh of the lease. */
  vitals: () => NodeVitals;
  log: Logger;
  metrics?: Metrics;
  times?: PresenceTimes;
}): Presence {
  const { redis, prefix, log } = deps;
  const times = deps.times ?? presenceTimes;
  const deltaListeners: ((delta: PresenceDelta) => void)[] = [];
  const interruptionListeners: (() => void)[] = [];

  const again = deps.metrics?.counter(
    "parley_presence_registered_again_total",
    "Times this node registered all of its connections again",
  );
  const repaired = deps.metrics?.counter(
    "parley_presence_deltas_repaired_total",
    "Deltas that pub/sub did not bring, read from the stream",
  );
  const registry = createRegistry({ ...deps, times });
  const registrations = createRegistrations({
    registry,
    times,
    log,
    vitals: deps.vitals,
    onRegisterAgain: () => again?.inc(),
  });
  const statuses = createStatuses({ redis, prefix, times });
  const list = createOnlineList({ redis, prefix });
  const reports = createReports({ redis, prefix });
  const feed = createDeltaFeed({
    deltas: createDeltas({ redis, prefix }),
    subscriber: deps.subscriber,
    times,
    log,
    onDelta(delta) {
      for (const listener of deltaListeners) listener(delta);
    },
    onInterruption() {
      for (const listener of interruptionListeners) listener();
    },
    onRepaired: (deltas) => repaired?.inc(deltas),
  });
  const onReady = () => registrations.check();

  return {
    async start() {
      redis.on("ready", onReady);
      await Promise.all([registrations.start(), feed.start()]);
    },
    enter: (connection) => registrations.enter(connection),
    leave(connectionId) {
      // It stays in the queue until Redis has taken it.
      registrations.leave(connectionId).catch(() => {});
    },
    setStatus: (connectionId, status) => registrations.setStatus(connectionId, status),
    describe: (user, status) => statuses.set(user, status),
    lastSeen: (users) => statuses.lastSeen(users),
    signOut: (user, session) => registry.signOut(user, session),
    list: (page) => list.page(page),
    byNumber: (number) => list.byNumber(number),
    online: (ids) => list.online(ids),
    get count() {
      return feed.count;
    },
    get trouble() {
      return registrations.trouble ?? (feed.following ? undefined : "does not follow the list yet");
    },
    onDelta(listener) {
      deltaListeners.push(listener);
    },
    onInterruption(listener) {
      interruptionListeners.push(listener);
    },
    report: (cursor) => reports.report(cursor),
    async stop() {
      redis.off("ready", onReady);
      feed.stop();
      await registrations.stop();
    },
  };
}
