import type { ChildProcess } from "node:child_process";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import {
  connectionOf,
  names,
  type PresenceCluster,
  patient,
  spawnNode,
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

const leases = () => cluster.redis.zrange(cluster.key("leases"), "0", "-1");

async function spawned(id: string, people: readonly string[]): Promise<ChildProcess> {
  const child = await spawnNode(server.url, cluster.prefix, id, people);
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  });
  return child;
}

describe("a node that dies", () => {
  test("takes its users off the list, except those who are elsewhere by then", async () => {
    cluster.service("leader");
    const { presence, told } = await cluster.node("survivor");
    const child = await spawned("victim", ["ada", "bob"]);
    await presence.enter(connectionOf("cy"));
    await expect.poll(() => told, patient).toEqual(expect.arrayContaining(["+ada", "+bob", "+cy"]));
    child.kill("SIGKILL");
    await presence.enter(connectionOf("ada"));
    await expect.poll(() => told, patient).toContain("-bob");
    expect(told).not.toContain("-ada");
    expect(await names(presence)).toEqual(["ada", "cy"]);
    expect((await presence.report()).nodes.map(({ id }) => id)).toEqual(["survivor"]);
    await expect.poll(() => cluster.redis.hlen(cluster.key("nodes")), patient).toBe(1);
    expect(await cluster.redis.hlen(cluster.key("connections"))).toBe(2);
  });

  test("and comes back from a long stop registers everybody again", async () => {
    cluster.service("leader");
    const { presence, told } = await cluster.node("watcher");
    const child = await spawned("sleeper", ["ada"]);
    await expect.poll(() => told, patient).toEqual(["+ada"]);
    child.kill("SIGSTOP");
    await expect.poll(() => told, patient).toEqual(["+ada", "-ada"]);
    child.kill("SIGCONT");
    await expect.poll(() => told, patient).toEqual(["+ada", "-ada", "+ada"]);
    expect(await presence.byNumber(1)).toMatchObject({ name: "ada" });
  });
});

describe("a node whose lease is gone", () => {
  test("is refused, takes another incarnation and registers everybody again; nobody is told anything", async () => {
    cluster.service("leader");
    const node = await cluster.node("node");
    const { presence, told } = node;
    await presence.enter(connectionOf("ada"));
    await expect.poll(() => told, patient).toEqual(["+ada"]);
    const [before = ""] = await leases();
    await cluster.redis.zrem(cluster.key("leases"), before);
    const { number } = await presence.enter(connectionOf("bob"));
    expect(number).toBe(2);
    const after = await leases();
    expect(after).toHaveLength(1);
    expect(after).not.toContain(before);
    // The old incarnation is removed without harm to those who moved.
    await expect.poll(() => cluster.redis.hkeys(cluster.key("nodes")), patient).toEqual(after);
    await presence.enter(connectionOf("cy"));
    await expect.poll(() => told, patient).toContain("+cy");
    expect(told).toEqual(["+ada", "+bob", "+cy"]);
  });

  test("does not bring back who left meanwhile", async () => {
    cluster.service("leader");
    const { presence } = await cluster.node("node");
    const ada = connectionOf("ada");
    await presence.enter(ada);
    await presence.enter(connectionOf("bob"));
    await cluster.redis.del(cluster.key("leases"));
    presence.leave(ada.id);
    await expect.poll(() => names(presence), patient).toEqual(["bob"]);
    expect(await cluster.redis.hlen(cluster.key("connections"))).toBe(1);
  });
});

describe("a node of which Redis knows something else", () => {
  test.each([
    [
      "a connection is missing",
      async (id: string) => {
        await cluster.redis.hdel(cluster.key("connections"), id);
        const entries = await cluster.redis.zrange(cluster.key("by-node"), "0", "-1");
        await cluster.redis.zrem(cluster.key("by-node"), ...entries.filter((entry) => entry.endsWith(id)));
      },
    ],
    [
      "the digest is another one",
      async () => {
        const [incarnation = ""] = await leases();
        await cluster.redis.hset(cluster.key("digests"), incarnation, "00000000000000ff");
      },
    ],
  ])("registers everybody again when %s", async (_, spoil) => {
    const { presence } = await cluster.node("node");
    const ada = connectionOf("ada");
    await presence.enter(ada);
    await presence.enter(connectionOf("bob"));
    const [before = ""] = await leases();
    await spoil(ada.id);
    await expect.poll(leases, patient).not.toContain(before);
    await expect.poll(() => cluster.redis.hexists(cluster.key("connections"), ada.id), patient).toBe(1);
    expect(await names(presence)).toEqual(["ada", "bob"]);
  });
});

describe("Redis", () => {
  test("that was emptied learns everything again, numbers included", async () => {
    cluster.service("leader");
    const [left, right] = [await cluster.node("left"), await cluster.node("right")];
    const numbers = new Map<string, number>();
    for (const [node, name] of [
      [left, "ada"],
      [right, "bob"],
      [left, "cy"],
    ] as const)
      numbers.set(name, (await node.presence.enter(connectionOf(name))).number);
    await expect.poll(() => left.told.length, patient).toBe(3);
    await cluster.redis.flushall();
    await expect.poll(() => names(left.presence), patient).toEqual(["ada", "bob", "cy"]);
    const { users } = await left.presence.list({ limit: 10 });
    expect(new Map(users.map(({ name, number }) => [name, number]))).toEqual(numbers);
    for (const node of [left, right]) {
      await expect.poll(() => node.interruptions(), patient).toBeGreaterThan(0);
      await expect.poll(() => node.presence.count, patient).toBe(3);
    }
    expect((await left.presence.enter(connectionOf("dee"))).number).toBe(4);
  });

  test("that is full takes nobody in, but keeps the leases and lets people go", async () => {
    cluster.service("leader");
    const { presence, told } = await cluster.node("node");
    const [ada, bob] = [connectionOf("ada"), connectionOf("bob")];
    await presence.enter(ada);
    await presence.enter(bob);
    await presence.enter(connectionOf("cy"));
    await expect.poll(() => told, patient).toHaveLength(3);
    await cluster.redis.config("SET", "maxmemory", "1");
    try {
      await expect(presence.enter(connectionOf("dee"))).rejects.toMatchObject({ code: "unavailable" });
      expect(await presence.signOut(ada.user.id, ada.session)).toBe(true);
      presence.leave(bob.id);
      await expect.poll(() => told, patient).toEqual(["+ada", "+bob", "+cy", "-ada", "-bob"]);
      const deadline = async () =>
        (await cluster.redis.zrange(cluster.key("leases"), "0", "-1", "WITHSCORES"))[1];
      const before = await deadline();
      await expect.poll(deadline, patient).not.toBe(before);
    } finally {
      await cluster.redis.config("SET", "maxmemory", "0");
    }
    await expect.poll(() => names(presence), patient).toEqual(["cy", "dee"]);
  });

  test("that restarts loses nobody, and a node that could not write meanwhile catches up", async () => {
    cluster.service("leader");
    const node = await cluster.node("node");
    const { presence, told } = node;
    const [ada, bob] = [connectionOf("ada"), connectionOf("bob")];
    await presence.enter(ada);
    await presence.enter(bob);
    await expect.poll(() => told, patient).toEqual(["+ada", "+bob"]);
    await server.kill();
    await expect.poll(() => presence.trouble, patient).toBeDefined();
    presence.leave(bob.id);
    await expect(presence.enter(connectionOf("cy"))).rejects.toMatchObject({ code: "unavailable" });
    await server.start();
    await expect.poll(() => told, patient).toEqual(["+ada", "+bob", "+cy", "-bob"]);
    expect(presence.trouble).toBeUndefined();
    expect(await names(presence)).toEqual(["ada", "cy"]);
  });

  test("that stands still for longer than a lease costs nobody who is there their place", async () => {
    cluster.service("leader");
    cluster.service("standby");
    const { presence, told } = await cluster.node("node");
    const reloading = connectionOf("bob");
    await presence.enter(connectionOf("ada"));
    await presence.enter(reloading);
    await expect.poll(() => told, patient).toEqual(["+ada", "+bob"]);
    await leaderBelieves();
    presence.leave(reloading.id);
    await expect.poll(() => cluster.redis.zcard(cluster.key("leaving")), patient).toBe(1);
    // Longer than a lease and than a grace.
    await cluster.redis.call("CLIENT", "PAUSE", "1700", "ALL");
    const until = Number(await cluster.redis.hget(cluster.key("leader"), "until"));
    // The leader is back at work before bob is back.
    await expect
      .poll(async () => Number(await cluster.redis.hget(cluster.key("leader"), "until")), patient)
      .toBeGreaterThan(until);
    await presence.enter(connectionOf("bob"));
    await presence.enter(connectionOf("cy"));
    // Whatever was going to be removed is removed once the leader believes deadlines again.
    await expect.poll(() => cluster.redis.zcard(cluster.key("leaving")), patient).toBe(0);
    await expect.poll(() => told, patient).toContain("+cy");
    expect(told).toEqual(["+ada", "+bob", "+cy"]);
  });
});

/** A lease that nobody refreshes is gone: so the leader has watched for as long as a lease lasts, and believes deadlines. */
async function leaderBelieves(): Promise<void> {
  await cluster.redis.zadd(cluster.key("leases"), 1, "nobody");
  await expect.poll(leases, patient).not.toContain("nobody");
}
