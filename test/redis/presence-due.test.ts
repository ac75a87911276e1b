import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createPresenceService } from "../../services/presence/presence-service.ts";
import {
  connectionOf,
  fastTimes,
  type PresenceCluster,
  patient,
  startPresenceCluster,
} from "../support/presence-cluster.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let server: TestRedis;
let cluster: PresenceCluster;

beforeAll(async () => {
  server = await startRedis({ appendfsync: "no" });
});
afterAll(() => server.stop());
beforeEach(async () => {
  cluster = await startPresenceCluster(server.url);
});
afterEach(() => cluster.stop());

/** Of a service that does not look by itself while a test lasts: it has to be told, or to know when. */
const rarely = {
  leaderTtlMs: 120_000,
  leadEveryMs: 60_000,
  standbyEveryMs: 60_000,
  tidyEveryMs: 60_000,
  maxSilenceMs: 120_000,
};

/** How many presence services are told when there is something to do. */
async function heard(): Promise<number> {
  const [, services = 0] = (await cluster.redis.call("PUBSUB", "SHARDNUMSUB", cluster.key("stirred"))) as [
    string,
    number,
  ];
  return services;
}

describe("who stands by", () => {
  test("need not look to take over from one who stops", async () => {
    const first = cluster.service("first", rarely);
    await expect.poll(() => first.leading, patient).toBe(true);
    const second = cluster.service("second", rarely);
    await expect.poll(() => heard(), patient).toBe(2);
    await first.stop();
    await expect.poll(() => second.leading, patient).toBe(true);
  });

  test("knows when the leader's time is over", async () => {
    const first = cluster.service("first");
    await expect.poll(() => first.leading, patient).toBe(true);
    const second = cluster.service("second", { standbyEveryMs: 60_000 });
    await expect.poll(() => cluster.redis.zcard(cluster.key("services")), patient).toBe(2);
    first.kill();
    await expect.poll(() => second.leading, patient).toBe(true);
  });

  test("looks again when the leader stops while an answer that it leads is under way", async () => {
    const first = cluster.service("first", rarely);
    await expect.poll(() => first.leading, patient).toBe(true);
    let hear: (message: string) => void = () => {};
    const ask = cluster.redis.evalsha.bind(cluster.redis) as (...args: unknown[]) => Promise<unknown>;
    vi.spyOn(cluster.redis, "evalsha").mockImplementationOnce(async (...args: unknown[]) => {
      const answer = await ask(...args);
      await first.stop();
      hear("free");
      return answer;
    });
    const second = createPresenceService({
      redis: cluster.redis,
      subscriber: {
        subscribe: async (_channel, onMessage) => {
          hear = onMessage;
        },
      },
      prefix: cluster.prefix,
      log: pino({ level: "silent" }),
      service: { id: "second", pid: 1 },
      times: { ...fastTimes, ...rarely },
    });
    second.start();
    await expect.poll(() => second.leading, patient).toBe(true);
    await second.stop();
  });
});

describe("a leader", () => {
  test("need not look to learn that somebody came, spoke of themselves, or left", async () => {
    const leader = cluster.service("leader", rarely);
    const { presence, told } = await cluster.node("node");
    await expect.poll(() => heard(), patient).toBe(1);
    await expect.poll(() => leader.leading, patient).toBe(true);
    const ada = connectionOf("ada");
    await presence.enter(ada);
    await expect.poll(() => told, patient).toEqual(["+ada"]);
    await presence.setStatus(ada.id, "away");
    await expect.poll(() => told, patient).toEqual(["+ada", "+ada"]);
    await presence.signOut(ada.user.id, ada.session);
    await expect.poll(() => told, patient).toEqual(["+ada", "+ada", "-ada"]);
  });

  test("that hears nothing finds with its next look what there is to tell", async () => {
    const leader = cluster.service("leader", { tidyEveryMs: 60_000 });
    const { presence, told } = await cluster.node("node");
    await expect.poll(() => leader.leading, patient).toBe(true);
    await expect.poll(() => heard(), patient).toBe(1);
    await cluster.redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    await presence.enter(connectionOf("ada"));
    await expect.poll(() => told, patient).toEqual(["+ada"]);
  });

  test("knows when a lease ends, and the grace after it", async () => {
    cluster.service("leader", rarely);
    const [victim, { told }] = [await cluster.node("victim"), await cluster.node("witness")];
    await victim.presence.enter(connectionOf("ada"));
    await expect.poll(() => told, patient).toEqual(["+ada"]);
    victim.kill();
    await expect.poll(() => told, patient).toEqual(["+ada", "-ada"]);
  });

  describe("where no lease ends", () => {
    // It believes deadlines soon all the same.
    const trusting = { ...rarely, leaseTtlMs: 100 };

    beforeEach(async () => {
      await cluster.stop();
      cluster = await startPresenceCluster(server.url, { ...fastTimes, leaseTtlMs: 60_000 });
    });

    test("knows from what it was told last when a grace ends", async () => {
      cluster.service("leader", trusting);
      const { presence, told } = await cluster.node("node");
      await expect.poll(() => heard(), patient).toBe(1);
      const ada = connectionOf("ada");
      await presence.enter(ada);
      await expect.poll(() => told, patient).toEqual(["+ada"]);
      presence.leave(ada.id);
      await expect.poll(() => cluster.redis.zcard(cluster.key("leaving")), patient).toBe(1);
      await presence.enter(connectionOf("bob"));
      await expect.poll(() => told, patient).toContain("-ada");
    });

    test("need not look to learn that a node gave its lease back", async () => {
      cluster.service("leader", trusting);
      const [leaver, { told }] = [await cluster.node("leaver"), await cluster.node("witness")];
      await expect.poll(() => heard(), patient).toBe(1);
      await leaver.presence.enter(connectionOf("ada"));
      await expect.poll(() => told, patient).toEqual(["+ada"]);
      await leaver.presence.stop();
      await expect.poll(() => told, patient).toEqual(["+ada", "-ada"]);
    });
  });
});
