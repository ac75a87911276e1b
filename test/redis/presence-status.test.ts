import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { presenceTimes } from "../../services/presence/times.ts";
import type { User } from "../../services/protocol/index.ts";
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
let left: TestNode;
let right: TestNode;

const ada = idOf("ada");
const nothing = { mode: "auto", lastSeen: true } as const;

beforeAll(async () => {
  server = await startRedis({ appendfsync: "no" });
});
afterAll(() => server.stop());
beforeEach(async () => {
  cluster = await startPresenceCluster(server.url);
  cluster.service("leader");
  [left, right] = await Promise.all([cluster.node("left"), cluster.node("right")]);
});
afterEach(() => cluster.stop());

const user = async (name: string): Promise<User | undefined> =>
  (await right.presence.list({ limit: 200 })).users.find((one) => one.name === name);

describe("what somebody says of themselves", () => {
  test("is shown on the list and told to every node, replaces what was said before, and outlives a visit", async () => {
    const first = connectionOf("ada");
    expect((await left.presence.enter(first)).status).toEqual(nothing);
    const said = { mode: "dnd", text: "Writing", emoji: "✍️", lastSeen: true } as const;
    expect(await left.presence.describe(ada, said)).toEqual(said);
    expect(await user("ada")).toMatchObject({
      status: "online",
      dnd: true,
      statusText: "Writing",
      statusEmoji: "✍️",
    });
    await expect
      .poll(() => right.deltas.at(-1)?.changes[0]?.user, patient)
      .toMatchObject({ dnd: true, statusText: "Writing" });

    left.presence.leave(first.id);
    await expect.poll(() => names(right.presence), patient).toEqual([]);
    expect((await right.presence.enter(connectionOf("ada"))).status).toEqual(said);
    await right.presence.describe(ada, nothing);
    expect(await user("ada")).toEqual({
      id: ada,
      name: "ada",
      number: 1,
      status: "online",
      since: expect.any(String),
    });
  });

  test("ends by itself at the time that was named, and is told as ended", async () => {
    await left.presence.enter(connectionOf("ada"));
    const { until } = await left.presence.describe(ada, {
      mode: "away",
      text: "Lunch",
      forSeconds: 1,
      lastSeen: false,
    });
    expect(await user("ada")).toMatchObject({ status: "away", statusText: "Lunch", statusUntil: until });
    await expect.poll(() => user("ada"), patient).toMatchObject({ status: "online" });
    expect(await user("ada")).not.toHaveProperty("statusText");
    await expect.poll(() => right.deltas.at(-1)?.changes[0]?.user, patient).not.toHaveProperty("statusText");
    // How others are told when one was last here is a choice, not a mood.
    expect((await left.presence.enter(connectionOf("ada"))).status).toEqual({
      mode: "auto",
      lastSeen: false,
    });
  });

  test("is forgotten with the stranger who has not been seen for long", async () => {
    const here = connectionOf("ada");
    await left.presence.enter(here);
    await left.presence.describe(ada, { mode: "auto", text: "Hello", lastSeen: true });
    await left.presence.signOut(ada, here.session);
    const longAgo = Date.now() - presenceTimes.seenMs - 1_000;
    await cluster.redis.zadd(cluster.key("seen"), "XX", longAgo, ada);
    await expect.poll(() => cluster.redis.hlen(cluster.key("statuses")), patient).toBe(0);
    expect(await cluster.redis.zcard(cluster.key("seen"))).toBe(0);
  });
});

describe("whoever is invisible", () => {
  test("is for others not here, keeps the number, and comes back as somebody who comes", async () => {
    const here = connectionOf("ada");
    const { number } = await left.presence.enter(here);
    await expect.poll(() => right.told, patient).toEqual(["+ada"]);
    await left.presence.describe(ada, { mode: "invisible", lastSeen: true });
    expect(await right.presence.list({ limit: 10 })).toEqual({ count: 0, users: [] });
    expect(await right.presence.byNumber(number)).toBeUndefined();
    expect(await right.presence.online([ada])).toEqual([]);
    await expect.poll(() => right.told, patient).toEqual(["+ada", "-ada"]);
    expect((await left.presence.enter(connectionOf("bob"))).number).not.toBe(number);

    await left.presence.describe(ada, nothing);
    expect(await right.presence.byNumber(number)).toMatchObject({ id: ada, number });
    // Those who came within the same batch are told in no order.
    await expect.poll(() => right.told.slice(2).toSorted(), patient).toEqual(["+ada", "+bob"]);
  });

  test("leaks neither coming nor going: nothing is told, and last seen stays when others saw them last", async () => {
    const here = connectionOf("ada");
    await left.presence.enter(here);
    await expect.poll(() => right.told, patient).toEqual(["+ada"]);
    await left.presence.describe(ada, { mode: "invisible", lastSeen: true });
    await expect.poll(() => right.told, patient).toEqual(["+ada", "-ada"]);
    const seen = (await right.presence.lastSeen([ada])).get(ada);
    expect(seen).toBeDefined();
    left.presence.leave(here.id);
    const freed = () => cluster.redis.zscore(cluster.key("resting"), "1");
    await expect.poll(freed, patient).not.toBeNull();
    const again = connectionOf("ada");
    const { status } = await right.presence.enter(again);
    expect(status.mode).toBe("invisible");
    // Somebody else, told after all of that would have been.
    await left.presence.enter(connectionOf("bob"));
    await expect.poll(() => right.told, patient).toEqual(["+ada", "-ada", "+bob"]);
    expect((await left.presence.lastSeen([ada])).get(ada)).toBe(seen);
  });

  test("stays so when their node dies, and the audit finds nothing to mend", async () => {
    await left.presence.enter(connectionOf("ada"));
    await expect.poll(() => right.told, patient).toEqual(["+ada"]);
    await left.presence.describe(ada, { mode: "invisible", lastSeen: true });
    left.kill();
    await expect.poll(() => cluster.redis.hlen(cluster.key("hidden")), patient).toBe(0);
    await expect.poll(() => cluster.redis.hlen(cluster.key("connections")), patient).toBe(0);
    expect(await names(right.presence)).toEqual([]);
    await expect.poll(() => right.told, patient).toEqual(["+ada", "-ada"]);
  });

  test("whose record was left behind is found by the audit", async () => {
    const record = { id: "u-x", name: "Ghost", folded: "ghost", number: 9, status: "online", since: 1 };
    await cluster.redis.hset(cluster.key("hidden"), "u-x", JSON.stringify(record));
    await expect.poll(() => cluster.redis.hlen(cluster.key("hidden")), patient).toBe(0);
  });
});

test("when somebody was last here is told with their going and on demand, unless they do not want that", async () => {
  const [here, there] = [connectionOf("ada"), connectionOf("bob")];
  await left.presence.enter(here);
  await left.presence.enter(there);
  await left.presence.describe(idOf("bob"), { mode: "auto", lastSeen: false });
  for (const { id } of [here, there]) left.presence.leave(id);
  await expect
    .poll(() => right.told.filter((one) => one.startsWith("-")).sort(), patient)
    .toEqual(["-ada", "-bob"]);
  const gone = right.deltas.flatMap(({ changes }) => changes).filter(({ online }) => !online);
  expect(gone.find(({ user }) => user.name === "ada")?.user.lastSeen).toMatch(/Z$/);
  expect(gone.find(({ user }) => user.name === "bob")?.user).not.toHaveProperty("lastSeen");
  const seen = await right.presence.lastSeen([ada, idOf("bob"), idOf("nobody")]);
  expect([...seen.keys()]).toEqual([ada]);
});
