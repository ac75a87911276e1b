import { describe, expect, it } from "vitest";
import { genesis } from "../../services/logs/index.ts";
import type { Person, RoomId } from "../../services/protocol/index.ts";
import { createMarks, createRooms } from "../../services/rooms/index.ts";
import { ada, bob, createStage, messageId, redisOfFile } from "./stage.ts";

const server = redisOfFile();
const lobby = "lobby" as RoomId;

async function start() {
  const stage = await createStage(server());
  const marks = createMarks(stage);
  const rooms = createRooms({ ...stage, marks, roomsPerUser: 0 });
  return {
    ...stage,
    marks,
    rooms,
    channel: async (name: string) => (await rooms.create(ada, { name, kind: "channel" })).facts.id,
    markOf: async (room: RoomId) => (await marks.of(ada.id)).get(room),
    /** The events of a user's own log, without what is different each time. */
    async ownEvents(of: Person) {
      const name = { kind: "user", id: of.id } as const;
      const missed = await stage.logs.since(name, genesis, { maxEntries: 1_000, maxBytes: 1_000_000 });
      return (missed?.entries ?? []).map(({ body }) => {
        const { id: _, ...event } = JSON.parse(`{${body}`) as { id: string; type: string };
        return event;
      });
    },
  };
}

describe("read marks", () => {
  it("move forward, never back, and are told to all of the user's devices", async () => {
    const { rooms, marks, channel, ownEvents } = await start();
    const plaza = await channel("Plaza");
    for (const n of [3, 2, 3, 7, 1]) await marks.markRead(ada, plaza, n);
    expect((await rooms.mine(ada.id)).marks.get(plaza)?.read).toBe(7);
    expect((await ownEvents(ada)).slice(1)).toEqual([
      { type: "read", by: ada, room: plaza, n: 3, mentions: 0 },
      { type: "read", by: ada, room: plaza, n: 7, mentions: 0 },
    ]);
  });

  it("are shown to others as they were when one was last seen reading", async () => {
    const { marks, channel, markOf } = await start();
    const plaza = await channel("Plaza");
    const shown = () => marks.readIn(plaza, [ada.id]);
    await marks.markRead(ada, plaza, 3);
    for (const n of [5, 8]) await marks.markRead(ada, plaza, n, 0, true);
    expect(await markOf(plaza)).toMatchObject({ read: 8 });
    expect(await shown()).toEqual([3]);
    await marks.markRead(ada, plaza, 9);
    expect(await shown()).toEqual([9]);
    await marks.markRead(ada, plaza, 10, 0, true);
    await marks.forget(ada.id, plaza);
    expect(await shown()).toEqual([undefined]);
  });

  it("agree when several devices read at once", async () => {
    const { rooms, marks, channel, ownEvents } = await start();
    const plaza = await channel("Plaza");
    await Promise.all(Array.from({ length: 30 }, (_, i) => marks.markRead(ada, plaza, ((i * 7) % 30) + 1)));
    expect((await rooms.mine(ada.id)).marks.get(plaza)?.read).toBe(30);
    const told = ((await ownEvents(ada)).slice(1) as unknown as { n: number }[]).map(({ n }) => n);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(30);
  });

  it("begin where somebody first came, and only then", async () => {
    const { rooms, marks } = await start();
    await marks.startReading(ada.id, lobby, 12);
    await marks.startReading(ada.id, lobby, 40);
    expect((await rooms.mine(ada.id)).marks.get(lobby)?.read).toBe(12);
    await marks.markRead(ada, lobby, 13);
    expect((await rooms.mine(ada.id)).marks.get(lobby)?.read).toBe(13);
  });

  it("do not go back when a device reads on while others are still told of the room", async () => {
    const stage = await createStage(server());
    const marks = createMarks(stage);
    const plain = createRooms({ ...stage, marks, roomsPerUser: 0 });
    const plaza = (await plain.create(bob, { name: "Plaza", kind: "channel" })).facts.id;
    const quick = createRooms({
      ...stage,
      marks,
      roomsPerUser: 0,
      logs: {
        ...stage.logs,
        async append(log, event, ...through) {
          const written = await stage.logs.append(log, event, ...through);
          if (event.type === "room_added") await marks.markRead(ada, plaza, 9);
          return written;
        },
      },
    });
    await quick.join(ada, plaza);
    expect((await plain.mine(ada.id)).marks.get(plaza)?.read).toBe(9);
  });

  it("do not go back because somebody who is in the room is invited", async () => {
    const { rooms, marks, channel } = await start();
    const plaza = await channel("Plaza");
    await marks.markRead(ada, plaza, 5);
    await rooms.invite(ada, plaza, ada);
    await rooms.join(ada, plaza);
    expect((await rooms.mine(ada.id)).marks.get(plaza)?.read).toBe(5);
  });
});

describe("going back", () => {
  it("makes a message and all after it unread again, and tells all devices", async () => {
    const { marks, markOf, ownEvents } = await start();
    await marks.markRead(ada, lobby, 9);
    await marks.markUnread(ada, lobby, 5, 9);
    const [, told] = await ownEvents(ada);
    expect(told).toEqual({ type: "read", by: ada, room: lobby, n: 4, mentions: 0, back: true });
    expect(await markOf(lobby)).toEqual({ read: 4, back: 2, mentions: 0 });
  });

  it("twice is done once, and never moves forward", async () => {
    const { marks, markOf, ownEvents } = await start();
    await marks.markRead(ada, lobby, 3);
    for (let times = 0; times < 3; times++) await marks.markUnread(ada, lobby, 6, 9);
    expect(await markOf(lobby)).toMatchObject({ read: 3 });
    expect(await ownEvents(ada)).toHaveLength(2);
    await marks.markUnread(ada, lobby, 1, 9);
    expect(await markOf(lobby)).toMatchObject({ read: 0 });
  });

  it("is not undone by a reading that was under way, whatever device it came from", async () => {
    const { marks, markOf } = await start();
    await marks.markRead(ada, lobby, 5);
    await marks.markUnread(ada, lobby, 3, 9);
    expect(await marks.markRead(ada, lobby, 5)).toBe(false);
    // It had read on to the newest, which the mark had not reached.
    expect(await marks.markRead(ada, lobby, 9)).toBe(false);
    expect(await markOf(lobby)).toMatchObject({ read: 2 });
  });

  it("is followed by reading that knows of it, or that has read what came since", async () => {
    const { marks, markOf } = await start();
    await marks.markRead(ada, lobby, 9);
    await marks.markUnread(ada, lobby, 3, 9);
    const back = (await markOf(lobby))?.back;
    expect(await marks.markRead(ada, lobby, 6, back)).toBe(true);
    expect(await markOf(lobby)).toEqual({ read: 6, back, mentions: 0 });
    expect(await marks.markRead(ada, lobby, 8)).toBe(false);
    expect(await marks.markRead(ada, lobby, 10)).toBe(true);
    expect(await markOf(lobby)).toMatchObject({ read: 10, back });
    // A second one is later than the first: who knows of that one only is late.
    await marks.markUnread(ada, lobby, 2, 10);
    expect(await marks.markRead(ada, lobby, 10, back)).toBe(false);
  });
});

describe("mentions", () => {
  const mention = (room: RoomId, n: number, because: string = messageId(), on = true) => ({
    room,
    n,
    on,
    because,
  });

  it("are counted after the mark, and told with each change", async () => {
    const { marks, markOf, ownEvents } = await start();
    for (const n of [4, 2, 7]) await marks.noteMention(ada.id, bob, mention(lobby, n));
    await marks.markRead(ada, lobby, 4);
    expect(await ownEvents(ada)).toEqual([
      { type: "mention", by: bob, room: lobby, n: 4, on: true, mentions: 1 },
      { type: "mention", by: bob, room: lobby, n: 2, on: true, mentions: 2 },
      { type: "mention", by: bob, room: lobby, n: 7, on: true, mentions: 3 },
      { type: "read", by: ada, room: lobby, n: 4, mentions: 1 },
    ]);
    expect(await markOf(lobby)).toEqual({ read: 4, back: 0, mentions: 1 });
    await marks.markUnread(ada, lobby, 4, 9);
    expect(await markOf(lobby)).toMatchObject({ mentions: 2 });
  });

  it("are noted once, however often the message is sent again", async () => {
    const { marks, markOf, ownEvents } = await start();
    const because = messageId();
    for (let times = 0; times < 3; times++) await marks.noteMention(ada.id, bob, mention(lobby, 3, because));
    await marks.startReading(ada.id, lobby, 0);
    expect(await markOf(lobby)).toMatchObject({ mentions: 1 });
    expect(await ownEvents(ada)).toHaveLength(1);
  });

  it("are taken back, also twice, and when there was none", async () => {
    const { marks, markOf, ownEvents } = await start();
    await marks.startReading(ada.id, lobby, 0);
    await marks.noteMention(ada.id, bob, mention(lobby, 3));
    for (let times = 0; times < 2; times++)
      await marks.noteMention(ada.id, bob, mention(lobby, 3, messageId(), false));
    await marks.noteMention(ada.id, bob, mention(lobby, 4, messageId(), false));
    expect(await markOf(lobby)).toMatchObject({ mentions: 0 });
    expect((await ownEvents(ada)).slice(1)).toEqual([
      { type: "mention", by: bob, room: lobby, n: 3, on: false, mentions: 0 },
    ]);
  });

  it("do not grow without limit, and go with the room", async () => {
    const { marks, rooms, channel, redis, prefix } = await start();
    const plaza = await channel("Plaza");
    for (let n = 1; n <= 120; n++) await marks.noteMention(ada.id, bob, mention(plaza, n));
    expect((await marks.of(ada.id)).get(plaza)).toMatchObject({ mentions: 100 });
    await rooms.leave(ada, plaza);
    expect(await redis.hlen(`${prefix}{user:${ada.id}}:mentions`)).toBe(0);
  });
});
