import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createSharedLimits } from "../../services/limits/index.ts";
import type { Rate } from "../../services/limits/redis-limits.ts";
import { ada, bob, connect, createStage, errorOf, redisOfFile } from "./stage.ts";

const server = redisOfFile();
const off: Rate = { perSecond: 0, burst: 1 };

/** The same limits on two nodes. */
async function twoNodes(rates: { messages?: Rate; signIns?: Rate }) {
  const { redis, prefix } = await createStage(server());
  const other = await connect(server());
  const shared = { prefix, messages: off, signIns: off, roomChanges: off, ...rates };
  return {
    redis,
    prefix,
    one: createSharedLimits({ redis, ...shared }),
    two: createSharedLimits({ redis: other, ...shared }),
  };
}

async function taken(calls: readonly Promise<void>[]): Promise<number> {
  const outcomes = await Promise.allSettled(calls);
  return outcomes.filter((outcome) => outcome.status === "fulfilled").length;
}

describe("a shared limit", () => {
  it("lets a burst through, over all nodes together, and no more", async () => {
    const { one, two } = await twoNodes({ messages: { perSecond: 0.01, burst: 10 } });
    const calls = Array.from({ length: 30 }, (_, i) => (i % 2 ? one : two).message(ada.id));
    expect(await taken(calls)).toBe(10);
    expect(await errorOf(two.message(ada.id))).toMatchObject({ code: "rate_limited" });
  });

  it("asks Redis for several messages in one go, and lets through exactly as many when all are on one node", async () => {
    const { one, redis } = await twoNodes({ messages: { perSecond: 0.01, burst: 100 } });
    const asked = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? 0);
    const before = await asked();
    expect(await taken(Array.from({ length: 40 }, () => one.message(ada.id)))).toBe(40);
    expect((await asked()) - before).toBeLessThanOrEqual(8);
    expect(await taken(Array.from({ length: 100 }, () => one.message(ada.id)))).toBe(60);
  });

  it("keeps hardly any of it out of reach of another node", async () => {
    const { one, two } = await twoNodes({ messages: { perSecond: 0.01, burst: 50 } });
    await one.message(ada.id);
    expect(await taken(Array.from({ length: 60 }, () => two.message(ada.id)))).toBeGreaterThanOrEqual(45);
  });

  it("is each user's and each address's own", async () => {
    const { one } = await twoNodes({
      messages: { perSecond: 0.01, burst: 1 },
      signIns: { perSecond: 0.01, burst: 1 },
    });
    await one.message(ada.id);
    await one.message(bob.id);
    await one.signIn("127.0.0.1");
    await one.signIn("::1");
    expect(await errorOf(one.message(ada.id))).toMatchObject({ code: "rate_limited" });
    expect(await errorOf(one.signIn("::1"))).toMatchObject({ code: "rate_limited" });
  });

  it("holds to its rate once the burst is used up", async () => {
    const perSecond = 50;
    const { one, two, redis } = await twoNodes({ messages: { perSecond, burst: 5 } });
    const nowMs = async () => {
      const [seconds, microseconds] = await redis.time();
      return Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    };
    const startedMs = await nowMs();
    let count = 0;
    await vi.waitFor(
      async () => {
        count += await taken([one.message(ada.id), two.message(ada.id)]);
        expect(count).toBeGreaterThanOrEqual(25);
      },
      { timeout: 10_000, interval: 2 },
    );
    const tookMs = (await nowMs()) - startedMs;
    expect(count).toBeLessThanOrEqual(5 + 1 + (tookMs / 1_000) * perSecond);
    // 20 or more after the burst.
    expect(tookMs).toBeGreaterThanOrEqual(19 * (1_000 / perSecond));
  });

  it("says how long to wait, and that is neither too short nor far too long", async () => {
    const { one, redis } = await twoNodes({ messages: { perSecond: 4, burst: 2 } });
    await one.message(ada.id);
    await one.message(ada.id);
    const error = (await errorOf(one.message(ada.id))) as Error & { retryAfterMs: number };
    const [seconds, microseconds] = await redis.time();
    expect(error.retryAfterMs).toBeGreaterThan(100);
    expect(error.retryAfterMs).toBeLessThanOrEqual(250);
    const allowedAt = Number(seconds) * 1_000 + Number(microseconds) / 1_000 + error.retryAfterMs;
    const early: number[] = [];
    await vi.waitFor(
      async () => {
        const [s, us] = await redis.time();
        await one.message(ada.id).catch((refused: unknown) => {
          early.push(Number(s) * 1_000 + Number(us) / 1_000);
          throw refused;
        });
      },
      { timeout: 5_000, interval: 5 },
    );
    // Each refusal came before the time that was named, counted from after it was, to the millisecond.
    expect(Math.max(...early)).toBeLessThan(allowedAt + 1);
  });

  it("charges nothing for what it refuses", async () => {
    const { one } = await twoNodes({ messages: { perSecond: 4, burst: 1 } });
    await one.message(ada.id);
    const first = (await errorOf(one.message(ada.id))) as Error & { retryAfterMs: number };
    for (let i = 0; i < 20; i++) await errorOf(one.message(ada.id));
    const later = (await errorOf(one.message(ada.id))) as Error & { retryAfterMs: number };
    expect(later.retryAfterMs).toBeLessThanOrEqual(first.retryAfterMs);
  });

  it("is off at 0, and then asks nobody", async () => {
    const { one, redis, prefix } = await twoNodes({});
    for (let i = 0; i < 50; i++) {
      await one.message(ada.id);
      await one.signIn("127.0.0.1");
    }
    expect(await redis.keys(`${prefix}*`)).toEqual([]);
  });

  it("forgets who has been quiet", async () => {
    const { one, redis, prefix } = await twoNodes({ messages: { perSecond: 1, burst: 5 } });
    await one.message(ada.id);
    const [key = ""] = await redis.keys(`${prefix}*`);
    const ttl = await redis.pttl(key);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(2_001);
  });

  it("works while Redis is full: what it keeps is small and soon gone", async () => {
    const { one, redis } = await twoNodes({ messages: { perSecond: 0.01, burst: 2 } });
    onTestFinished(async () => void (await redis.config("SET", "maxmemory", "0")));
    await redis.config("SET", "maxmemory", "100kb");
    await one.message(ada.id);
    await one.message(ada.id);
    expect(await errorOf(one.message(ada.id))).toMatchObject({ code: "rate_limited" });
  });

  it("says that it is unavailable when Redis is away", async () => {
    const { one, redis } = await twoNodes({ messages: { perSecond: 1, burst: 1 } });
    redis.disconnect();
    expect(await errorOf(one.message(ada.id))).toMatchObject({ code: "unavailable" });
  });
});
