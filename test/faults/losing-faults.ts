import type { Fault, MakeFault } from "./faults.ts";

/** Nobody knows better than Redis: subscriptions, leases and registrations are made anew. */
const redisSettleMs = 15_000;
const secondMs = 1_000;
/** Under `appendfsync everysec`: the last second, and while a flush takes long, Redis holds what follows back for up to two. */
const unflushedMs = 2_000;

/** Faults by which Redis loses what it had acknowledged, or serves it from another place. */
export const losingFaults = {
  "redis-failover": ({ redis, cluster }, random): Fault => {
    const room = random.pick(["lobby", "presence"]);
    let lagging: Awaited<ReturnType<NonNullable<typeof redis>["lag"]>> | undefined;
    return {
      what: `the replica of the master of ${room} gets nothing, and then takes its place`,
      disturbs: "all",
      settleMs: redisSettleMs,
      losesMs: 0,
      lastsMs: random.between(200, 2_500),
      async begin() {
        lagging = await redis?.lag(keyOf(cluster.prefix, room));
      },
      async end() {
        await lagging?.failOver();
        await lagging?.rejoin();
      },
    };
  },
  "redis-slot-moves": ({ redis, cluster }): Fault => ({
    what: "the slot of the lobby moves to another master",
    disturbs: "all",
    settleMs: redisSettleMs,
    lastsMs: 500,
    begin: async () => redis?.moveSlotOf?.(keyOf(cluster.prefix, "lobby")),
    end: async () => {},
  }),
  "redis-loses-second": ({ cluster, aof }, random): Fault => ({
    what: "kill -9 of Redis, which loses what was written in the last second",
    disturbs: "all",
    settleMs: redisSettleMs,
    losesMs: unflushedMs,
    lastsMs: random.between(200, 2_000),
    async begin() {
      const beganMs = performance.now();
      await cluster.redis.kill();
      // From when this began, not from when it was dead.
      aof?.cutBack(random.between(300, secondMs) + performance.now() - beganMs);
    },
    end: () => cluster.redis.start(),
  }),
} satisfies Record<string, MakeFault>;

function keyOf(prefix: string, room: string): string {
  return room === "presence" ? `${prefix}{presence}:users` : `${prefix}{room:${room}}:log`;
}
