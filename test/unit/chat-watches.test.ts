import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { Connection } from "../../services/chat/delivery/connection.ts";
import type { Frame } from "../../services/chat/delivery/frame.ts";
import { createWatches } from "../../services/chat/watches.ts";
import type { Presence, PresenceDelta } from "../../services/presence/index.ts";
import type { User, UserId } from "../../services/protocol/index.ts";

const userCalled = (name: string) => ({ id: name, name }) as unknown as User;

/** Many who look at the whole list, and one who looks at nobody's page but watches somebody. */
async function start(count: number) {
  const listeners: ((delta: PresenceDelta) => void)[] = [];
  const lists = { next: async (): Promise<object> => ({ users: [], count: 0 }) };
  const watches = createWatches({
    count: 0,
    list: () => lists.next(),
    online: async () => [],
    onDelta: (listener: (delta: PresenceDelta) => void) => void listeners.push(listener),
    onInterruption: () => {},
  } as unknown as Presence);
  const connect = () => {
    const told: string[] = [];
    const send = ({ packet }: Frame) => {
      const [notice, { changes }] = JSON.parse(packet.slice(1));
      if (notice === "users:changes") told.push(...changes.map(({ user }: { user: User }) => user.name));
    };
    return { told, connection: { open: true, send } as unknown as Connection };
  };
  const lookers = Array.from({ length: count }, connect);
  for (const { connection } of lookers) await watches.watch(connection, { limit: 100, ids: [] });
  const friend = connect();
  await watches.watch(friend.connection, { limit: 1, query: "nobody", ids: ["zoe" as UserId] });
  await turn();
  const delta = (...names: string[]) => {
    const changes = names.map((name) => ({ user: userCalled(name), online: true }));
    for (const listener of listeners) listener({ changes, count: 0 });
  };
  return { watches, connect, lists, lookers, friend, delta };
}

test("a change that thousands watch does not keep the event loop until all are told", async () => {
  const { lookers, friend, delta } = await start(2_000);
  const told = () => lookers.filter((one) => one.told.length > 0).length;
  delta("zoe");
  expect(told()).toBeGreaterThan(0);
  expect(told()).toBeLessThan(1_000);
  expect(friend.told).toEqual(["zoe"]);
  await expect.poll(told).toBe(2_000);
});

test("everybody is told in order, whoever watches somebody by name without waiting for the others", async () => {
  const { lookers, friend, delta } = await start(2_000);
  delta("ada");
  delta("bob", "zoe");
  expect(friend.told).toEqual(["zoe"]);
  delta("eve");
  await expect.poll(() => lookers.at(-1)?.told).toEqual(["ada", "bob", "zoe", "eve"]);
  expect(new Set(lookers.map((one) => one.told.join()))).toEqual(new Set(["ada,bob,zoe,eve"]));
});

test("who does not look any more is not told", async () => {
  const { watches, lookers, delta } = await start(2_000);
  delta("ada");
  const last = lookers.at(-1);
  if (last) watches.stop(last.connection);
  await expect.poll(() => lookers.at(-2)?.told).toEqual(["ada"]);
  expect(last?.told).toEqual([]);
});

test("what changes while a page is read is told after it, however many are told before", async () => {
  const { watches, connect, lists, delta } = await start(2_000);
  let answerPage: ((page: object) => void) | undefined;
  lists.next = () => new Promise((resolve) => (answerPage = resolve));
  const late = connect();
  const answered = watches.watch(late.connection, { limit: 2, ids: ["mia" as UserId] });
  // Read in Redis by now, told here after the change: those are two connections.
  delta("bob", "mia");
  answerPage?.({ users: [userCalled("ann"), userCalled("eve")], count: 100, cursor: "more" });
  expect((await answered).users.map(({ name }) => name)).toEqual(["ann", "eve"]);
  await expect.poll(() => late.told).toContain("bob");
  // One frame for what is in the range of the page as long as that is not known.
  expect(late.told).toContain("mia");
});

test("a change is written to no more in one turn where they look at a hundred pages", async () => {
  const { watches, connect, lists, delta } = await start(0);
  let count = 0;
  // Each page ends with another name.
  lists.next = async () => {
    count += 1;
    return { users: [userCalled(`z${count % 100}`)], count: 100, cursor: "more" };
  };
  const lookers = Array.from({ length: 2_000 }, connect);
  for (const { connection } of lookers) await watches.watch(connection, { limit: 1, ids: [] });
  await turn();
  const told = () => lookers.filter((one) => one.told.length > 0).length;
  delta("bob");
  delta("eve");
  expect(told()).toBeGreaterThan(0);
  expect(told()).toBeLessThan(500);
  await expect.poll(() => new Set(lookers.map((one) => one.told.join()))).toEqual(new Set(["bob,eve"]));
});

test("what waits to be written is bounded: of too many changes the oldest are written at once", async () => {
  const { lookers, delta } = await start(2_000);
  const told = () => new Set(lookers.map((one) => one.told.length));
  for (let i = 0; i < 100; i++) delta("ada");
  expect(told()).toEqual(new Set([100 - 64]));
  await expect.poll(told).toEqual(new Set([100]));
});

test("who cannot be written to does not keep the others waiting", async () => {
  const { lookers, delta } = await start(2_000);
  const broken = lookers[0]?.connection;
  if (broken) broken.send = () => expect.fail("gone");
  expect(() => delta("ada")).toThrow("gone");
  await expect.poll(() => lookers.slice(1).every((one) => one.told.length === 1)).toBe(true);
});
