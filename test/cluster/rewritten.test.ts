import { randomUUID } from "node:crypto";
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Cursor } from "../../services/protocol/index.ts";
import { createMemoryStore } from "../../web/client/outbox-store.ts";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { moveIn } from "../support/resident.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let here: TestService;
let there: TestService;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, presence: 2 });
  [here, there] = cluster.nodes as [TestService, TestService];
});

const lobby = roomId("lobby");
const folder = () => join(cluster.redis.dir, "appendonlydir");
const kept = () => `${cluster.redis.dir}-kept`;

/** What a replica that lags would have: the data as they are now. Everything acknowledged is in the files. */
function keepCopy(): void {
  rmSync(kept(), { recursive: true, force: true });
  cpSync(folder(), kept(), { recursive: true });
}

/** Redis dies, and what takes its place is the copy. */
async function failOverToCopy(): Promise<void> {
  await cluster.redis.kill();
  rmSync(folder(), { recursive: true, force: true });
  cpSync(kept(), folder(), { recursive: true });
  await cluster.redis.start();
  rmSync(kept(), { recursive: true, force: true });
  await cluster.ready();
}

async function newestCursor(client: ChatClient, room = lobby): Promise<{ seq: number; cursor: Cursor }> {
  const { messages, cursor } = await client.get("room:history", { room, limit: 1 });
  return { seq: messages[0]?.seq ?? 0, cursor };
}

async function texts(client: ChatClient): Promise<(string | undefined)[]> {
  const { messages } = await client.get("room:history", { room: lobby, limit: 200 });
  return messages.map(({ text }) => text);
}

describe("a history that was rewritten", () => {
  test("is told to those who are connected, and to those who come back", async () => {
    const [speaker, hearer, leaver] = await Promise.all([signIn(here), signIn(there), signIn(there)]);
    await speaker.say("kept");
    const before = await newestCursor(hearer);
    keepCopy();
    for (const text of ["lost 1", "lost 2", "lost 3"]) await speaker.say(text);
    await eventually(() => hearer.texts().includes("lost 3"));
    const { cursor: old } = await newestCursor(leaver);
    leaver.leave();

    await failOverToCopy();
    // As many as were lost, so that only the history tells the difference and not the place.
    for (const text of ["other 1", "other 2", "other 3"]) await speaker.say(text);
    for (const client of [speaker, hearer])
      await eventually(() => client.of("room:reset").some(({ payload }) => payload.room === lobby));
    expect((await texts(hearer)).slice(-4)).toEqual(["kept", "other 1", "other 2", "other 3"]);
    expect((await newestCursor(hearer)).seq).toBe(before.seq + 3);

    const back = await signIn(here, { token: leaver.token });
    const { rooms } = await back.get("room:sync", { rooms: { [lobby]: old } as Record<never, Cursor> });
    expect(rooms[lobby]).toMatchObject({ reset: true });
    // Who has nothing but what is still true starts nothing over.
    const { rooms: fine } = await back.get("room:sync", {
      rooms: { [lobby]: before.cursor } as Record<never, Cursor>,
    });
    const answer = fine[lobby];
    if (!answer || !("events" in answer)) throw new Error("told to start over");
    expect(answer.events.map((event) => event.type === "message" && event.text)).toEqual([
      "other 1",
      "other 2",
      "other 3",
    ]);

    // And it goes on from there, dense, for those who stayed.
    const { seq } = await speaker.say("and on");
    // However far it has gone on by then.
    const { rooms: later } = await back.get("room:sync", {
      rooms: { [lobby]: old } as Record<never, Cursor>,
    });
    expect(later[lobby]).toMatchObject({ reset: true });
    for (const client of [speaker, hearer]) {
      await eventually(() => client.texts().includes("and on"));
      const resetAt = client.heard.findLastIndex(({ name }) => name === "room:reset");
      const after = client.heard
        .slice(resetAt)
        .flatMap((one) =>
          one.name === "room:events" ? (one.payload as { events: { seq: number }[] }).events : [],
        );
      expect(after.at(-1)?.seq).toBe(seq);
      expect(after.map((event) => event.seq)).toEqual(after.map((_, i) => (after[0]?.seq ?? 0) + i));
    }
  });

  test.each([
    ["behind another history", ["first lost"], ["something else"]],
    ["behind the very same history", [], []],
  ])("is told although the very same message is at the very same place, %s", async (_, lost, instead) => {
    const [speaker, hearer] = await Promise.all([signIn(here), signIn(there)]);
    const id = randomUUID();
    await speaker.say("kept");
    keepCopy();
    for (const text of lost) await speaker.say(text);
    const { seq } = await speaker.say("sent again", "lobby", id);
    await eventually(() => hearer.texts().includes("sent again"));
    const { cursor: old } = await newestCursor(hearer);

    await failOverToCopy();
    for (const text of instead) await speaker.say(text);
    // What an outbox does that never heard the acknowledgement.
    const again = await speaker.say("sent again", "lobby", id);
    expect(again).toMatchObject({ seq });
    expect(again.duplicate).toBeUndefined();
    for (const client of [speaker, hearer])
      await eventually(() => client.of("room:reset").some(({ payload }) => payload.room === lobby));
    const { rooms } = await hearer.get("room:sync", { rooms: { [lobby]: old } as Record<never, Cursor> });
    expect(rooms[lobby]).toMatchObject({ reset: true });
    const now = await texts(hearer);
    expect(now.slice(now.lastIndexOf("kept"))).toEqual(["kept", ...instead, "sent again"]);
  });

  test("is filled again by those who still hold what they sent, in the original order", async () => {
    const browser = { name: fresh("ada"), key: randomUUID(), store: createMemoryStore() };
    const [ada, bob, hearer] = await Promise.all([
      moveIn(here.url, browser),
      moveIn(there.url),
      moveIn(there.url),
    ]);
    await ada.say("kept");
    keepCopy();
    for (const text of ["ada 1", "ada 2"]) await ada.say(text);
    const { seq } = await bob.say("bob 1");
    await hearer.reached(seq);
    await ada.say("ada 3");
    const edited = await bob.say("bob's tpyo");
    const deleted = await bob.say("bob regrets");
    const change = (of: typeof edited) => ({ room: lobby, id: randomUUID() as never, of });
    await bob.client.request("message:edit", { ...change(edited), text: "bob 2" });
    await bob.client.request("message:delete", change(deleted));
    // A page that is closed by then sends it when it is opened again.
    ada.leave();

    await failOverToCopy();
    const back = await moveIn(here.url, browser);
    await back.say("ada 4");
    const reader = await signIn(there);
    await eventually(
      async () => {
        const all = await texts(reader);
        const after = all.slice(all.lastIndexOf("kept") + 1);
        expect(after.filter((text) => text?.startsWith("ada"))).toEqual(["ada 1", "ada 2", "ada 3", "ada 4"]);
        expect(after.filter((text) => text?.startsWith("bob"))).toEqual(["bob 1", "bob 2"]);
        return true;
      },
      { timeoutMs: 20_000 },
    );
    // Whoever stayed was told to start over, and shows what the log says.
    await eventually(async () => {
      const startedAt = hearer.told.findLastIndex((event) => event.type === "reset" && event.room === lobby);
      const shown = hearer.told
        .slice(startedAt)
        .flatMap((event) =>
          event.type === "reset"
            ? event.messages.map(({ text }) => text)
            : event.type === "events" && event.room === lobby
              ? event.events.map((one) => (one.type === "message" ? one.text : one.type))
              : [],
        );
      const { messages } = await reader.get("room:history", { room: lobby, limit: 200 });
      expect(startedAt).toBeGreaterThan(0);
      expect(shown.slice(-6)).toEqual(messages.slice(-6).map(({ text }) => text));
      return true;
    });
  });

  test("of one's own log is told, and so is a room that is gone with it", async () => {
    const [owner, guest] = await Promise.all([signIn(here), signIn(there)]);
    const { room } = await owner.get("room:create", { name: fresh("before"), kind: "private" });
    keepCopy();
    await owner.get("room:invite", { room: room.id, to: { id: guest.id as never } });
    await owner.say("you are in", room.id);
    await eventually(() => guest.texts(room.id).includes("you are in"));
    const old = guest.of("me:events").at(-1)?.payload.cursor;

    await failOverToCopy();
    await eventually(() => guest.of("me:reset").length > 0);
    expect(await guest.get("me:sync", { cursor: old as Cursor })).toMatchObject({ reset: true });
    // As me:reset asks for: connect again, and see what is so.
    const back = await signIn(here, { token: guest.token });
    expect(back.welcome.rooms.map(({ id }) => id)).toEqual([lobby]);
    expect(await back.refused("room:history", { room: room.id })).toMatchObject({ code: "forbidden" });
  });

  test("leaves the list of who is here right", async () => {
    const people = await Promise.all([signIn(here), signIn(there), signIn(there)]);
    keepCopy();
    const late = await signIn(here);
    people[2]?.leave();
    await failOverToCopy();
    const expected = [...people.slice(0, 2), late];
    for (const node of [here, there]) {
      const client = await signIn(node);
      await eventually(
        async () => {
          const { users } = await client.get("users:list", { limit: 200 });
          const ids = users.map(({ id }) => id as string);
          expect(ids).toEqual(expect.arrayContaining(expected.map(({ id }) => id)));
          expect(ids).not.toContain(people[2]?.id);
          expect(new Set(users.map(({ number }) => number)).size).toBe(users.length);
          return true;
        },
        { timeoutMs: 20_000 },
      );
    }
  });
});
