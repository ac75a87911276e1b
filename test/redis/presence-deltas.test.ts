import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createDeltas } from "../../services/presence/redis-deltas.ts";
import type { SessionId } from "../../services/protocol/index.ts";
import {
  connectionOf,
  idOf,
  names,
  type PresenceCluster,
  patient,
  startPresenceCluster,
  type TestNode,
} from "../support/presence-cluster.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let server: TestRedis;
let cluster: PresenceCluster;
let node: TestNode;

beforeAll(async () => {
  server = await startRedis({ appendfsync: "no" });
});
afterAll(() => server.stop());
beforeEach(async () => {
  cluster = await startPresenceCluster(server.url);
  cluster.service("leader");
  node = await cluster.node("node");
});
afterEach(() => cluster.stop());

const enter = (name: string) => node.presence.enter(connectionOf(name));
const published = async () => Number(await cluster.redis.hget(cluster.key("head"), "seq"));

/** Somebody comes, and the delta that tells of it is out. */
async function enterAndPublish(name: string): Promise<void> {
  const before = await published();
  await enter(name);
  await expect.poll(published, patient).toBe(before + 1);
}

test("deltas are numbered without a gap, and each continues the one before", async () => {
  for (const name of ["ada", "bob", "cy"]) await enterAndPublish(name);
  const entries = await cluster.redis.xrange(cluster.key("deltas"), "-", "+");
  expect(entries.map(([id]) => id)).toEqual(["1-0", "2-0", "3-0"]);
  let chain = "0";
  for (const [, fields] of entries) {
    const [before = "", own = ""] = (fields[1] ?? "").split(" ");
    expect(before).toBe(chain);
    chain = own;
  }
  expect(node.told).toEqual(["+ada", "+bob", "+cy"]);
  expect(node.deltas.map(({ count }) => count)).toEqual([1, 2, 3]);
});

test("what changes and changes back within a batch is told as it is: somebody may have read the list in between", async () => {
  await cluster.stop();
  cluster = await startPresenceCluster(server.url);
  node = await cluster.node("node");
  // While nobody leads, all that happens is one batch.
  const bob = connectionOf("bob");
  await node.presence.enter(bob);
  await enter("ada");
  expect(await names(node.presence)).toEqual(["ada", "bob"]);
  await node.presence.signOut(idOf("ada"), "session-of-ada" as SessionId);
  const first = cluster.service("first");
  await expect.poll(() => node.told.toSorted(), patient).toEqual(["+bob", "-ada"]);
  await first.stop();
  await node.presence.setStatus(bob.id, "away");
  await node.presence.setStatus(bob.id, "online");
  await enter("cy");
  cluster.service("second");
  await expect.poll(() => node.told.slice(2).toSorted(), patient).toEqual(["+bob", "+cy"]);
  expect(await published()).toBe(2);
});

test("a gap is read from the stream, in order and once", async () => {
  await enterAndPublish("ada");
  node.deaf = true;
  for (const name of ["bob", "cy"]) await enterAndPublish(name);
  node.deaf = false;
  await enterAndPublish("dee");
  await expect.poll(() => node.told, patient).toEqual(["+ada", "+bob", "+cy", "+dee"]);
  expect(node.interruptions()).toBe(0);
});

test("a lost last delta is noticed", async () => {
  await enterAndPublish("ada");
  node.deaf = true;
  await enterAndPublish("bob");
  await expect.poll(() => node.told, patient).toEqual(["+ada", "+bob"]);
  expect(node.presence.count).toBe(2);
  expect(node.interruptions()).toBe(0);
});

test("with everything lost the node follows all the same", async () => {
  node.deaf = true;
  // More than are read at once.
  for (let i = 0; i < 120; i += 1) await enterAndPublish(`user ${i}`);
  await expect.poll(() => node.told.length, patient).toBe(120);
  expect(new Set(node.told).size).toBe(120);
});

test("a gap that is gone from the stream is said, and the count is right all the same", async () => {
  await enterAndPublish("ada");
  node.deaf = true;
  for (const name of ["bob", "cy"]) {
    await enterAndPublish(name);
    await cluster.redis.xtrim(cluster.key("deltas"), "MAXLEN", 0);
  }
  node.deaf = false;
  await expect.poll(() => node.interruptions(), patient).toBe(1);
  expect(node.presence.count).toBe(3);
  await enterAndPublish("dee");
  await expect.poll(() => node.told, patient).toEqual(["+ada", "+dee"]);
});

test("another history under the same numbers is noticed", async () => {
  await enterAndPublish("ada");
  await enterAndPublish("bob");
  node.deaf = true;
  // As after a failover to a replica that lagged: the second delta is undone, and another one takes its number.
  await cluster.redis
    .multi()
    .xdel(cluster.key("deltas"), "2-0")
    .xsetid(cluster.key("deltas"), "1-0")
    .hset(cluster.key("head"), "seq", 1, "chain", "0123456789abcdef")
    .exec();
  await enterAndPublish("cy");
  expect(await published()).toBe(2);
  await expect.poll(() => node.interruptions(), patient).toBe(1);
  expect(node.presence.count).toBe(3);
});

test("nothing follows upon a history that is not this one", async () => {
  for (const name of ["ada", "bob", "cy"]) await enterAndPublish(name);
  const deltas = createDeltas({ redis: cluster.redis, prefix: cluster.prefix });
  const [, second] = (await deltas.after({ seq: 0, chain: "0" }))?.deltas ?? [];
  const { seq = 0, chain = "" } = second ?? {};
  expect((await deltas.after({ seq, chain }))?.deltas.map((delta) => delta.seq)).toEqual([3]);
  expect(await deltas.after({ seq, chain: "0123456789abcdef" })).toBeUndefined();
  expect(await deltas.after({ seq: 4, chain })).toBeUndefined();
});

test("a node that starts later knows the count, and is told only what comes then", async () => {
  await enterAndPublish("ada");
  const late = await cluster.node("late");
  await expect.poll(() => late.presence.count, patient).toBe(1);
  await enterAndPublish("bob");
  await expect.poll(() => late.told, patient).toEqual(["+bob"]);
});
