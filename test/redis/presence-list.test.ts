import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { PageCursor, SessionId, UserId } from "../../services/protocol/index.ts";
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

const enter = async (node: TestNode, name: string, session?: string) => {
  const connection = connectionOf(name, session);
  await node.presence.enter(connection);
  return connection;
};

describe("coming and going", () => {
  test("who enters is on the list at once, and told to every node with the whole user", async () => {
    const { number, count } = await left.presence.enter(connectionOf("Ada"));
    expect({ number, count }).toEqual({ number: 1, count: 1 });
    const page = await right.presence.list({ limit: 10 });
    expect(page).toEqual({
      count: 1,
      users: [
        {
          id: idOf("Ada"),
          name: "Ada",
          number: 1,
          status: "online",
          since: expect.stringMatching(/^\d{4}-.*Z$/),
        },
      ],
    });
    for (const node of [left, right]) {
      await expect
        .poll(() => node.deltas, patient)
        .toEqual([{ count: 1, changes: [{ online: true, user: page.users[0] }] }]);
      expect(node.presence.count).toBe(1);
    }
  });

  test("who leaves stays for the grace, and is then told as offline", async () => {
    const ada = await enter(left, "ada");
    await expect.poll(() => right.told, patient).toEqual(["+ada"]);
    left.presence.leave(ada.id);
    await expect.poll(() => cluster.redis.zcard(cluster.key("leaving")), patient).toBe(1);
    expect(await names(right.presence)).toEqual(["ada"]);
    await expect.poll(() => right.told, patient).toEqual(["+ada", "-ada"]);
    expect(right.deltas.at(-1)).toEqual({
      count: 0,
      changes: [
        {
          online: false,
          user: {
            id: idOf("ada"),
            name: "ada",
            number: null,
            status: "offline",
            since: null,
            lastSeen: expect.stringMatching(/Z$/),
          },
        },
      ],
    });
    expect(await right.presence.list({ limit: 10 })).toEqual({ count: 0, users: [] });
  });

  test("a reload on another node and a second tab change nothing for anybody", async () => {
    const [ada, zed] = [await enter(left, "ada"), await enter(left, "zed")];
    await expect.poll(() => right.told, patient).toEqual(["+ada", "+zed"]);
    left.presence.leave(ada.id);
    left.presence.leave(zed.id);
    await enter(right, "ada");
    const tab = await enter(left, "ada");
    left.presence.leave(tab.id);
    // Zed left after ada did: once zed's grace is over, so is that of ada's first connection. The tab's is a bit later.
    await expect.poll(() => right.told, patient).toContain("-zed");
    await expect.poll(() => cluster.redis.zcard(cluster.key("leaving")), patient).toBe(0);
    await enter(left, "last");
    await expect.poll(() => right.told, patient).toContain("+last");
    expect(right.told).toEqual(["+ada", "+zed", "-zed", "+last"]);
  });

  test("a user is away when all of their devices are", async () => {
    const [desk, phone] = [await enter(left, "ada"), await enter(right, "ada", "phone")];
    const status = async () => (await right.presence.online([idOf("ada")]))[0]?.status;
    await left.presence.setStatus(desk.id, "away");
    expect(await status()).toBe("online");
    await right.presence.setStatus(phone.id, "away");
    expect(await status()).toBe("away");
    await expect.poll(() => left.deltas.at(-1)?.changes[0]?.user.status, patient).toBe("away");
    await left.presence.setStatus(desk.id, "online");
    expect(await status()).toBe("online");
    left.presence.leave(desk.id);
    await expect.poll(status, patient).toBe("away");
  });
});

test("node and Redis agree on who is registered, whatever the status", async () => {
  const before = await incarnations();
  const [desk, phone] = [await enter(left, "ada"), await enter(left, "ada", "phone")];
  const bob = await enter(left, "bob");
  await left.presence.setStatus(desk.id, "away");
  await left.presence.setStatus(phone.id, "away");
  await left.presence.setStatus(phone.id, "online");
  left.presence.leave(bob.id);
  await everyNodeRefreshes();
  await everyNodeRefreshes();
  // Otherwise the node would have registered everything again.
  expect(await incarnations()).toEqual(before);
});

describe("signing out", () => {
  test("the user is gone at once, on whatever node, while graces are still running", async () => {
    await enter(left, "ada", "s1");
    const second = await enter(right, "ada", "s1");
    const closed = await enter(right, "ada", "s1");
    right.presence.leave(second.id);
    right.presence.leave(closed.id);
    await expect.poll(() => cluster.redis.zcard(cluster.key("leaving")), patient).toBe(2);
    expect(await right.presence.signOut(idOf("ada"), "s1" as SessionId)).toBe(true);
    expect(await names(left.presence)).toEqual([]);
    expect(await left.presence.byNumber(1)).toBeUndefined();
  });

  test("another session of the user stays", async () => {
    await enter(left, "ada", "s1");
    await enter(left, "ada", "s2");
    expect(await right.presence.signOut(idOf("ada"), "s1" as SessionId)).toBe(false);
    expect(await names(left.presence)).toEqual(["ada"]);
  });

  test("a session that has ended is not registered again, and its closing disturbs nobody on its node", async () => {
    const ada = await enter(left, "ada", "s1");
    await enter(left, "bob");
    const before = await incarnations();
    await right.presence.signOut(idOf("ada"), "s1" as SessionId);
    await expect(left.presence.enter(connectionOf("ada", "s1"))).rejects.toMatchObject({
      code: "unauthorized",
    });
    left.presence.leave(ada.id);
    await expect.poll(() => cluster.redis.zcard(cluster.key("ended")), patient).toBe(0);
    await everyNodeRefreshes();
    expect(await incarnations()).toEqual(before);
    expect(await names(right.presence)).toEqual(["bob"]);
  });

  test("a node that hears nothing of it drops the connection with its next refresh", async () => {
    await enter(left, "ada", "s1");
    const before = await incarnations();
    await right.presence.signOut(idOf("ada"), "s1" as SessionId);
    // What did not fit would make it register again.
    await everyNodeRefreshes();
    await everyNodeRefreshes();
    expect(await incarnations()).toEqual(before);
    expect(await names(right.presence)).toEqual([]);
  });
});

const incarnations = async () => (await cluster.redis.zrange(cluster.key("leases"), "0", "-1")).sort();

async function everyNodeRefreshes(): Promise<void> {
  const deadlines = () => cluster.redis.zrange(cluster.key("leases"), "0", "-1", "WITHSCORES");
  const before = await deadlines();
  await expect
    .poll(async () => {
      const now = await deadlines();
      return now.filter((part, i) => i % 2 === 1 && before.includes(part));
    }, patient)
    .toEqual([]);
}

describe("pages", () => {
  const everybody = async (query?: string, limit = 3) => {
    const found: string[][] = [];
    let cursor: PageCursor | undefined;
    do {
      const page = await right.presence.list({
        limit,
        ...(query === undefined ? {} : { query }),
        ...(cursor ? { cursor } : {}),
      });
      found.push(page.users.map(({ name }) => name));
      expect(page.count).toBe(8);
      cursor = page.cursor;
    } while (cursor);
    return found;
  };

  beforeEach(async () => {
    const people = ["Zoë", "ada", "Ada L", "Émile", "adam", "Юлия", "юрий", "李雷"];
    await Promise.all(people.map((name) => enter(left, name)));
  });

  test("everybody once, by folded name", async () => {
    expect(await everybody()).toEqual([
      ["ada", "Ada L", "adam"],
      ["Zoë", "Émile", "Юлия"],
      ["юрий", "李雷"],
    ]);
    expect(await everybody(undefined, 8)).toEqual([
      ["ada", "Ada L", "adam", "Zoë", "Émile", "Юлия", "юрий", "李雷"],
    ]);
  });

  test.each([
    ["ADA", [["ada", "Ada L", "adam"]]],
    ["ada ", [["Ada L"]]],
    ["zOË", [["Zoë"]]],
    ["ю", [["Юлия", "юрий"]]],
    ["李", [["李雷"]]],
    ["nobody", [[]]],
  ])("those whose name starts with %j", async (query, found) => {
    expect(await everybody(query)).toEqual(found);
  });

  test("somebody by number and by id", async () => {
    const [ada] = (await right.presence.list({ limit: 1 })).users;
    expect(await right.presence.byNumber(ada?.number ?? 0)).toEqual(ada);
    expect(await right.presence.byNumber(99)).toBeUndefined();
    expect(await right.presence.online([idOf("ada"), "u-unknown" as UserId])).toEqual([ada]);
  });

  test("a cursor that is none of ours is refused", async () => {
    await expect(
      right.presence.list({ limit: 3, cursor: "bm9uc2Vuc2U" as PageCursor }),
    ).rejects.toMatchObject({
      code: "invalid",
      field: "cursor",
    });
  });
});

test("the report shows nodes, the leader, and every user with address, node and devices", async () => {
  cluster.service("standby");
  await enter(left, "ada");
  // The newest is by Redis time, which counts in milliseconds here.
  const redisMs = async () => {
    const [seconds, microseconds] = await cluster.redis.time();
    return `${seconds} ${Math.floor(Number(microseconds) / 1_000)}`;
  };
  const first = await redisMs();
  await expect.poll(redisMs, patient).not.toBe(first);
  await enter(right, "ada", "phone");
  await enter(left, "bob");
  await expect.poll(async () => (await left.presence.report()).leader?.standbys, patient).toBe(1);
  const report = await left.presence.report();
  expect(report.leader).toMatchObject({ id: "leader", pid: process.pid });
  await expect
    .poll(async () => (await left.presence.report()).nodes, patient)
    .toMatchObject([
      { id: "left", pid: process.pid, host: "test", rooms: 2, messagesPerSecond: 3, eventLoopDelayMs: 4 },
      { id: "right" },
    ]);
  expect(report.users).toMatchObject([
    { name: "ada", number: 1, address: "127.0.0.9", node: "right", devices: 2 },
    { name: "bob", number: 2, address: "127.0.0.9", node: "left", devices: 1 },
  ]);
  expect(report.cursor).toBeUndefined();
});
