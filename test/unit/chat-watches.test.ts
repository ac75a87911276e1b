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
  const watches = createWatches({
    count: 0,
    list: async ({ query }: { query: string }) => ({ users: [], count: 0, query }),
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
  return { watches, lookers, friend, delta };
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

test("what waits to be written is bounded: where it is too much, all is written in one turn", async () => {
  const { lookers, delta } = await start(2_000);
  for (let i = 0; i < 100; i++) delta("ada");
  await turn();
  expect(new Set(lookers.map((one) => one.told.length))).toEqual(new Set([100]));
});
