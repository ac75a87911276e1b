import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { MessageId, RoomId } from "../../services/protocol/index.ts";
import { cursorAt, lobby, said, startClient, storeOf, welcomeOf } from "./client-stand-in.ts";

beforeEach(() => void vi.useFakeTimers({ now: 1_800_000_000_000 }));
afterEach(() => void vi.useRealTimers());

const team = "team" as RoomId;
const stored = (seq: number) => ({
  seq,
  n: seq,
  at: "2026-01-01T00:00:00.000Z",
});
const texts = (payloads: unknown[]) => payloads.map((payload) => (payload as { text: string }).text);

describe("sending", () => {
  it("is one at a time per room, in order, rooms side by side", () => {
    const { server, client, of } = startClient();
    client.send(lobby, "one");
    client.send(lobby, "two");
    client.send(team, "aside");
    expect(server.waiting("message:send")).toEqual([]);
    server.welcome();
    expect(texts(server.waiting("message:send"))).toEqual(["one", "aside"]);
    server.answer("message:send", stored(1));
    expect(texts(server.waiting("message:send"))).toEqual(["aside", "two"]);
    expect(of("sent")).toMatchObject([{ room: lobby, seq: 1 }]);
    expect(client.outbox.map((entry) => entry.text)).toEqual(["two", "aside"]);
  });

  it("goes on with the same id after the time that `unavailable` names, others of the room behind it", async () => {
    const { server, client, of } = startClient();
    server.welcome();
    const id = client.send(lobby, "one");
    client.send(lobby, "two");
    server.refuse("message:send", { code: "unavailable", retryAfterMs: 400 });
    expect(client.outbox[0]).toMatchObject({ id, state: "waiting" });
    await vi.advanceTimersByTimeAsync(399);
    expect(server.waiting("message:send")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.waiting("message:send")).toEqual([{ room: lobby, id, text: "one" }]);
    server.answer("message:send", { ...stored(1), duplicate: true });
    expect(of("sent")).toMatchObject([{ id }]);
    expect(texts(server.waiting("message:send"))).toEqual(["two"]);
  });

  it("waits as long as a limit says", async () => {
    const { server, client, of } = startClient();
    server.welcome();
    client.send(lobby, "one");
    server.refuse("message:send", { code: "rate_limited", retryAfterMs: 50 });
    expect(of("slowed")).toEqual([{ type: "slowed", room: lobby, retryAfterMs: 50, because: "flood" }]);
    await vi.advanceTimersByTimeAsync(49);
    expect(server.waiting("message:send")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(texts(server.waiting("message:send"))).toEqual(["one"]);
  });

  it("goes on with the same id after a lost connection, in order", async () => {
    const { server, client, cut } = startClient();
    server.welcome();
    const id = client.send(lobby, "one");
    client.send(lobby, "two");
    expect(server.waiting("message:send")).toHaveLength(1);
    await cut();
    expect(client.outbox.map((entry) => entry.state)).toEqual(["waiting", "waiting"]);
    server.welcome();
    expect(server.waiting("message:send")).toEqual([{ room: lobby, id, text: "one" }]);
  });

  it("goes on with the same id when no answer comes", async () => {
    const { server, client } = startClient();
    server.welcome();
    const id = client.send(lobby, "one");
    await vi.advanceTimersByTimeAsync(12_000);
    expect(server.waiting("message:send")).toMatchObject([{ id }, { id }]);
    server.answer("message:send", stored(1));
    // The late answer to the first attempt is nobody's any more; the second one settles it.
    expect(client.outbox).toHaveLength(1);
    server.answer("message:send", { ...stored(1), duplicate: true });
    expect(client.outbox).toEqual([]);
  });

  it("that is refused fails, does not hold up the next, and can be tried again or discarded", () => {
    const { server, client, of } = startClient();
    server.welcome();
    const one = client.send(lobby, "one");
    const two = client.send(lobby, "two");
    server.refuse("message:send", { code: "forbidden", message: "not here" });
    server.refuse("message:send", { code: "too_large" });
    expect(client.outbox).toMatchObject([
      { id: one, state: "failed", error: { message: "not here" } },
      { id: two, state: "failed" },
    ]);
    client.discard(two);
    client.retry(one);
    client.retry("nobody" as MessageId);
    expect(client.outbox).toHaveLength(1);
    expect(client.outbox[0]).not.toHaveProperty("error");
    expect(server.waiting("message:send")).toMatchObject([{ id: one }]);
    server.answer("message:send", stored(1));
    expect(of("outbox").at(-1)?.entries).toEqual([]);
  });

  it("has a limit, and says so", () => {
    const { client } = startClient();
    for (let i = 0; i < 1_001; i += 1) client.send(lobby, "x");
    expect(client.outbox.at(999)?.state).toBe("waiting");
    expect(client.outbox.at(1_000)).toMatchObject({
      state: "failed",
      error: { code: "rate_limited" },
    });
  });
});

describe("what was not acknowledged", () => {
  it("survives a reload, with its id", () => {
    const store = storeOf();
    const before = startClient({ store });
    before.server.welcome();
    const id = before.client.send(lobby, "one");
    const failing = before.client.send(team, "never");
    before.server.answer("message:send", stored(1));
    before.server.refuse("message:send", { code: "forbidden" });
    const again = before.client.send(lobby, "two");
    before.client.close();

    const after = startClient({ store, uuid: uuids("b") });
    after.server.welcome();
    expect(after.client.outbox).toMatchObject([
      { id: failing, state: "failed" },
      { id: again, text: "two", state: "waiting" },
    ]);
    expect(after.server.answer("room:history", pageWith(id))).toMatchObject({ room: lobby });
    expect(after.server.waiting("message:send")).toMatchObject([{ id: again }]);
    after.server.answer("message:send", stored(2));
    after.client.discard(failing);
    expect(waitingIn(store)).toEqual([]);
  });

  it("of a tab that died without a word is taken over once that tab counts as dead", async () => {
    const store = storeOf();
    const dead = startClient({ store });
    dead.server.welcome();
    dead.client.send(lobby, "last words");
    const copy = storeOf(new Map(store.values));

    const other = startClient({ store: copy, uuid: uuids("b") });
    other.server.welcome();
    other.client.send(lobby, "mine");
    expect(texts(other.server.waiting("message:send"))).toEqual(["mine"]);
    other.server.answer("message:send", stored(1));
    await vi.advanceTimersByTimeAsync(14_000);
    expect(other.server.waiting("message:send")).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(texts(other.server.waiting("message:send"))).toEqual(["last words"]);
    other.server.answer("message:send", stored(2));
    expect(waitingIn(copy)).toEqual([]);
  });

  it("of a tab that lives is left to it", async () => {
    const store = storeOf();
    const living = startClient({ store });
    living.server.welcome();
    living.client.send(lobby, "mine");
    living.server.refuse("message:send", { code: "forbidden" });
    const other = startClient({ store, uuid: uuids("b") });
    other.server.welcome();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(other.client.outbox).toEqual([]);
    expect(living.client.outbox).toHaveLength(1);
  });

  it("of a tab that closed is taken over by one that stays, which had nothing to look for when it came", async () => {
    const store = storeOf();
    const staying = startClient({ store, uuid: uuids("b") });
    staying.server.welcome();
    await vi.advanceTimersByTimeAsync(60_000);
    const closing = startClient({ store });
    closing.server.welcome();
    closing.client.send(lobby, "last words");
    closing.client.close();
    await vi.advanceTimersByTimeAsync(15_000);
    expect(texts(staying.server.waiting("message:send"))).toEqual(["last words"]);
    staying.client.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is said to be unkept while the store refuses it", () => {
    const values = new Map<string, string>();
    let refuses = true;
    const store = {
      ...storeOf(values),
      set(key: string, value: string) {
        if (refuses) throw new Error("full");
        values.set(key, value);
      },
    };
    const { server, client } = startClient({ store });
    const unkept: boolean[] = [];
    client.listen((event) => {
      if (event.type === "outbox") unkept.push(event.unkept === true);
    });
    server.welcome();
    client.send(lobby, "one");
    refuses = false;
    client.send(lobby, "two");
    expect(unkept).toEqual([true, false]);
  });

  it("is kept by a tab whose slot another one took", async () => {
    const store = storeOf();
    const { server, client } = startClient({ store });
    server.welcome();
    client.send(lobby, "mine");
    const [key] = [...store.values.keys()];
    store.values.set(
      key ?? "",
      JSON.stringify({
        owner: "x",
        user: "u9",
        aliveAt: Date.now(),
        entries: [],
      }),
    );
    await vi.advanceTimersByTimeAsync(6_000);
    expect([...store.values.values()].filter((v) => v.includes("mine"))).toHaveLength(1);
    expect(store.values.size).toBe(2);
  });

  it("and was adopted by a tab that died in turn is still one message", async () => {
    const store = storeOf();
    const { server, client } = startClient({ store });
    server.welcome();
    const id = client.send(lobby, "mine");
    const [value] = [...store.values.values()];
    const copy = { ...JSON.parse(value ?? "{}"), owner: "x", aliveAt: 0 };
    store.values.set("parley.outbox.5", JSON.stringify(copy));
    server.cut();
    await vi.advanceTimersByTimeAsync(0);
    server.welcome();
    expect(client.outbox.map((entry) => entry.id)).toEqual([id]);
    expect(store.values.has("parley.outbox.5")).toBe(false);
  });

  it("of another user is left alone", async () => {
    const store = storeOf();
    const ada = startClient({ store });
    ada.server.welcome();
    ada.client.send(lobby, "from ada");
    ada.client.close();
    const bob = startClient({ store, uuid: uuids("b") });
    bob.server.welcome({
      user: { ...welcomeOf().user, id: "u2" as never, name: "bob" },
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(bob.client.outbox).toEqual([]);
    expect([...store.values.values()].join()).toContain("from ada");
  });

  it("does not go out by itself when the server may have forgotten its id", () => {
    const store = storeOf();
    const before = startClient({ store });
    before.server.welcome();
    before.client.send(lobby, "went out");
    before.client.send(lobby, "never went out");
    before.client.close();
    vi.setSystemTime(Date.now() + 25 * 60 * 60_000);
    const after = startClient({ store, uuid: uuids("b") });
    after.server.welcome();
    expect(after.client.outbox).toMatchObject([
      { text: "went out", state: "failed" },
      { text: "never went out", state: "waiting" },
    ]);
    expect(texts(after.server.waiting("message:send"))).toEqual(["never went out"]);
  });

  it.each([
    "{",
    "null",
    "[]",
    '{"owner":1}',
    '{"owner":"x","user":"u1","aliveAt":0,"entries":[{"id":1},null,{"id":"a","room":"lobby","text":"t","at":"never","state":"waiting","tried":false}]}',
  ])("is not harmed by a store that holds %s", (content) => {
    const store = storeOf(new Map([["parley.outbox.0", content]]));
    const { server, client } = startClient({ store });
    server.welcome();
    expect(client.outbox).toEqual([]);
    client.send(lobby, "one");
    expect(texts(server.waiting("message:send"))).toEqual(["one"]);
  });

  it("goes out even if the store does not work at all", () => {
    const broken = () => {
      throw new Error("denied");
    };
    const { server, client } = startClient({
      store: { get: broken, set: broken, remove: broken },
    });
    server.welcome();
    client.send(lobby, "one");
    server.answer("message:send", stored(1));
    expect(client.outbox).toEqual([]);
  });
});

/** What is stored and not acknowledged. */
function waitingIn({ values }: ReturnType<typeof storeOf>): unknown[] {
  return [...values.values()].flatMap((slot) => (JSON.parse(slot) as { entries: unknown[] }).entries);
}

function pageWith(id: string) {
  const message = { ...said(1), id, rev: 1 } as never;
  return { messages: [message], more: false, cursor: cursorAt(1) };
}

function uuids(prefix: string) {
  let made = 0;
  return () => `${prefix}-${++made}`;
}
