import { createHash } from "node:crypto";
import { Writable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { pino } from "pino";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { freePort } from "../../script/cluster/loopback.ts";
import {
  asRequestError,
  commandTimeoutMs,
  connectRedis,
  createRedisClock,
  outcomeUnknownForMs,
  redisCall,
  runScript,
  type Script,
  whenReady,
} from "../../services/platform/index.ts";
import { RequestError } from "../../services/protocol/index.ts";
import { connect, createStage, errorOf, quiet, redisOfFile, roomLog, said, subscribe } from "./stage.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const server = redisOfFile();

const script = (source: string): Script => ({
  name: "test.lua",
  source,
  sha1: createHash("sha1").update(source).digest("hex"),
});

/** Redis behind a proxy of the test. */
async function proxied() {
  const proxy = await startTcpProxy(server().port);
  const url = new URL(server().url);
  url.port = String(proxy.port);
  return { proxy, url: url.href };
}

describe("a script", () => {
  it("is run by its digest, and with its text when Redis has forgotten it", async () => {
    const { logs, redis } = await createStage(server());
    const plaza = roomLog("plaza");
    await logs.append(plaza, said("one"));
    await redis.script("FLUSH");
    expect(await logs.append(plaza, said("two"))).toMatchObject({ seq: 2, duplicate: false });
    const texts = vi.spyOn(redis, "eval");
    expect(await logs.append(plaza, said("three"))).toMatchObject({ seq: 3 });
    expect(texts).not.toHaveBeenCalled();
  });

  it("that is at fault stays a fault, which trying again does not mend", async () => {
    const redis = await connect(server());
    await redis.set("platform:text", "x");
    for (const [source, keys] of [
      ["return redis.call('NONSENSE')", []],
      ["return redis.call('INCR', KEYS[1])", ["platform:text"]],
      ["return nil + 1", []],
    ] as const) {
      const error = await errorOf(runScript(redis, script(source), keys, []));
      expect(error).not.toBeInstanceOf(RequestError);
      expect(error.name).toBe("ReplyError");
    }
  });
});

describe("the clock", () => {
  it("is never ahead of Redis", async () => {
    const redis = await connect(server());
    const clock = createRedisClock(redis);
    for (let round = 0; round < 50; round++) {
      await clock.sample();
      const now = clock.nowMs();
      const [seconds, microseconds] = await redis.time();
      expect(now).toBeLessThanOrEqual(Number(seconds) * 1_000 + Number(microseconds) / 1_000);
    }
  });

  it("is that of Redis, whatever the machine's own clock says", async () => {
    const redis = await connect(server());
    const hourAheadMs = Date.now() + 3_600_000;
    vi.spyOn(Date, "now").mockReturnValue(hourAheadMs);
    onTestFinished(() => void vi.restoreAllMocks());
    const clock = createRedisClock(redis);
    // A node that was started without Redis does not take its own time for it.
    expect(() => clock.nowMs()).toThrow(expect.objectContaining({ code: "unavailable" }));
    await clock.sample();
    const [seconds] = await redis.time();
    expect(Math.abs(clock.nowMs() - Number(seconds) * 1_000)).toBeLessThan(2_000);
  });

  it("does not go back because an answer waited for a busy node, but does when Redis' clock was set back", async () => {
    const redis = await connect(server());
    const clock = createRedisClock(redis);
    await clock.sample();
    const aheadOfOwnMs = () => clock.nowMs() - performance.now();
    const known = aheadOfOwnMs();
    const time = redis.time.bind(redis);
    vi.spyOn(redis, "time").mockImplementationOnce(async () => {
      const told = await time();
      await setTimeout(50);
      return told;
    });
    await clock.sample();
    // Both in whole milliseconds.
    expect(aheadOfOwnMs()).toBeGreaterThan(known - 2);

    const [seconds, microseconds] = await time();
    vi.spyOn(redis, "time").mockResolvedValueOnce([Number(seconds) - 60, Number(microseconds)]);
    await clock.sample();
    expect(clock.nowMs()).toBeLessThan((Number(seconds) - 59) * 1_000);
  });

  it("goes on by itself, and says so when Redis cannot be asked", async () => {
    const redis = await connect(server());
    const clock = createRedisClock(redis);
    await clock.sample();
    const before = clock.nowMs();
    redis.disconnect();
    await expect(clock.sample()).rejects.toThrow();
    await vi.waitFor(() => expect(clock.nowMs()).toBeGreaterThan(before));
  });
});

describe("a Redis that is away", () => {
  it("is said at once when there is no connection", async () => {
    const redis = connectRedis({ url: `redis://127.0.0.1:${await freePort()}`, name: "nobody", log: quiet });
    onTestFinished(() => redis.disconnect());
    const startedMs = performance.now();
    const error = await errorOf(redisCall(() => redis.get("x")));
    expect(error).toMatchObject({ code: "unavailable", retryAfterMs: outcomeUnknownForMs });
    expect(performance.now() - startedMs).toBeLessThan(500);
    await expect(whenReady(redis, 50)).rejects.toThrow("Redis did not become ready within 50 ms");
  });

  it("is said in time when the connection stands but nothing answers", async () => {
    const redis = await connect(server());
    onTestFinished(() => server().resume());
    server().pause();
    const startedMs = performance.now();
    const error = await errorOf(runScript(redis, script("return 1"), [], []));
    expect(error).toMatchObject({ code: "unavailable" });
    const tookMs = performance.now() - startedMs;
    expect(tookMs).toBeGreaterThan(commandTimeoutMs - 100);
    expect(tookMs).toBeLessThan(2_000);
    server().resume();
    expect(await redis.ping()).toBe("PONG");
  });

  it("is found again when it comes back on the same address", async () => {
    const { redis, logs } = await createStage(server());
    const event = said("over a restart");
    await logs.append(roomLog("plaza"), event);
    await server().kill();
    expect(await errorOf(logs.append(roomLog("plaza"), said("meanwhile")))).toMatchObject({
      code: "unavailable",
    });
    await server().start();
    await whenReady(redis, 10_000);
    expect(await logs.append(roomLog("plaza"), event)).toMatchObject({ seq: 1, duplicate: true });
  });

  it("is logged once when it goes and once when it comes", async () => {
    const lines: { msg: string }[] = [];
    const stream = new Writable({
      write(line: Buffer, _encoding, done) {
        lines.push(JSON.parse(line.toString()) as { msg: string });
        done();
      },
    });
    const redis = connectRedis({ url: server().url, name: "watched", log: pino(stream) });
    onTestFinished(() => redis.disconnect());
    await whenReady(redis, 5_000);
    expect(lines).toEqual([]);
    await server().kill();
    await vi.waitFor(() => expect(lines.map(({ msg }) => msg)).toContain("redis error"));
    await server().start();
    await vi.waitFor(() => expect(lines.map(({ msg }) => msg)).toContain("redis is back"), 10_000);
    expect(lines.filter(({ msg }) => msg === "redis is back")).toHaveLength(1);
  });

  it("is connected to anew when somebody in between swallows everything", { timeout: 30_000 }, async () => {
    const { proxy, url } = await proxied();
    const redis = connectRedis({ url, name: "swallowed", log: quiet });
    onTestFinished(() => redis.disconnect());
    await whenReady(redis, 5_000);
    proxy.blackHole();
    expect(await errorOf(redisCall(() => redis.ping()))).toMatchObject({ code: "unavailable" });
    await vi.waitFor(async () => expect(await redis.ping()).toBe("PONG"), { timeout: 10_000, interval: 100 });
    expect(proxy.accepted).toBe(2);
  });
});

describe("what Redis refuses", () => {
  const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });

  it.each([
    "OOM command not allowed when used memory > 'maxmemory'.",
    "READONLY You can't write against a read only replica.",
    "LOADING Redis is loading the dataset in memory",
    "MASTERDOWN Link with MASTER is down",
    "NOREPLICAS Not enough good replicas to write.",
    "MISCONF Redis is configured to save RDB snapshots",
    "CLUSTERDOWN The cluster is down",
    "TRYAGAIN Multiple keys request during rehashing of slot",
    "BUSY Redis is busy running a script.",
  ])("for now is unavailable: %s", (message) => {
    expect(asRequestError(reply(message))).toMatchObject({
      code: "unavailable",
      retryAfterMs: outcomeUnknownForMs,
    });
  });

  it.each([
    "WRONGTYPE Operation against a key holding the wrong kind of value",
    "NOPERM this user has no permissions to run the 'get' command",
    "ERR unknown command 'NONSENSE'",
    "NOSCRIPT No matching script.",
    "OOMPH is no word of Redis",
  ])("for good is a fault of ours: %s", (message) => {
    const error = reply(message);
    expect(asRequestError(error)).toBe(error);
  });

  it("has been put into words already, or is no error at all", () => {
    const known = new RequestError("conflict", "taken");
    expect(asRequestError(known)).toBe(known);
    expect(asRequestError("text")).toBe("text");
    expect(asRequestError(new Error("Connection is closed."))).toMatchObject({ code: "unavailable" });
  });
});

describe("a subscriber", () => {
  it("hears what is published on its channels, until it stops listening", async () => {
    const stage = await createStage(server());
    const subscriber = await subscribe(stage);
    const one: string[] = [];
    const two: string[] = [];
    const [first, second] = [`${stage.prefix}{a}:x`, `${stage.prefix}{b}:x`];
    await subscriber.subscribe(first, (message) => one.push(message));
    await subscriber.subscribe(second, (message) => two.push(message));
    expect(await stage.redis.spublish(first, "to one")).toBe(1);
    expect(await stage.redis.spublish(second, "to two")).toBe(1);
    await vi.waitFor(() => expect([one, two]).toEqual([["to one"], ["to two"]]));
    subscriber.unsubscribe(first);
    await vi.waitFor(async () => expect(await stage.redis.spublish(first, "to nobody")).toBe(0));
    await stage.redis.spublish(second, "again");
    await vi.waitFor(() => expect(two).toEqual(["to two", "again"]));
    expect(one).toEqual(["to one"]);
  });

  it("has thousands of channels again after its connection was cut", async () => {
    const stage = await createStage(server());
    const subscriber = await subscribe(stage);
    const heard = new Set<string>();
    const channels = Array.from({ length: 2_000 }, (_, i) => `${stage.prefix}{${i}}:x`);
    await Promise.all(channels.map((channel) => subscriber.subscribe(channel, (id) => heard.add(id))));
    const restored = new Promise<void>((resolve) => subscriber.onRestored(resolve));
    await stage.redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    await vi.waitFor(() => expect(subscriber.healthy).toBe(false));
    await restored;
    expect(subscriber.healthy).toBe(true);
    await Promise.all(channels.map((channel, i) => stage.redis.spublish(channel, String(i))));
    await vi.waitFor(() => expect(heard.size).toBe(2_000));
  });

  it("refuses to subscribe while Redis is away, and says that it is not well", async () => {
    const stage = await createStage(server());
    const subscriber = await subscribe(stage);
    await server().kill();
    onTestFinished(() => server().start());
    await vi.waitFor(() => expect(subscriber.healthy).toBe(false));
    await expect(subscriber.subscribe("x", () => {})).rejects.toThrow();
    await server().start();
    await vi.waitFor(() => expect(subscriber.healthy).toBe(true), 10_000);
    // What was refused is not followed after all.
    await whenReady(stage.redis, 10_000);
    expect(await stage.redis.spublish("x", "to nobody")).toBe(0);
  });
});
