import { describe, expect, it } from "vitest";
import { createMessages, createPins, createSaved, createThreads } from "../../services/messages/index.ts";
import type { Message, Person, RequestInput, RoomId } from "../../services/protocol/index.ts";
import { createMarks, createRooms } from "../../services/rooms/index.ts";
import { ada, bob, createStage, errorOf, eve, messageId, person, redisOfFile, roomLog } from "./stage.ts";

const server = redisOfFile();
const zoe = person("zoe");

async function start(history: { maxEvents?: number } = {}) {
  const stage = await createStage(server(), { history });
  const messages = createMessages({ ...stage, textBytes: 0 });
  const marks = createMarks(stage);
  const threads = createThreads({ ...stage, marks });
  const rooms = createRooms({ ...stage, marks, roomsPerUser: 0 });
  const { facts } = await rooms.create(ada, { name: "plaza", kind: "channel" });
  const plaza = facts.id;
  for (const one of [bob, eve]) await rooms.join(one, plaza);
  /** Says something as a node does it, and answers with what the log made of it. */
  async function say(by: Person, text: string, to?: { seq: number; id: string }): Promise<Message> {
    const replyTo = to && { seq: to.seq, id: to.id as Message["id"] as never };
    const written = await messages.send(by, {
      room: plaza,
      id: messageId(),
      text,
      ...(to ? { replyTo } : {}),
    });
    if (written.thread) await threads.answered(by, plaza, written.thread, written.seq);
    return read(written.seq);
  }
  async function read(seq: number): Promise<Message> {
    const { messages: found } = await messages.history(ada.id, { room: plaza, around: seq, limit: 1 });
    const message = found.find((one) => one.seq === seq);
    if (!message) throw new Error(`there is no message ${seq}`);
    return message;
  }
  const of = ({ seq, id }: Message) => ({ seq, id: id as never });
  const page = (root: Message, more: Partial<RequestInput<"room:thread">> = {}, reader = ada) =>
    threads.page(reader.id, { room: plaza, of: of(root), limit: 50, ...more });
  return { ...stage, messages, threads, marks, rooms, plaza, say, read, of, page };
}

const textsOf = (page: { messages: readonly Message[] }) => page.messages.map(({ text }) => text);

describe("a thread", () => {
  it("is what answers a message, and what answers that, in the order of the room", async () => {
    const { say, read, of, page } = await start();
    const root = await say(ada, "lunch?");
    const first = await say(bob, "yes", root);
    await say(eve, "something else");
    const second = await say(ada, "at one?", first);
    expect(first.thread).toEqual(of(root));
    expect(second).toMatchObject({ replyTo: of(first), thread: of(root) });
    expect((await read(root.seq)).replies).toEqual({ count: 2, last: second.seq, at: second.at });
    const found = await page(root);
    expect(textsOf(found)).toEqual(["yes", "at one?"]);
    expect(found).toMatchObject({ root: { text: "lunch?", replies: { count: 2 } }, more: false });
  });

  it("is read page by page, the newest first asked", async () => {
    const { say, page } = await start();
    const root = await say(ada, "count");
    for (let i = 1; i <= 5; i++) await say(bob, `${i}`, root);
    const newest = await page(root, { limit: 2 });
    expect(textsOf(newest)).toEqual(["4", "5"]);
    expect(newest.more).toBe(true);
    const older = await page(root, { limit: 3, before: newest.messages[0]?.seq as number });
    expect(textsOf(older)).toEqual(["1", "2", "3"]);
    expect(older.more).toBe(false);
  });

  it("shows edits and tombstones; a deleted root keeps its replies and loses its text", async () => {
    const { messages, plaza, say, of, page, read } = await start();
    const root = await say(ada, "secret");
    const reply = await say(bob, "reply", root);
    await messages.edit(bob, { room: plaza, id: messageId(), of: of(reply), text: "better" });
    await messages.remove(ada, { room: plaza, id: messageId(), of: of(root) });
    const found = await page(root);
    expect(textsOf(found)).toEqual(["better"]);
    expect(found.root).toMatchObject({ deleted: true, replies: { count: 1 } });
    expect(JSON.stringify(found)).not.toContain("secret");
    await messages.remove(bob, { room: plaza, id: messageId(), of: of(reply) });
    expect((await read(reply.seq)).thread).toEqual(of(root));
  });

  it("is only for members, and only where its message is", async () => {
    const { threads, plaza, say, of, page, messages } = await start();
    const root = await say(ada, "here");
    expect(await errorOf(page(root, {}, zoe))).toMatchObject({ code: "forbidden" });
    const other = { ...of(root), id: messageId() };
    expect(await errorOf(threads.page(ada.id, { room: plaza, of: other, limit: 5 }))).toMatchObject({
      code: "conflict",
      field: "of",
    });
    for (const replyTo of [other, { ...of(root), seq: root.seq + 50 }]) {
      const sent = messages.send(ada, { room: plaza, id: messageId(), text: "x", replyTo });
      expect(await errorOf(sent)).toMatchObject({ code: "conflict" });
    }
  });

  it("of a message that is not kept any more is gone, and so is what was noted about it", async () => {
    const { say, logs, plaza, redis, prefix, messages } = await start({ maxEvents: 3 });
    const root = await say(ada, "old");
    const reply = await say(bob, "old reply", root);
    for (let i = 0; i < 4; i++) await say(ada, `filler ${i}`);
    await logs.trim(roomLog(plaza));
    const id = messageId();
    const written = await messages.send(eve, {
      room: plaza,
      id,
      text: "late",
      replyTo: { seq: root.seq, id: root.id as never },
    });
    expect(written.thread).toBeUndefined();
    const kept = await say(ada, "new");
    await say(bob, "new reply", kept);
    const members = await redis.zrange(`${prefix}{room:${plaza}}:replies`, "0", "-1");
    expect(members).toHaveLength(1);
    expect(members[0]).not.toContain(`${reply.seq}`.padStart(16, "0"));
  });
});

describe("following", () => {
  const followed = async ({ threads }: Awaited<ReturnType<typeof start>>, who: Person) =>
    (await threads.list(who.id)).threads.map(({ root, read, unread }) => ({ text: root.text, read, unread }));

  it("begins with answering and with being answered first; own replies are read", async () => {
    const stage = await start();
    const root = await stage.say(ada, "root");
    const reply = await stage.say(bob, "one", root);
    expect(await followed(stage, bob)).toEqual([{ text: "root", read: reply.seq, unread: 0 }]);
    expect(await followed(stage, ada)).toEqual([{ text: "root", read: 0, unread: 1 }]);
    await stage.say(eve, "two", root);
    expect(await followed(stage, bob)).toMatchObject([{ unread: 1 }]);
    expect(await followed(stage, ada)).toMatchObject([{ unread: 2 }]);
  });

  it("can be left, and stays left when somebody else answers", async () => {
    const stage = await start();
    const root = await stage.say(ada, "root");
    await stage.say(bob, "one", root);
    await stage.threads.follow(ada, { room: stage.plaza, of: stage.of(root) }, false);
    await stage.say(eve, "two", root);
    expect(await followed(stage, ada)).toEqual([]);
    expect((await stage.page(root)).follows).toBe(false);
    await stage.threads.follow(ada, { room: stage.plaza, of: stage.of(root) }, true);
    expect(await followed(stage, ada)).toMatchObject([{ unread: 0 }]);
  });

  it("keeps a mark that only moves forward, told in the own log once for each change", async () => {
    const stage = await start();
    const { threads, plaza, of, logs } = stage;
    const root = await stage.say(ada, "root");
    const replies = [await stage.say(bob, "1", root), await stage.say(bob, "2", root)];
    const thread = { room: plaza, of: of(root) };
    await threads.markRead(ada, thread, replies[1]?.seq as number);
    await threads.markRead(ada, thread, replies[0]?.seq as number);
    await threads.markRead(eve, thread, 9);
    expect(await followed(stage, ada)).toMatchObject([{ read: replies[1]?.seq, unread: 0 }]);
    const own = await logs.since(
      { kind: "user", id: ada.id },
      { seq: 0, chain: "0" },
      { maxEntries: 50, maxBytes: 1e6 },
    );
    const told = (own?.entries ?? [])
      .filter(({ type }) => type === "thread")
      .map(({ body }) => JSON.parse(`{${body}`));
    expect(told).toMatchObject([
      { on: true, read: 0, of: of(root) },
      { on: true, read: replies[1]?.seq },
    ]);
    expect(await followed(stage, eve)).toEqual([]);
  });

  it("counts what was read in the conversation as read, and what was made unread there as unread", async () => {
    const stage = await start();
    const { marks, plaza, of, messages } = stage;
    const root = await stage.say(ada, "root");
    const first = await stage.say(bob, "1", root);
    await messages.react(bob, { room: plaza, id: messageId(), of: of(first), emoji: "👍", on: true });
    const second = await stage.say(bob, "2", root);
    await stage.say(eve, "something else");
    const third = await stage.say(eve, "3", root);
    const unread = async () => [(await followed(stage, ada))[0]?.unread, (await stage.page(root)).read];
    await marks.markRead(ada, plaza, root.n);
    expect((await followed(stage, ada))[0]).toMatchObject({ unread: 3 });
    await marks.markRead(ada, plaza, first.n);
    // The reaction came before the next message.
    expect(await unread()).toEqual([2, second.seq - 1]);
    await messages.remove(bob, { room: plaza, id: messageId(), of: of(second) });
    await marks.markRead(ada, plaza, second.n);
    expect(await unread()).toEqual([1, second.seq]);
    await marks.markRead(ada, plaza, third.n);
    expect((await unread())[0]).toBe(0);
    await marks.markUnread(ada, plaza, second.n, third.n);
    expect((await unread())[0]).toBe(2);
  });

  it("leaves out threads of rooms that one is not in any more", async () => {
    const stage = await start();
    const root = await stage.say(ada, "root");
    await stage.say(bob, "one", root);
    await stage.rooms.leave(bob, stage.plaza);
    expect(await followed(stage, bob)).toEqual([]);
  });
});

describe("pins", () => {
  it("keep messages at hand as they stand now, the latest pin first, until they are taken away or deleted", async () => {
    const stage = await start();
    const { plaza, say, of, messages } = stage;
    const pins = createPins(stage);
    const [one, two, three] = [await say(ada, "one"), await say(bob, "two"), await say(ada, "three")];
    const pin = (message: Message, on = true, by = ada) =>
      pins.set(by, { room: plaza, id: messageId(), of: of(message), on });
    for (const message of [two, one, three]) await pin(message);
    expect(await pins.has(plaza, one.seq)).toBe(true);
    expect(await pin(one)).toMatchObject({ duplicate: true });
    await messages.edit(bob, { room: plaza, id: messageId(), of: of(two), text: "two, better" });
    expect((await pins.list(eve.id, plaza)).map(({ text }) => text)).toEqual(["three", "one", "two, better"]);
    await pin(three, false, bob);
    await messages.remove(ada, { room: plaza, id: messageId(), of: of(one) });
    expect((await pins.list(eve.id, plaza)).map(({ text }) => text)).toEqual(["two, better"]);
    expect(await pins.has(plaza, one.seq)).toBe(false);
    expect(await errorOf(pin(one))).toMatchObject({ code: "conflict" });
    expect(await errorOf(pin(two, true, zoe))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(pins.list(zoe.id, plaza))).toMatchObject({ code: "forbidden" });
  });

  it("are at most fifty a room", async () => {
    const stage = await start();
    const pins = createPins(stage);
    for (let i = 0; i < 50; i++) {
      const message = await stage.say(ada, `${i}`);
      await pins.set(ada, { room: stage.plaza, id: messageId(), of: stage.of(message), on: true });
    }
    const over = await stage.say(ada, "over");
    const set = pins.set(ada, { room: stage.plaza, id: messageId(), of: stage.of(over), on: true });
    expect(await errorOf(set)).toMatchObject({ code: "conflict", field: "of" });
  });
});

describe("what one saves", () => {
  it("is listed from all rooms, the latest first, as it stands now, while one may read it", async () => {
    const stage = await start();
    const { plaza, say, of, messages, rooms } = stage;
    const saved = createSaved(stage);
    const lobby = "lobby" as RoomId;
    const hall = await messages.send(bob, { room: lobby, id: messageId(), text: "in the hall" });
    const [inHall] = (await messages.history(bob.id, { room: lobby, around: hall.seq, limit: 1 })).messages;
    const one = await say(ada, "one");
    const set = (room: RoomId, message: Message, on = true, by = bob) =>
      saved.set(by, { room, of: of(message), on });
    await set(plaza, one);
    await set(lobby, inHall as Message);
    await set(plaza, one);
    expect(await saved.has(bob.id, { room: plaza, of: of(one) })).toBe(true);
    expect(await saved.has(ada.id, { room: plaza, of: of(one) })).toBe(false);
    const list = async () =>
      (await saved.list(bob.id)).saved.map(({ room, message }) => [room, message.text]);
    expect(await list()).toEqual([
      [lobby, "in the hall"],
      [plaza, "one"],
    ]);
    await messages.edit(ada, { room: plaza, id: messageId(), of: of(one), text: "one, better" });
    expect((await list())[1]).toEqual([plaza, "one, better"]);
    await rooms.leave(bob, plaza);
    expect(await list()).toEqual([[lobby, "in the hall"]]);
    await set(lobby, inHall as Message, false);
    expect(await list()).toEqual([]);
    expect(await errorOf(set(plaza, one))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(set(lobby, { ...one, seq: 99 }))).toMatchObject({ code: "conflict" });
  });

  it("comes page by page", async () => {
    const stage = await start();
    const saved = createSaved(stage);
    for (let i = 1; i <= 35; i++) {
      await saved.set(ada, { room: stage.plaza, of: stage.of(await stage.say(ada, `${i}`)), on: true });
    }
    const first = await saved.list(ada.id);
    const second = await saved.list(ada.id, first.cursor);
    expect([...first.saved, ...second.saved].map(({ message }) => message.text)).toEqual(
      Array.from({ length: 35 }, (_, i) => `${35 - i}`),
    );
    expect(second.cursor).toBeUndefined();
  });
});
