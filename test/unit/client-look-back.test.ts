import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MessageId, RoomEvent } from "../../services/protocol/index.ts";
import { batch, cursorAt, lobby, roomAt, said, startClient, storeOf } from "./client-stand-in.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

type Started = ReturnType<typeof startClient>;

const stored = (seq: number) => ({ seq, n: seq, at: "2026-01-01T00:00:00.000Z" });
const texts = (payloads: unknown[]) => payloads.map((payload) => (payload as { text: string }).text);
const message = (seq: number, id = `m${seq}`) => ({
  ...(said(seq) as Extract<RoomEvent, { type: "message" }>),
  id,
  rev: seq,
});
const page = (seq: number, ...messages: ReturnType<typeof message>[]) => ({
  messages,
  more: false,
  cursor: cursorAt(seq, "bb"),
});

/** Sends, is acknowledged at this place, and is told the event, as it goes when nothing goes wrong. */
function say({ server, client }: Started, text: string, seq: number, told = true): MessageId {
  const id = client.send(lobby, text);
  server.answer("message:send", stored(seq));
  if (told) server.tell("room:events", eventOf(id, seq));
  return id;
}

function eventOf(id: string, seq: number) {
  return { room: lobby, events: [{ ...said(seq), id } as RoomEvent], cursor: cursorAt(seq) };
}

/** The room starts over with this page, and the client has asked what of its own is still there. */
async function startOver({ server }: Started, told = page(1, message(1))) {
  server.tell("room:reset", { room: lobby });
  await vi.advanceTimersByTimeAsync(0);
  server.answer("room:history", told);
}

function started(options: Parameters<typeof startClient>[0] = {}) {
  const tab = startClient(options);
  tab.server.welcome();
  return tab;
}

describe("what was acknowledged and is missing after a room started over", () => {
  it("is sent again with the same ids, in the original order, before what was written since", async () => {
    const tab = started();
    const { server, client, of } = tab;
    server.tell("room:events", batch(1, 1));
    const one = say(tab, "one", 2);
    const two = say(tab, "two", 3);
    await startOver(tab);
    client.send(lobby, "three");
    expect(server.waiting("message:send")).toEqual([]);
    expect(server.waiting("room:history")).toEqual([{ room: lobby, after: 1, limit: 2 }]);
    server.answer("room:history", page(1));
    expect(client.outbox.map(({ text, state }) => [text, state])).toEqual([
      ["one", "waiting"],
      ["two", "waiting"],
      ["three", "waiting"],
    ]);
    expect(server.answer("message:send", stored(2))).toEqual({ room: lobby, id: one, text: "one" });
    expect(server.answer("message:send", stored(3))).toEqual({ room: lobby, id: two, text: "two" });
    expect(texts(server.waiting("message:send"))).toEqual(["three"]);
    expect(of("sent").map(({ id, seq }) => [id, seq])).toEqual([
      [one, 2],
      [two, 3],
      [one, 2],
      [two, 3],
    ]);
  });

  it("is sent again by a later loss once more", async () => {
    const tab = started();
    say(tab, "one", 1);
    for (const _ of [1, 2]) {
      await startOver(tab, page(0));
      tab.server.answer("room:history", page(0));
      tab.server.answer("message:send", stored(1));
    }
    expect(tab.of("sent")).toHaveLength(3);
  });

  it("is only what is missing", async () => {
    const tab = started();
    const [there, lost] = [say(tab, "there", 1), say(tab, "lost", 2)];
    await startOver(tab, page(1, message(1, there)));
    tab.server.answer("room:history", page(1, message(1, there)));
    expect(tab.server.waiting("message:send")).toMatchObject([{ id: lost }]);
  });

  it("is nothing when all of it is there; then it is not looked for again until there is a doubt", async () => {
    const tab = started();
    const id = say(tab, "one", 1);
    await startOver(tab, page(1, message(1, id)));
    tab.server.answer("room:history", page(1, message(1, id)));
    tab.server.tell("room:events", batch(2, 2));
    tab.client.send(lobby, "two");
    expect(tab.server.waiting("room:history")).toEqual([]);
    expect(texts(tab.server.waiting("message:send"))).toEqual(["two"]);
  });

  it("is looked for from the end, a page at a time, until something of one's own is there: a rewind takes the end", async () => {
    const tab = started();
    const first = say(tab, "first", 1);
    const [there, lost, last] = [say(tab, "there", 650), say(tab, "lost", 890), say(tab, "last", 1_000)];
    await startOver(tab);
    const asked = tab.server.answer("room:history", page(640, message(640)));
    expect(asked).toEqual({ room: lobby, after: 800, limit: 200 });
    expect(tab.client.outbox).toEqual([]);
    const before = tab.server.answer("room:history", page(650, message(650, there)));
    expect(before).toEqual({ room: lobby, after: 450, limit: 200 });
    expect(tab.client.outbox.map(({ id }) => id)).toEqual([lost, last]);
    expect(first).not.toBe(there);
    expect(tab.server.waiting("room:history")).toEqual([]);
  });

  it("is not doubted once more when the answer says that it is there after all", async () => {
    const tab = started();
    const one = say(tab, "one", 1);
    await startOver(tab, page(5, message(5)));
    tab.server.answer("room:history", page(5, message(5)));
    expect(tab.server.waiting("message:send")).toMatchObject([{ id: one }]);
    tab.server.answer("message:send", { ...stored(1), duplicate: true });
    tab.server.tell("room:events", batch(6, 6));
    expect(tab.server.waiting("room:history")).toEqual([]);
    expect(tab.server.waiting("message:send")).toEqual([]);
  });

  it("is looked for later when the server cannot tell, and nothing is sent before", async () => {
    const tab = started();
    say(tab, "one", 1);
    await startOver(tab, page(0));
    tab.client.send(lobby, "two");
    tab.server.refuse("room:history", { code: "unavailable", retryAfterMs: 300 });
    await vi.advanceTimersByTimeAsync(299);
    expect(tab.server.waiting("message:send")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    tab.server.answer("room:history", page(0));
    expect(texts(tab.server.waiting("message:send"))).toEqual(["one"]);
  });

  it("is not sent where one may not write any more", async () => {
    const tab = started();
    say(tab, "one", 1);
    await startOver(tab, page(0));
    tab.server.refuse("room:history", { code: "forbidden" });
    expect(tab.client.outbox).toEqual([]);
  });
});

describe("what was acknowledged and never told", () => {
  it("is looked for after a reconnect, as no cursor stands for it", async () => {
    const tab = started();
    const told = say(tab, "told", 1);
    const lost = say(tab, "not told", 2, false);
    await tab.cut();
    tab.server.welcome({ rooms: [roomAt(1)] });
    tab.server.answer("room:history", page(1, message(1, told)));
    expect(tab.server.waiting("message:send")).toMatchObject([{ id: lost }]);
  });

  it("is looked for when its place has passed with something else", () => {
    const tab = started();
    const lost = say(tab, "one", 1, false);
    tab.server.tell("room:events", batch(1, 1));
    tab.server.answer("room:history", page(1, message(1)));
    expect(tab.server.waiting("message:send")).toMatchObject([{ id: lost }]);
  });

  it("is looked for when Redis is back", () => {
    const tab = started();
    const lost = say(tab, "one", 1, false);
    tab.server.tell("server:recovered", {});
    tab.server.answer("room:history", page(0));
    expect(tab.server.waiting("message:send")).toMatchObject([{ id: lost }]);
  });

  it("but came before its acknowledgement counts as told", async () => {
    const tab = started();
    const id = tab.client.send(lobby, "one");
    tab.server.tell("room:events", eventOf(id, 1));
    tab.server.answer("message:send", stored(1));
    await tab.cut();
    tab.server.welcome({ rooms: [roomAt(1)] });
    expect(tab.server.waiting("room:history")).toEqual([]);
  });
});

describe("after Redis was away", () => {
  it("what is lost goes out before what waits", async () => {
    const tab = started();
    say(tab, "one", 1);
    tab.client.send(lobby, "two");
    tab.server.refuse("message:send", { code: "unavailable", retryAfterMs: 100 });
    await vi.advanceTimersByTimeAsync(100);
    tab.server.answer("room:history", page(0));
    expect(texts(tab.server.waiting("message:send"))).toEqual(["one"]);
    tab.server.answer("message:send", stored(1));
    expect(texts(tab.server.waiting("message:send"))).toEqual(["two"]);
  });
});

describe("what its author changed", () => {
  it("does not come back when it was deleted, whether the answer or the event says so", async () => {
    const tab = started();
    const [one, two] = [say(tab, "one", 1), say(tab, "two", 2)];
    const deletion = { ...said(3), type: "delete", of: { seq: 1, id: one } } as never;
    tab.server.tell("room:events", { room: lobby, events: [deletion], cursor: cursorAt(3) });
    const change = { room: lobby, id: "c1" as never, of: { seq: 2, id: two } };
    const deleting = tab.client.request("message:delete", change);
    tab.server.answer("message:delete", stored(4));
    await deleting;
    await startOver(tab, page(0));
    expect(tab.server.waiting("room:history")).toEqual([]);
    expect(tab.server.waiting("message:send")).toEqual([]);
  });

  it("comes back as it was changed; is it there after all, that is no failure", async () => {
    const tab = started();
    const id = say(tab, "with a tpyo", 1);
    const edit = { ...said(2), type: "edit", of: { seq: 1, id }, text: "without" } as never;
    tab.server.tell("room:events", { room: lobby, events: [edit], cursor: cursorAt(2) });
    await startOver(tab, page(0));
    tab.server.answer("room:history", page(0));
    expect(tab.server.waiting("message:send")).toMatchObject([{ id, text: "without" }]);
    tab.server.refuse("message:send", { code: "conflict" });
    expect(tab.client.outbox).toEqual([]);
  });
});

describe("what was acknowledged", () => {
  it("survives a reload, and is looked for then", () => {
    const store = storeOf();
    const before = started({ store });
    const [one, two] = [say(before, "one", 1), say(before, "two", 2)];
    before.client.close();
    const after = started({ store, uuid: () => "b" });
    expect(after.client.outbox).toEqual([]);
    expect(after.server.answer("room:history", page(1, message(1, one)))).toMatchObject({
      after: 0,
      limit: 2,
    });
    expect(after.server.waiting("message:send")).toMatchObject([{ id: two, text: "two" }]);
  });

  it("is forgotten after ten minutes, here and in the store", async () => {
    const store = storeOf();
    const tab = started({ store });
    say(tab, "one", 1);
    await vi.advanceTimersByTimeAsync(10 * 60_000 - 10_000);
    expect([...store.values.values()].join()).toContain("one");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(store.values.size).toBe(0);
    await startOver(tab, page(0));
    expect(tab.server.waiting("room:history")).toEqual([]);
  });

  it.each([
    ["messages", 120, 10, 100],
    ["characters", 10, 16_000, 4],
  ])("is bounded in %s; the newest are kept", async (_, count, length, keeps) => {
    const tab = started();
    for (let seq = 1; seq <= count; seq++) say(tab, "x".repeat(length), seq);
    await startOver(tab, page(0));
    expect(tab.server.waiting("room:history")).toMatchObject([{ after: count - keeps }]);
  });

  it("is forgotten by who signs out, and with a room that one has left", async () => {
    const store = storeOf();
    const tab = started({ store });
    say(tab, "one", 1);
    await tab.cut();
    tab.server.welcome({ rooms: [] });
    expect(store.values.size).toBe(0);

    const other = started({ store });
    say(other, "two", 1);
    await other.client.signOut().catch(() => {});
    expect(store.values.size).toBe(0);
  });
});
