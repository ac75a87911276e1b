import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createLogs, type LogName, type Written } from "../../services/logs/index.ts";
import {
  connectRedis,
  createRedisClock,
  createSubscriber,
  whenReady,
} from "../../services/platform/index.ts";
import { parseRedisAddress } from "../../services/platform/redis-address.ts";
import { connectServer } from "../../services/platform/redis-connection.ts";
import { startRedisCluster, startSentinels } from "../support/topologies.ts";
import { eventually } from "../support/wait.ts";
import { createListener, follow, quiet, roomLog, said } from "./stage.ts";

const prefix = "parley-test:";

/** What a chat node has of Redis, at an address of any kind. */
async function nodeAt(url: string) {
  const redis = connectRedis({ url, name: "test", log: quiet });
  onTestFinished(() => redis.disconnect());
  await whenReady(redis, 10_000);
  const clock = createRedisClock(redis);
  await clock.sample();
  const logs = createLogs({ redis, clock, prefix, history: { maxEvents: 0, maxAgeMs: 0 } });
  const subscriber = createSubscriber({
    url,
    name: "test-subscriber",
    log: quiet,
    publish: redis,
    beatChannel: `${prefix}{node:test}:beat`,
  });
  onTestFinished(() => subscriber.close());
  const { feeds, counts } = follow({ logs, subscriber });
  /** Appends as a client would: again with the same id until it is answered. */
  const sendUntilStored = (name: LogName, text: string): Promise<Written> => {
    const event = said(text);
    return eventually(
      async () => {
        const written = await logs.append(name, event);
        if ("refused" in written) throw new Error(written.refused);
        return written;
      },
      { timeoutMs: 20_000 },
    );
  };
  return { redis, logs, feeds, counts, sendUntilStored };
}

describe("a cluster", { timeout: 90_000 }, () => {
  it("spreads rooms over its masters, and subscriptions follow a slot that moves and a master that dies", async () => {
    const cluster = await startRedisCluster();
    const node = await nodeAt(cluster.url);
    const rooms = Array.from({ length: 12 }, (_, i) => roomLog(`room-${i}`));
    const listeners = rooms.map(() => createListener());
    await Promise.all(
      rooms.map((room, i) =>
        eventually(() => node.feeds.open(room, (listeners[i] ?? createListener()).consumer), {
          timeoutMs: 20_000,
        }),
      ),
    );
    const said = new Map(rooms.map((room) => [room.id, [] as string[]]));
    const talk = async (text: string) => {
      for (const room of rooms) {
        const { seq } = await node.sendUntilStored(room, text);
        said.get(room.id)?.push(`${seq} ${text}`);
      }
    };
    const heard = () => {
      for (const [i, room] of rooms.entries()) expect(listeners[i]?.seen).toEqual(said.get(room.id));
    };

    await talk("hello");
    await vi.waitFor(heard, { timeout: 10_000 });
    const masters = new Set(
      await Promise.all(rooms.map((room) => cluster.masterOf(node.logs.keys(room).log))),
    );
    expect(masters.size).toBe(3);

    const [moving] = rooms;
    if (!moving) throw new Error("no room");
    const { log } = node.logs.keys(moving);
    await cluster.moveSlotOf(log);
    await talk("after the move");
    await vi.waitFor(heard, { timeout: 5_000 });

    // Asynchronous replication: what the replica has not got yet would be lost with the master, and be told as a reset.
    const dying = await cluster.lag(log);
    await dying.failOver();
    await talk("after the failover");
    await vi.waitFor(heard, { timeout: 10_000 });
    expect(node.counts.resets).toBe(0);
  });
});

describe("sentinels", { timeout: 90_000 }, () => {
  it("lead to the new master; a replica that lagged rewinds history, and whoever follows it is told", async () => {
    const redis = await startSentinels();
    const node = await nodeAt(redis.url);
    const room = roomLog("lobby");
    const { consumer, seen } = createListener();
    await eventually(() => node.feeds.open(room, consumer), { timeoutMs: 10_000 });
    const kept = await node.sendUntilStored(room, "both have it");
    const dying = await redis.lag(node.logs.keys(room).log);
    const lost = await node.sendUntilStored(room, "only the master has it");
    await vi.waitFor(() =>
      expect(seen).toEqual([`${kept.seq} both have it`, `${lost.seq} only the master has it`]),
    );
    await dying.failOver();

    const again = await node.sendUntilStored(room, "said on the new master");
    expect(again.seq).toBe(lost.seq);
    await vi.waitFor(() => expect(seen).toContain("reset"), { timeout: 15_000 });
    expect(
      await node.logs.since(
        room,
        { seq: lost.seq, chain: "0000000000000000" },
        { maxEntries: 10, maxBytes: 1e6 },
      ),
    ).toBeUndefined();
    const page = await node.logs.page(room, { direction: "older", messages: 10 });
    expect(page.messages.map((entry) => entry.seq)).toEqual([kept.seq, again.seq]);
  });

  it("may name a new master at any moment, also in which a connection is just asking for the old one", async () => {
    const { url } = await startSentinels();
    const redis = connectServer({ url, name: "test", log: quiet }, parseRedisAddress(url) as never);
    onTestFinished(() => redis.disconnect());
    await whenReady(redis, 10_000);
    // What ioredis does when it hears of a new master; here, in that very moment.
    redis.once("connecting", () => redis.disconnect(true));
    const ended = new Promise<void>((resolve) => redis.once("end", resolve));
    redis.disconnect(true);
    await ended;
    await whenReady(redis, 5_000);
    expect(await redis.ping()).toBe("PONG");

    const closed = new Promise<void>((resolve) => redis.once("end", resolve));
    redis.disconnect();
    await closed;
    await expect(whenReady(redis, 500)).rejects.toThrow("did not become ready");
  });
});
