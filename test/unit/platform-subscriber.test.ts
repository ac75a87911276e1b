import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../../services/platform/index.ts";
import { createServerSubscriber } from "../../services/platform/redis-server-subscriber.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

type SubscriberRedis = Parameters<typeof createServerSubscriber>[0]["redis"];

/** A subscriber whose connection and heartbeat a test plays. */
function start() {
  const redis = Object.assign(new EventEmitter(), {
    status: "ready",
    ssubscribe: vi.fn((..._channels: string[]) => Promise.resolve(1)),
    sunsubscribe: vi.fn(() => Promise.resolve(0)),
    disconnect: vi.fn(),
  });
  let beat: () => Promise<unknown> = () => {
    redis.emit("smessage", "beat", "beat");
    return Promise.resolve(1);
  };
  const subscriber = createServerSubscriber({
    redis: redis as unknown as SubscriberRedis,
    log: createLogger({ level: "silent", service: "test", id: "test" }),
    beatChannel: "beat",
    publish: () => beat(),
  });
  return {
    redis,
    subscriber,
    publishing(publish: () => Promise<unknown>) {
      beat = publish;
    },
  };
}

describe("a subscriber", () => {
  it("stays with a connection that brings its heartbeat", async () => {
    const { redis, subscriber } = start();
    redis.emit("ready");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(redis.disconnect).not.toHaveBeenCalled();
    expect(subscriber.healthy).toBe(true);
    subscriber.close();
  });

  it("connects anew, and is not well meanwhile, when heartbeats are published and none arrives", async () => {
    const { redis, subscriber, publishing } = start();
    redis.emit("ready");
    await vi.advanceTimersByTimeAsync(3_000);
    publishing(() => Promise.resolve(1));
    await vi.advanceTimersByTimeAsync(6_500);
    expect(redis.disconnect).toHaveBeenCalledExactlyOnceWith(true);
    expect(subscriber.healthy).toBe(false);
    subscriber.close();
  });

  it("does not think itself deaf because Redis stands still: then no heartbeat was published", async () => {
    const { redis, subscriber, publishing } = start();
    redis.emit("ready");
    publishing(
      () => new Promise((_, reject) => setTimeout(() => reject(new Error("Command timed out")), 1_800)),
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(redis.disconnect).not.toHaveBeenCalled();
    subscriber.close();
  });

  it("leaves reconnecting to the connection while there is none", async () => {
    const { redis, subscriber, publishing } = start();
    redis.emit("ready");
    redis.status = "reconnecting";
    redis.emit("close");
    publishing(() => Promise.resolve(1));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(redis.disconnect).not.toHaveBeenCalled();
    expect(subscriber.healthy).toBe(false);
    subscriber.close();
  });

  it("is told of a restoration after every channel is confirmed, and starts over when one is not", async () => {
    const { redis, subscriber } = start();
    await Promise.all([subscriber.subscribe("one", () => {}), vi.advanceTimersByTimeAsync(0)]);
    const restored = vi.fn();
    subscriber.onRestored(restored);
    redis.ssubscribe.mockRejectedValueOnce(new Error("Connection is closed."));
    redis.emit("ready");
    await vi.advanceTimersByTimeAsync(0);
    expect(restored).not.toHaveBeenCalled();
    expect(redis.disconnect).toHaveBeenCalledExactlyOnceWith(true);
    redis.emit("ready");
    await vi.advanceTimersByTimeAsync(0);
    expect(restored).toHaveBeenCalledTimes(1);
    expect(redis.ssubscribe).toHaveBeenLastCalledWith("beat", "one");
    expect(subscriber.healthy).toBe(true);
    subscriber.close();
  });

  it("subscribes to many channels in one command, each answered when that is confirmed", async () => {
    const { redis, subscriber } = start();
    const all = Promise.all(
      ["one", "two", "three"].map((channel) => subscriber.subscribe(channel, () => {})),
    );
    await vi.advanceTimersByTimeAsync(0);
    await all;
    expect(redis.ssubscribe).toHaveBeenCalledExactlyOnceWith("one", "two", "three");
    subscriber.close();
  });

  it("forgets a channel that Redis was away for, and says so", async () => {
    const { redis, subscriber } = start();
    redis.ssubscribe.mockRejectedValueOnce(new Error("away"));
    const refused = expect(subscriber.subscribe("one", () => {})).rejects.toMatchObject({
      code: "unavailable",
    });
    await vi.advanceTimersByTimeAsync(0);
    await refused;
    redis.emit("ready");
    expect(redis.ssubscribe).toHaveBeenLastCalledWith("beat");
    subscriber.close();
  });

  it("stays closed", async () => {
    const { redis, subscriber, publishing } = start();
    redis.emit("ready");
    publishing(() => Promise.resolve(1));
    subscriber.close();
    expect(redis.disconnect).toHaveBeenCalledExactlyOnceWith();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(redis.disconnect).toHaveBeenCalledTimes(1);
  });
});
