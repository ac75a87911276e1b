import { describe, expect, it, onTestFinished } from "vitest";
import { cursorOf, genesis, parseCursor } from "../../services/logs/index.ts";
import { createMessages } from "../../services/messages/index.ts";
import type { Cursor, PageCursor, Person, RequestInput, RoomId } from "../../services/protocol/index.ts";
import { createMarks, createRooms } from "../../services/rooms/index.ts";
import {
  ada,
  bob,
  came,
  createStage,
  errorOf,
  eve,
  messageId,
  person,
  redisOfFile,
  roomLog,
} from "./stage.ts";

const server = redisOfFile();
const lobby = "lobby" as RoomId;
const anyBytes = 1_000_000;

async function start(options: { textBytes?: number } = {}) {
  const stage = await createStage(server());
  const messages = createMessages({ ...stage, textBytes: options.textBytes ?? 0 });
  const rooms = createRooms({ ...stage, marks: createMarks(stage), roomsPerUser: 0 });
  const { facts } = await rooms.create(ada, { name: "plaza", kind: "private" });
  const plaza = facts.id;
  await rooms.invite(ada, plaza, bob);
  const send = (text: string, by: Person = ada, room: RoomId = plaza) =>
    messages.send(by, { room, id: messageId(), text });
  const history = (page: Partial<RequestInput<"room:history">> = {}, reader = ada) =>
    messages.history(reader.id, { room: plaza, limit: 50, ...page });
  const sync = (cursor: Cursor, reader = ada, maxBytes = anyBytes) =>
    messages.sync(reader.id, plaza, cursor, maxBytes);
  const head = async () => {
    const [position] = await stage.logs.heads([roomLog(plaza)]);
    return cursorOf(position ?? genesis);
  };
  return { ...stage, messages, rooms, plaza, send, history, sync, head };
}

const textsOf = (page: { messages: readonly { text?: string | undefined }[] }) =>
  page.messages.map((message) => message.text);
const numberedDown = (word: string, from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, i) => `${word}${from - i}`);
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `m${from + i}`);

describe("many who send at once", () => {
  it("have their messages stored in one command, each sender's in their order", async () => {
    const { messages, send, history, redis } = await start();
    const calls = async () =>
      Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info("commandstats"))?.[1] ?? 0);
    await send("first");
    const before = await calls();
    const seqs = await Promise.all(Array.from({ length: 16 }, (_, i) => send(`${i}`, i % 2 ? ada : bob)));
    expect((await calls()) - before).toBe(1);
    expect(seqs.map(({ seq }) => seq)).toEqual(seqs.map((_, i) => (seqs[0]?.seq ?? 0) + i));
    expect(textsOf(await history()).slice(-16)).toEqual(Array.from({ length: 16 }, (_, i) => `${i}`));
    const id = messageId();
    const twice = await Promise.all([1, 2].map(() => messages.send(ada, { room: lobby, id, text: "once" })));
    expect(twice.map(({ duplicate }) => duplicate)).toEqual([false, true]);
    expect(twice[1]?.seq).toBe(twice[0]?.seq);
  });

  it("do not suffer from one whose room is broken, or is not theirs", async () => {
    const { messages, logs, send, redis, plaza } = await start();
    const broken = "broken" as RoomId;
    await redis.zadd(logs.keys(roomLog(broken)).log.replace(/log$/, "members"), 0, ada.id);
    await redis.set(logs.keys(roomLog(broken)).log, "no stream");
    const outcomes = await Promise.allSettled([
      send("before"),
      messages.send(ada, { room: broken, id: messageId(), text: "nowhere" }),
      send("not mine", eve),
      send("after"),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected", "fulfilled"]);
    expect(String((outcomes[1] as PromiseRejectedResult).reason)).toContain("WRONGTYPE");
    expect((outcomes[2] as PromiseRejectedResult).reason).toMatchObject({ code: "forbidden" });
    expect(await redis.exists(logs.keys(roomLog(broken)).head)).toBe(0);
    expect((await logs.page(roomLog(plaza), { direction: "older", messages: 9 })).messages).toHaveLength(2);
  });
});

describe("sending", () => {
  it("stores what is said, with all that belongs to it", async () => {
    const { messages, plaza, send, history } = await start();
    const first = await send("hello");
    const id = messageId();
    const replyTo = { seq: first.seq, id: (await history()).messages[0]?.id as typeof id };
    const written = await messages.send(bob, {
      room: plaza,
      id,
      text: "hi @ada",
      replyTo,
      mentions: [ada.id],
    });
    expect((await history()).messages[1]).toEqual({
      seq: written.seq,
      n: 2,
      rev: written.seq,
      id,
      at: new Date(written.atMs).toISOString(),
      type: "message",
      by: bob,
      text: "hi @ada",
      replyTo,
      thread: replyTo,
      mentions: [ada.id],
    });
  });

  it("keeps any text as it is", async () => {
    const { send, history } = await start();
    const all = [
      '"}],\\',
      "line\nline\u2028end",
      "\u0000",
      "😀👩‍👩‍👧",
      "<script>alert(1)</script>",
      " ~1 2 3 message ",
      "%s %d",
    ];
    for (const text of all) await send(text);
    expect(textsOf(await history())).toEqual(all);
  });

  it("is for members", async () => {
    const { send, rooms, plaza, history } = await start();
    expect(await errorOf(send("let me in", eve))).toMatchObject({ code: "forbidden", field: "room" });
    await rooms.leave(bob, plaza);
    expect(await errorOf(send("still here", bob))).toMatchObject({ code: "forbidden" });
    expect(textsOf(await history())).toEqual([]);
  });

  it("answers a retry of what is stored also when its author has left since", async () => {
    const { messages, rooms, plaza, history } = await start();
    const said = { room: plaza, id: messageId(), text: "and off" };
    const { seq } = await messages.send(bob, said);
    await rooms.leave(bob, plaza);
    expect(await messages.send(bob, said)).toMatchObject({ seq, n: 1, duplicate: true });
    // Only what is stored, and only to whom it belongs.
    expect(await errorOf(messages.send(bob, { ...said, text: "more" }))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(messages.send(eve, said))).toMatchObject({ code: "forbidden" });
    expect(textsOf(await history())).toEqual(["and off"]);
  });

  it("needs a room that is there", async () => {
    const { send } = await start();
    const error = await errorOf(send("hello?", ada, "nowhere" as RoomId));
    expect(error).toMatchObject({ code: "not_found", field: "room" });
  });

  it("is for everybody in the lobby", async () => {
    const { send, messages } = await start();
    expect(await send("good morning", eve, lobby)).toMatchObject({ seq: 1, n: 1 });
    const page = await messages.history(bob.id, { room: lobby, limit: 50 });
    expect(textsOf(page)).toEqual(["good morning"]);
  });

  it("measures a text in bytes of UTF-8", async () => {
    const { send, messages, plaza, history } = await start({ textBytes: 8 });
    await send("éééé");
    const error = await errorOf(send("éééé!"));
    expect(error).toMatchObject({ code: "too_large", field: "text" });
    expect(error.message).toContain("9");
    const { seq, id } = (await history()).messages[0] ?? {};
    if (seq === undefined) throw new Error("nothing was sent");
    const of = { seq, id: id as ReturnType<typeof messageId> };
    const edit = messages.edit(ada, { room: plaza, id: messageId(), of, text: "too long for it" });
    expect(await errorOf(edit)).toMatchObject({ code: "too_large" });
    expect(textsOf(await history())).toEqual(["éééé"]);
  });

  it("stores a message that is sent twice once, and minds when it is another", async () => {
    const { messages, plaza, history } = await start();
    const message = { room: plaza, id: messageId(), text: "once" };
    const [one, two] = await Promise.all([messages.send(ada, message), messages.send(ada, message)]);
    expect(one?.seq).toBe(two?.seq);
    expect([one?.duplicate, two?.duplicate].sort()).toEqual([false, true]);
    for (const other of [
      messages.send(ada, { ...message, text: "twice" }),
      messages.send(bob, message),
      messages.send(ada, { ...message, mentions: [bob.id] }),
    ])
      expect(await errorOf(other)).toMatchObject({ code: "conflict", field: "id" });
    expect(textsOf(await history())).toEqual(["once"]);
  });
});

describe("history", () => {
  async function startWith(count: number) {
    const started = await start();
    const seqs: number[] = [];
    for (const text of numbered(1, count)) seqs.push((await started.send(text)).seq);
    const seqOf = (n: number) => seqs[n - 1] ?? 0;
    return { ...started, seqOf };
  }

  it("is the newest page when no place is named", async () => {
    const { history, head } = await startWith(5);
    const page = await history({ limit: 3 });
    expect(textsOf(page)).toEqual(numbered(3, 5));
    expect(page).toMatchObject({ more: true, cursor: await head() });
    expect(await history({ limit: 5 })).toMatchObject({ more: false });
  });

  it("goes back page by page to the first message, which is told to be it", async () => {
    const { history } = await startWith(7);
    const pages: (string | undefined)[][] = [];
    let before: number | undefined;
    for (let more = true; more; ) {
      const page = await history({ limit: 3, ...(before === undefined ? {} : { before }) });
      pages.push(textsOf(page));
      before = page.messages[0]?.seq;
      more = page.more;
    }
    expect(pages).toEqual([numbered(5, 7), numbered(2, 4), numbered(1, 1)]);
  });

  it("has nothing before the first place", async () => {
    const { history } = await startWith(3);
    for (const before of [0, 1])
      expect(await history({ before })).toMatchObject({ messages: [], more: false });
  });

  it("goes on from a place", async () => {
    const { history, seqOf } = await startWith(5);
    const page = await history({ after: seqOf(2), limit: 2 });
    expect(textsOf(page)).toEqual(["m3", "m4"]);
    expect(page.more).toBe(true);
    expect(await history({ after: seqOf(4), limit: 2 })).toMatchObject({
      messages: [{ text: "m5" }],
      more: false,
    });
    expect(textsOf(await history({ after: 0, limit: 2 }))).toEqual(["m1", "m2"]);
    expect(await history({ after: seqOf(5) })).toMatchObject({ messages: [], more: false });
  });

  it("shows both sides of a place, the place among them, within the limit", async () => {
    const { history, seqOf } = await startWith(9);
    const page = await history({ around: seqOf(5), limit: 4 });
    expect(textsOf(page)).toEqual(["m3", "m4", "m5", "m6"]);
    expect(page.more).toBe(true);
    expect(textsOf(await history({ around: seqOf(1), limit: 4 }))).toEqual(["m1", "m2"]);
    expect(textsOf(await history({ around: seqOf(9), limit: 4 }))).toEqual(["m7", "m8", "m9"]);
    expect(textsOf(await history({ around: seqOf(5), limit: 1 }))).toEqual(["m5"]);
    expect(await history({ around: seqOf(5), limit: 200 })).toMatchObject({
      more: false,
      messages: { length: 9 },
    });
  });

  it("shows the start of the room around place 0, and the end around one that is still to come", async () => {
    const { history } = await startWith(9);
    expect(textsOf(await history({ around: 0, limit: 4 }))).toEqual(["m1", "m2"]);
    expect(textsOf(await history({ around: 1_000_000, limit: 4 }))).toEqual(["m8", "m9"]);
  });

  it("names a cursor from which nothing is missed", async () => {
    const { history, sync, send } = await startWith(3);
    const { cursor } = await history({ limit: 2, before: 3 });
    for (const page of [
      { limit: 1, around: 3 },
      { limit: 2, around: 3 },
    ])
      expect((await history(page)).cursor).toBe(cursor);
    expect(await sync(cursor)).toMatchObject({ events: [], more: false });
    await send("m4");
    expect(eventsOf(await sync(cursor)).map((event) => event.text)).toEqual(["m4"]);
  });

  it("is for members", async () => {
    const { history, messages } = await startWith(1);
    expect(await errorOf(history({}, eve))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(history({ around: 1 }, eve))).toMatchObject({ code: "forbidden" });
    const nowhere = messages.history(ada.id, { room: "nowhere" as RoomId, limit: 1 });
    expect(await errorOf(nowhere)).toMatchObject({ code: "forbidden" });
  });
});

describe("sync", () => {
  it("tells everything that was missed, and then nothing", async () => {
    const { sync, send, logs, plaza, head } = await start();
    const before = await head();
    await send("m1");
    await logs.append(roomLog(plaza), came(eve));
    await send("m2", bob);
    const answer = await sync(before);
    expect(eventsOf(answer)).toMatchObject([
      { type: "message", n: 1, text: "m1", by: ada },
      { type: "member", user: eve },
      { type: "message", n: 2, text: "m2", by: bob },
    ]);
    expect(answer).toMatchObject({ more: false, cursor: await head() });
    expect(await sync(answer.cursor)).toEqual({ events: [], cursor: answer.cursor, more: false, bytes: 0 });
  });

  it("tells it in parts that fit, without a gap between them", async () => {
    const { sync, send, head } = await start();
    let cursor = await head();
    for (const text of numbered(1, 20)) await send(text + "x".repeat(1_000));
    const parts: number[] = [];
    for (let more = true; more; ) {
      const answer = await sync(cursor, ada, 5_000);
      const events = eventsOf(answer);
      expect(events.every((event) => typeof event.text === "string")).toBe(true);
      parts.push(...events.map((event) => Number(event.n)));
      cursor = answer.cursor;
      more = "more" in answer && answer.more;
    }
    expect(parts).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(cursor).toBe(await head());
  });

  it("starts over with a page when the cursor is of another history", async () => {
    const { sync, send, head } = await start();
    for (const text of numbered(1, 60)) await send(text);
    const { seq } = parseCursor(await head());
    for (const cursor of [`${seq}-abc`, `${seq - 5}-abc`, `${seq + 1}-abc`, "0-abc"]) {
      const answer = await sync(cursor as Cursor);
      if (!("reset" in answer)) throw new Error(`${cursor} was taken for true`);
      expect(textsOf(answer)).toEqual(numbered(11, 60));
      expect(answer.cursor).toBe(await head());
    }
  });

  it("starts over when more than 500 events were missed, and not before", async () => {
    const { sync, send, head } = await start();
    const early = await head();
    await send("m1");
    const later = await head();
    await Promise.all(numbered(2, 501).map((text) => send(text)));
    expect(await sync(early)).toMatchObject({ reset: true, messages: { length: 50 } });
    expect(eventsOf(await sync(later))).toHaveLength(500);
  });

  it("is for members, but for everybody in the lobby", async () => {
    const { sync, messages, send, head } = await start();
    await send("secret");
    expect(await errorOf(sync(cursorOf(genesis), eve))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(sync(await head(), eve))).toMatchObject({ code: "forbidden" });
    await send("public", ada, lobby);
    const answer = await messages.sync(eve.id, lobby, cursorOf(genesis), anyBytes);
    expect(eventsOf(answer)).toMatchObject([{ text: "public" }]);
  });
});

describe("what was laid over a message", () => {
  it("is applied to pages of history, for whoever looks", async () => {
    const { send, history, redis, logs, plaza } = await start();
    const { seq, atMs } = await send("first");
    const overlay = {
      rev: 9,
      text: "second",
      mentions: [bob.id],
      editedAtMs: atMs + 1_000,
      reactions: { "👍": [bob.id, eve.id], "🎉": Array.from({ length: 30 }, (_, i) => `u${i}`) },
    };
    await redis.hset(logs.keys(roomLog(plaza)).overlay, String(seq), JSON.stringify(overlay));
    const [asBob] = (await history({}, bob)).messages;
    expect(asBob).toMatchObject({
      rev: 9,
      text: "second",
      mentions: [bob.id],
      editedAt: new Date(atMs + 1_000).toISOString(),
      reactions: { "👍": { count: 2, mine: true, by: [bob.id, eve.id] }, "🎉": { count: 30, mine: false } },
    });
    expect(asBob?.reactions?.["🎉"]?.by).toHaveLength(10);
    expect((await history({}, ada)).messages[0]?.reactions?.["👍"]?.mine).toBe(false);
    const [around] = (await history({ around: seq })).messages;
    expect(around?.text).toBe("second");
  });

  it("never brings back the text of a message that was deleted", async () => {
    const { send, history, redis, logs, plaza, sync } = await start();
    const { seq } = await send("secret");
    const { log, overlay } = logs.keys(roomLog(plaza));
    const [found] = await redis.xrange(log, `${seq}-0`, `${seq}-0`);
    const header = /^\d+ \d+ \d+ \S+ \S+ /.exec(found?.[1][1] ?? "")?.[0] ?? "";
    const tombstone = `${header}message "id":"x","type":"message","by":{"id":"u-ada","name":"ada"},"deleted":true}`;
    await redis.hset(overlay, `c${seq}`, tombstone, String(seq), '{"rev":9,"text":"secret","editedAtMs":1}');
    await redis.xdel(log, `${seq}-0`);
    const page = await history();
    expect(page.messages).toMatchObject([{ seq, n: 1, deleted: true, rev: 9 }]);
    const missed = await sync(cursorOf(genesis));
    expect(eventsOf(missed)).toMatchObject([
      { type: "room" },
      { type: "member" },
      { seq, n: 1, deleted: true },
    ]);
    expect(JSON.stringify([page, missed])).not.toContain("secret");
  });
});

describe("changing a message", () => {
  async function startWithMessage(text = "first") {
    const started = await start();
    const id = messageId();
    const { seq } = await started.messages.send(ada, { room: started.plaza, id, text });
    const { messages, plaza, redis, prefix } = started;
    const change = () => ({ room: plaza, id: messageId(), of: { seq, id } });
    return {
      ...started,
      of: { seq, id },
      change,
      edit: (to: string, by = ada) => messages.edit(by, { ...change(), text: to }),
      remove: (by = ada) => messages.remove(by, change()),
      react: (emoji: string, on: boolean, by = bob) => messages.react(by, { ...change(), emoji, on }),
      /** Everything that Redis holds under this test's prefix. */
      async everything() {
        const all: unknown[] = [];
        for (const key of await redis.keys(`${prefix}*`)) {
          const type = await redis.type(key);
          if (type === "stream") all.push(await redis.xrange(key, "-", "+"));
          if (type === "hash") all.push(await redis.hgetall(key));
        }
        return JSON.stringify(all);
      },
    };
  }

  it("is an event of the log, and shows in the history", async () => {
    const { edit, history, sync, head, of } = await startWithMessage();
    const before = await head();
    const written = await edit("second");
    expect(eventsOf(await sync(before))).toMatchObject([
      { type: "edit", of, text: "second", seq: written.seq },
    ]);
    const [message] = (await history()).messages;
    expect(message).toMatchObject({ seq: of.seq, n: 1, rev: written.seq, text: "second" });
    expect(message?.editedAt).toBe(new Date(written.atMs).toISOString());
  });

  it("answers a retry of a change with its place also when the message is deleted since", async () => {
    const { messages, change, remove } = await startWithMessage();
    const edit = { ...change(), text: "second" };
    const { seq } = await messages.edit(ada, edit);
    await remove();
    expect(await messages.edit(ada, edit)).toMatchObject({ seq, duplicate: true });
    expect(await errorOf(messages.edit(ada, { ...edit, id: messageId() }))).toMatchObject({
      code: "conflict",
    });
  });

  it("is for its author, the reactions for all members", async () => {
    const { edit, remove, react, history } = await startWithMessage();
    expect(await errorOf(edit("mine", bob))).toMatchObject({ code: "forbidden", field: "of" });
    expect(await errorOf(remove(bob))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(edit("mine", eve))).toMatchObject({ code: "forbidden", field: "room" });
    expect(await errorOf(react("👍", true, eve))).toMatchObject({ code: "forbidden", field: "room" });
    await react("👍", true);
    expect((await history()).messages).toMatchObject([{ text: "first", reactions: { "👍": { count: 1 } } }]);
  });

  it("erases a deleted message and its edits from Redis, and leaves sequence and chain whole", async () => {
    const { edit, remove, history, sync, head, everything, send } = await startWithMessage("secret-1");
    await edit("secret-2");
    await send("between");
    await edit("secret-3");
    expect(await everything()).toContain("secret-");
    await remove();
    expect(await everything()).not.toContain("secret-");
    expect((await history()).messages).toMatchObject([{ n: 1, deleted: true }, { text: "between" }]);
    const events = eventsOf(await sync(cursorOf(genesis)));
    expect(events.map((event) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(events.map((event) => event.type)).toEqual(
      ["room", "member", "message", "edit", "message", "edit", "delete"], // as they were made
    );
    expect(await sync(await head())).toMatchObject({ events: [] });
    expect(await errorOf(edit("again"))).toMatchObject({ code: "conflict" });
    expect(await remove()).toMatchObject({ duplicate: true });
  });

  it("counts each person's reaction once, and takes it back", async () => {
    const { react, history } = await startWithMessage();
    await react("👍", true);
    expect(await react("👍", true)).toMatchObject({ duplicate: true });
    await react("👍", true, ada);
    await react("🎉", true);
    const [message] = (await history({}, bob)).messages;
    expect(message?.reactions).toEqual({
      "👍": { count: 2, mine: true, by: [bob.id, ada.id] },
      "🎉": { count: 1, mine: true, by: [bob.id] },
    });
    await react("👍", false);
    await react("🎉", false);
    expect(await react("🎉", false)).toMatchObject({ duplicate: true });
    expect((await history()).messages[0]?.reactions).toEqual({
      "👍": { count: 1, mine: true, by: [ada.id] },
    });
  });

  it("needs the message at the place that is named", async () => {
    const { messages, plaza, of, change } = await startWithMessage();
    for (const wrong of [
      { ...of, id: messageId() },
      { ...of, seq: of.seq + 1 },
      { ...of, seq: 1 },
      { ...of, seq: 0 },
      { ...of, seq: Number.MAX_SAFE_INTEGER },
    ]) {
      const edit = messages.edit(ada, { ...change(), of: wrong, text: "x" });
      expect(await errorOf(edit)).toMatchObject({ code: "conflict", field: "of" });
    }
    const nowhere = { ...change(), room: "nowhere" as RoomId };
    expect(await errorOf(messages.remove(ada, nowhere))).toMatchObject({ code: "not_found" });
    expect(plaza).not.toBe("nowhere");
  });

  it.each(["\u0000", '\\u0000"}', "\u2028", "\u{10ffff}"])("works whatever the text is: %j", async (text) => {
    const { edit, remove, react, history } = await startWithMessage(text);
    await react("👍", true);
    await edit(`${text}!`);
    await react("🎉", true);
    expect((await history()).messages[0]).toMatchObject({ reactions: { "🎉": { count: 1 } } });
    await remove();
    expect((await history()).messages).toMatchObject([{ deleted: true }]);
  });

  it("an edit says anew who is mentioned", async () => {
    const { messages, change, edit, history } = await startWithMessage();
    await messages.edit(ada, { ...change(), text: "@bob", mentions: [bob.id] });
    expect((await history()).messages[0]?.mentions).toEqual([bob.id]);
    await edit("nobody");
    expect((await history()).messages[0]).not.toHaveProperty("mentions");
  });

  it("keeps what it said before, for members who ask, newest first and page by page", async () => {
    const { messages, plaza, of, edit } = await startWithMessage("v0");
    const versions = async (before?: number, reader = bob) => {
      const request = { room: plaza, of, ...(before === undefined ? {} : { before }) };
      return messages.versions(reader.id, request);
    };
    expect(textsOf({ messages: (await versions()).versions })).toEqual(["v0"]);
    for (let i = 1; i <= 24; i++) await edit(`v${i}`);
    const newest = await versions();
    expect(textsOf({ messages: newest.versions })).toEqual(numberedDown("v", 24, 5));
    expect(newest.more).toBe(true);
    const older = await versions(newest.versions.at(-1)?.seq);
    expect(textsOf({ messages: older.versions })).toEqual(numberedDown("v", 4, 0));
    expect(older).toMatchObject({ more: false, versions: { 4: { seq: of.seq } } });
    expect(await errorOf(versions(undefined, eve))).toMatchObject({ code: "forbidden", field: "room" });
    const elsewhere = messages.versions(bob.id, { room: plaza, of: { ...of, seq: of.seq + 1 } });
    expect(await errorOf(elsewhere)).toMatchObject({ code: "conflict", field: "of" });
    const nowhere = messages.versions(bob.id, { room: "nowhere" as RoomId, of });
    expect(await errorOf(nowhere)).toMatchObject({ code: "not_found" });
  });

  it("tells nothing of a deleted message, neither what it said nor who reacted", async () => {
    const { messages, plaza, of, edit, react, remove } = await startWithMessage("secret");
    await edit("secret too");
    await react("👍", true);
    await remove();
    for (const asked of [
      messages.versions(ada.id, { room: plaza, of }),
      messages.reactions(ada.id, { room: plaza, of, emoji: "👍" }),
    ]) {
      expect(await errorOf(asked)).toMatchObject({ code: "conflict", field: "of" });
    }
    expect(await errorOf(react("👍", true))).toMatchObject({ code: "conflict", field: "of" });
  });

  it("has at most fifty kinds of reactions, in the order in which they came", async () => {
    const { react, history } = await startWithMessage();
    const kinds = Array.from({ length: 50 }, (_, i) => String.fromCodePoint(0x1f600 + ((i * 7) % 50)));
    for (const emoji of kinds) await react(emoji, true);
    expect(await errorOf(react("🎉", true))).toMatchObject({ code: "conflict", field: "emoji" });
    // One that is there already may still be joined.
    await react(kinds[0] ?? "", true, ada);
    expect(Object.keys((await history()).messages[0]?.reactions ?? {})).toEqual(kinds);
    await react(kinds[1] ?? "", false);
    await react("🎉", true);
    const after = [kinds[0], ...kinds.slice(2), "🎉"];
    expect(Object.keys((await history()).messages[0]?.reactions ?? {})).toEqual(after);
  });

  it("is refused when the message was edited fifty times, and deleting it still erases all of it", async () => {
    const { edit, remove, react, history, everything } = await startWithMessage();
    for (let i = 1; i <= 50; i++) await edit(`version ${i}`);
    expect(await errorOf(edit("one too many"))).toMatchObject({ code: "conflict", field: "text" });
    await react("👍", true);
    expect((await history()).messages[0]).toMatchObject({ text: "version 50" });
    await remove();
    expect(await everything()).not.toContain("version");
  });

  it("names those who reacted, in the order in which they did and page by page", async () => {
    const { messages, rooms, plaza, of, react } = await startWithMessage();
    const crowd = Array.from({ length: 60 }, (_, i) => person(`reader-${i}`));
    for (const one of crowd) {
      await rooms.invite(ada, plaza, one);
      await react("👍", true, one);
    }
    const ask = (cursor?: PageCursor, emoji = "👍", reader = bob) =>
      messages.reactions(reader.id, { room: plaza, of, emoji, ...(cursor === undefined ? {} : { cursor }) });
    const first = await ask();
    expect(first).toMatchObject({ count: 60, ids: { length: 50 } });
    const second = await ask(first.cursor);
    expect([...first.ids, ...second.ids]).toEqual(crowd.map(({ id }) => id));
    expect(second.cursor).toBeUndefined();
    expect(await ask(undefined, "constructor")).toEqual({ ids: [], count: 0 });
    expect(await ask("-9" as PageCursor)).toMatchObject({ ids: { length: 50 } });
    expect(await errorOf(ask(undefined, "👍", eve))).toMatchObject({ code: "forbidden", field: "room" });
  });

  it("done twice with the same id is done once", async () => {
    const { messages, change, head } = await startWithMessage();
    const edit = { ...change(), text: "second" };
    const first = await messages.edit(ada, edit);
    const after = await head();
    expect(await messages.edit(ada, edit)).toEqual({ ...first, duplicate: true });
    expect(await errorOf(messages.edit(ada, { ...edit, text: "third" }))).toMatchObject({ code: "conflict" });
    expect(await head()).toBe(after);
  });
});

describe("while Redis is full", () => {
  it("history and sync go on, sending is refused", async () => {
    const { send, history, sync, redis } = await start();
    await send("before");
    onTestFinished(async () => void (await redis.config("SET", "maxmemory", "0")));
    await redis.config("SET", "maxmemory", "100kb");
    expect(await errorOf(send("no room"))).toMatchObject({ code: "unavailable" });
    expect(textsOf(await history())).toEqual(["before"]);
    expect(eventsOf(await sync(cursorOf(genesis)))).toHaveLength(3);
  });
});

function eventsOf(answer: { events: string[] } | { reset: true }): Record<string, unknown>[] {
  if (!("events" in answer)) throw new Error("told to start over");
  return answer.events.map((event) => JSON.parse(event) as Record<string, unknown>);
}
