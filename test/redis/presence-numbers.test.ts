import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { SessionId } from "../../services/protocol/index.ts";
import { connectionOf, fastTimes, idOf, patient, startPresenceCluster } from "../support/presence-cluster.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

let server: TestRedis;
beforeAll(async () => {
  server = await startRedis({ appendfsync: "no" });
});
afterAll(() => server.stop());

async function startNode(numberRestMs: number) {
  const cluster = await startPresenceCluster(server.url, {
    ...fastTimes,
    numberRestMs,
  });
  onTestFinished(() => cluster.stop());
  const { presence } = await cluster.node("node");
  const session = (name: string) => `session-of-${name}` as SessionId;
  return {
    cluster,
    presence,
    enter: async (name: string) => (await presence.enter(connectionOf(name))).number,
    signOut: (name: string) => presence.signOut(idOf(name), session(name)),
  };
}

const forLong = 600_000;
const atOnce = 1;

test("numbers are small and everybody online has another one", async () => {
  const { enter } = await startNode(forLong);
  const names = Array.from({ length: 250 }, (_, i) => `user ${i}`);
  const given = await Promise.all(names.map(enter));
  expect(new Set(given).size).toBe(250);
  expect(Math.max(...given)).toBe(250);
});

test("all of a user's devices share a number", async () => {
  const { enter } = await startNode(forLong);
  expect([await enter("ada"), await enter("bob"), await enter("ada")]).toEqual([1, 2, 1]);
});

test("a freed number goes to nobody else while it rests, and back to the one who had it", async () => {
  const { cluster, enter, signOut } = await startNode(forLong);
  cluster.service("leader");
  await enter("ada");
  await enter("bob");
  expect(await signOut("ada")).toBe(true);
  expect(await enter("cy")).toBe(3);
  // The same person with another session.
  const back = cluster.node("other");
  const { presence } = await back;
  expect((await presence.enter(connectionOf("ada", "a new session"))).number).toBe(1);
  expect(await cluster.redis.zcard(cluster.key("resting"))).toBe(0);
});

test("numbers that have rested are given again, the smallest first", async () => {
  const { cluster, enter, signOut } = await startNode(atOnce);
  cluster.service("leader");
  for (const name of ["a", "b", "c", "d"]) await enter(name);
  for (const name of ["c", "b"]) await signOut(name);
  await expect.poll(() => cluster.redis.zcard(cluster.key("ready")), patient).toBe(2);
  expect([await enter("e"), await enter("f"), await enter("g")]).toEqual([2, 3, 5]);
});

test("without a presence service numbers are given all the same", async () => {
  const { enter, signOut, presence } = await startNode(atOnce);
  expect(await enter("ada")).toBe(1);
  await signOut("ada");
  expect(await enter("bob")).toBe(2);
  expect(await presence.byNumber(1)).toBeUndefined();
  expect(await presence.byNumber(2)).toMatchObject({ name: "bob" });
});
