import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { createLeadership } from "../../services/presence/redis-leadership.ts";
import {
  connectionOf,
  fastTimes,
  names,
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

const leader = () => cluster.redis.hget(cluster.key("leader"), "id");

describe("leadership", () => {
  test("one leads, the other stands by, and takes over when the first is gone", async () => {
    const first = cluster.service("first");
    await expect.poll(() => first.leading, patient).toBe(true);
    const second = cluster.service("second");
    await expect.poll(() => cluster.redis.zcard(cluster.key("services")), patient).toBe(2);
    expect(second.leading).toBe(false);
    await expect.poll(() => second.trouble, patient).toBeUndefined();
    first.kill();
    await expect.poll(() => second.leading, patient).toBe(true);
    expect(await leader()).toBe("second");
    await expect.poll(() => first.trouble, patient).toBeDefined();
  });

  test("who stops hands over at once", async () => {
    const first = cluster.service("first");
    await expect.poll(() => first.leading, patient).toBe(true);
    const second = cluster.service("second");
    await expect.poll(() => cluster.redis.zcard(cluster.key("services")), patient).toBe(2);
    const stoppedAt = performance.now();
    await first.stop();
    expect(first.leading).toBe(false);
    await expect.poll(() => second.leading, patient).toBe(true);
    expect(performance.now() - stoppedAt).toBeLessThan(fastTimes.leaderTtlMs);
  });

  test("who would lead for longer than anybody may, by a clock before a failover, is not waited for", async () => {
    const until = Date.now() + 3_600_000;
    await cluster.redis.hset(cluster.key("leader"), { id: "dead", pid: 1, token: "t", since: 1, until });
    const service = cluster.service("service");
    await expect.poll(() => service.leading, patient).toBe(true);
  });

  test("what is told goes on where the first leader stopped, with nothing lost or repeated", async () => {
    const first = cluster.service("first");
    const { presence, told, deltas } = await cluster.node("node");
    await presence.enter(connectionOf("ada"));
    await expect.poll(() => told, patient).toEqual(["+ada"]);
    first.kill();
    await presence.enter(connectionOf("bob"));
    cluster.service("second");
    await expect.poll(() => told, patient).toEqual(["+ada", "+bob"]);
    expect(deltas.map(({ count }) => count)).toEqual([1, 2]);
  });

  test("who was deposed can change nothing, whatever it believes", async () => {
    const leadership = (id: string) =>
      createLeadership({
        redis: cluster.redis,
        prefix: cluster.prefix,
        times: { ...fastTimes, maxSilenceMs: 60_000 },
        service: { id, pid: 1 },
      });
    const [old, young] = [leadership("old"), leadership("young")];
    const { token = "", nowMs: seenMs } = await old.lead();
    expect((await young.lead()).token).toBeUndefined();
    await old.stepDown();
    expect((await young.lead()).token).toBeDefined();
    const { presence } = await cluster.node("node");
    await presence.enter(connectionOf("ada"));
    await cluster.redis.zadd(cluster.key("leases"), 1, "long gone");
    const fence = { token, seenMs };
    for (const answer of [
      await old.publish(fence),
      await old.reap(fence, true),
      await old.expireGrace(fence),
      await old.tidy(fence),
      await old.audit(fence, "users", "0"),
    ])
      expect(answer.refused).toBe("deposed");
    expect(await cluster.redis.hlen(cluster.key("published"))).toBe(0);
    expect(await cluster.redis.zscore(cluster.key("leases"), "long gone")).toBe("1");
  });

  test("after a silence nothing is concluded from deadlines, not even by a call that was under way", async () => {
    const leadership = createLeadership({
      redis: cluster.redis,
      prefix: cluster.prefix,
      times: fastTimes,
      service: { id: "leader", pid: 1 },
    });
    const { token = "", nowMs } = await leadership.lead();
    await cluster.redis.zadd(cluster.key("leases"), 1, "long gone");
    const fence = { token, seenMs: nowMs - fastTimes.maxSilenceMs - 100 };
    expect((await leadership.reap(fence, true)).refused).toBe("interrupted");
    expect(await cluster.redis.zscore(cluster.key("leases"), "long gone")).toBe("1");
    expect(await leadership.reap({ token, seenMs: nowMs }, true)).toMatchObject({ incarnation: "long gone" });
  });
});

describe("a leader that begins", () => {
  test("waits for as long as a lease lasts before it removes a node", async () => {
    await cluster.redis.zadd(cluster.key("leases"), 1, "long gone");
    const service = cluster.service("leader");
    await expect.poll(() => service.leading, patient).toBe(true);
    const since = Number(await cluster.redis.hget(cluster.key("leader"), "since"));
    await expect.poll(() => cluster.redis.zscore(cluster.key("leases"), "long gone"), patient).toBeNull();
    const [seconds, microseconds] = await cluster.redis.time();
    const now = Number(seconds) * 1_000 + Number(microseconds) / 1_000;
    expect(now - since).toBeGreaterThanOrEqual(fastTimes.leaseTtlMs);
  });

  test("waits again after its connection was lost, however short that was", async () => {
    const service = cluster.service("leader");
    await expect.poll(() => service.leading, patient).toBe(true);
    await cluster.redis.zadd(cluster.key("leases"), 1, "long gone");
    await expect.poll(() => cluster.redis.zscore(cluster.key("leases"), "long gone"), patient).toBeNull();
    const clients = String(await cluster.redis.call("CLIENT", "LIST")).split("\n");
    const [, id = ""] =
      /^id=(\d+) .*name=leader /.exec(clients.find((line) => line.includes("name=leader ")) ?? "") ?? [];
    const before = performance.now();
    expect(await cluster.redis.call("CLIENT", "KILL", "ID", id)).toBe(1);
    await cluster.redis.zadd(cluster.key("leases"), 1, "gone since");
    await expect.poll(() => cluster.redis.zscore(cluster.key("leases"), "gone since"), patient).toBeNull();
    expect(performance.now() - before).toBeGreaterThanOrEqual(fastTimes.leaseTtlMs);
  });

  test("removes at once what a node gave back", async () => {
    const node = await cluster.node("node");
    await node.presence.enter(connectionOf("ada"));
    const other = await cluster.node("other");
    await node.presence.stop();
    expect(await names(other.presence)).toEqual(["ada"]);
    const service = cluster.service("leader");
    await expect.poll(() => service.leading, patient).toBe(true);
    const since = performance.now();
    await expect.poll(() => cluster.redis.hlen(cluster.key("nodes")), patient).toBe(1);
    expect(performance.now() - since).toBeLessThan(fastTimes.leaseTtlMs / 2);
    await expect.poll(() => names(other.presence), patient).toEqual([]);
  });
});

test("5,000 users of a dead node go in chunks that never block Redis for long", async () => {
  await cluster.stop();
  cluster = await startPresenceCluster(server.url, { ...fastTimes, numberRestMs: 600_000 });
  cluster.service("leader");
  const [victim, witness] = [await cluster.node("victim"), await cluster.node("witness")];
  const people = Array.from({ length: 5_000 }, (_, i) => connectionOf(`user ${i}`));
  await Promise.all(people.map((connection) => victim.presence.enter(connection)));
  await witness.presence.enter(connectionOf("somebody else"));
  await expect.poll(() => witness.presence.count, patient).toBe(5_001);
  await cluster.redis.config("SET", "slowlog-log-slower-than", "0");
  await cluster.redis.config("SET", "slowlog-max-len", "20000");
  await cluster.redis.call("SLOWLOG", "RESET");
  victim.kill();
  await expect.poll(() => witness.presence.count, { timeout: 15_000, interval: 20 }).toBe(1);
  const slow = (await cluster.redis.call("SLOWLOG", "GET", "-1")) as [number, number, number][];
  const longestMs = Math.max(...slow.map(([, , microseconds]) => microseconds)) / 1_000;
  expect(slow.length).toBeGreaterThan(20);
  // Some 15 ms on an idle machine; at once, all of them would take some 150 ms there.
  expect(longestMs).toBeLessThan(400);
  const offline = witness.told.filter((entry) => entry.startsWith("-"));
  expect(offline).toHaveLength(5_000);
  expect(new Set(offline).size).toBe(5_000);
  expect(Math.max(...witness.deltas.map(({ changes }) => changes.length))).toBeLessThanOrEqual(500);
  expect(await cluster.redis.zcard(cluster.key("resting"))).toBe(5_000);
  for (const empty of ["by-node", "connections", "digests", "nodes", "users", "online", "by-user"])
    expect(await size(empty)).toBeLessThanOrEqual(2);
});

async function size(name: string): Promise<number> {
  const key = cluster.key(name);
  return (await cluster.redis.type(key)) === "zset" ? cluster.redis.zcard(key) : cluster.redis.hlen(key);
}

describe("the audit", () => {
  const someone = async () => {
    const node = await cluster.node("node");
    await node.presence.enter(connectionOf("ada"));
    await node.presence.enter(connectionOf("bob"));
    cluster.service("leader");
    await expect.poll(() => node.told.length, patient).toBe(2);
    return node;
  };
  const { redis, key } = { redis: () => cluster.redis, key: (name: string) => cluster.key(name) };

  test("removes a user without a connection", async () => {
    const node = await someone();
    const record = JSON.stringify({
      id: "u-x",
      name: "Ghost",
      folded: "ghost",
      number: 9,
      status: "online",
      since: 1,
    });
    await redis().hset(key("users"), "u-x", record);
    await redis().zadd(key("online"), 0, "ghost\0u-x");
    await expect.poll(() => names(node.presence), patient).toEqual(["ada", "bob"]);
  });

  test("removes a connection whose node has no lease and is not being removed", async () => {
    const node = await someone();
    const id = randomBytes(8).toString("hex");
    const ghost = { incarnation: "lost", user: "u-x", session: "s", address: "a", status: "online", at: 1 };
    const record = JSON.stringify({
      id: "u-x",
      name: "Ghost",
      folded: "ghost",
      number: 9,
      status: "online",
      since: 1,
    });
    await redis()
      .multi()
      .hset(key("connections"), id, JSON.stringify(ghost))
      .zadd(key("by-user"), 0, `u-x\0h${id}`)
      .hset(key("users"), "u-x", record)
      .zadd(key("online"), 0, "ghost\0u-x")
      .exec();
    await expect.poll(() => names(node.presence), patient).toEqual(["ada", "bob"]);
    expect(await redis().hexists(key("connections"), id)).toBe(0);
  });

  test.each([
    ["online", () => redis().zadd(key("online"), 0, "ghost\0u-x")],
    ["by-user", () => redis().zadd(key("by-user"), 0, "u-x\0h0123456789abcdef")],
    ["by-node", () => redis().zadd(key("by-node"), 0, "lost\x000123456789abcdef")],
  ])("removes what nothing else knows of from %s", async (table, spoil) => {
    await someone();
    await spoil();
    expect(await redis().zcard(key(table))).toBe(3);
    await expect.poll(() => redis().zcard(key(table)), patient).toBe(2);
  });

  test("tells what was never told, and takes back what is not so", async () => {
    const node = await someone();
    const [ada = ""] = await redis().hkeys(key("published"));
    await redis().hdel(key("published"), ada);
    const ghost = JSON.stringify({
      id: "u-x",
      name: "Ghost",
      folded: "ghost",
      number: 9,
      status: "online",
      since: 1,
    });
    await redis().hset(key("published"), "u-x", ghost);
    await expect.poll(() => node.told, patient).toContain("-Ghost");
    await expect.poll(() => node.told.length, patient).toBe(4);
    expect(node.presence.count).toBe(2);
  });

  test("lets a number rest that nobody has", async () => {
    await someone();
    await redis().hset(key("numbers"), 77, "u-x");
    await expect.poll(() => redis().hexists(key("numbers"), "77"), patient).toBe(0);
    expect(await redis().zscore(key("ready"), "77")).toBe("77");
  });

  test("finds nothing to do where everything is well", async () => {
    const node = await someone();
    const before = await redis().hget(key("head"), "seq");
    await redis().hset(key("numbers"), 77, "u-x");
    // The last table has been looked at, so all have been.
    await expect.poll(() => redis().hexists(key("numbers"), "77"), patient).toBe(0);
    expect(await redis().hget(key("head"), "seq")).toBe(before);
    expect(await names(node.presence)).toEqual(["ada", "bob"]);
  });
});

describe("the process", () => {
  const main = fileURLToPath(new URL("../../services/presence/main.ts", import.meta.url));

  async function launch() {
    const child = spawn(process.execPath, ["--import", "tsx", main], {
      env: { PATH: process.env.PATH, PORT: "0", REDIS_URL: server.url, REDIS_PREFIX: cluster.prefix },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    onTestFinished(async () => {
      child.kill("SIGKILL");
      await ended;
    });
    for await (const line of createInterface(child.stdout)) {
      const { msg, port, id } = JSON.parse(line) as { msg: string; port: number; id: string };
      if (msg === "listening") return { child, id, ended, url: `http://127.0.0.1:${port}` };
    }
    throw new Error("it ended before it listened");
  }

  test("says how it is, and hands over to the other on SIGTERM", async () => {
    const [first, second] = [await launch(), await launch()];
    for (const { url } of [first, second]) {
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      await expect.poll(async () => (await fetch(`${url}/readyz`)).status, patient).toBe(200);
      expect(await (await fetch(`${url}/metrics`)).text()).toContain("parley_presence_leading");
    }
    await expect.poll(leader, patient).toBeTruthy();
    const [leading, other] = (await leader()) === first.id ? [first, second] : [second, first];
    leading.child.kill("SIGTERM");
    expect(await leading.ended).toBe(0);
    await expect.poll(leader, { timeout: 1_000, interval: 10 }).toBe(other.id);
    await expect
      .poll(async () => (await fetch(`${other.url}/metrics`)).text(), patient)
      .toMatch(/parley_presence_leading\{.*\} 1/);
  });
});
