import { describe, expect, it } from "vitest";
import { genesis, type LogName } from "../../services/logs/index.ts";
import type { Cursor, PageCursor, Person, Room, RoomId } from "../../services/protocol/index.ts";
import { allRead, createMarks, createRooms, roomView } from "../../services/rooms/index.ts";
import { roomKeys } from "../../services/rooms/room-keys.ts";
import {
  ada,
  bob,
  createStage,
  errorOf,
  eve,
  messageId,
  person,
  redisOfFile,
  roomLog,
  said,
} from "./stage.ts";

const server = redisOfFile();
const lobby = "lobby" as RoomId;
const newId = () => messageId() as string as RoomId;

async function start(options: { roomsPerUser?: number } = {}) {
  const stage = await createStage(server());
  const marks = createMarks(stage);
  const rooms = createRooms({ ...stage, marks, roomsPerUser: options.roomsPerUser ?? 0 });
  const channel = async (name: string, by = ada) =>
    (await rooms.create(by, { name, kind: "channel" })).facts.id;
  /** The events of a log, without what is different each time. */
  const eventsOf = async (name: LogName) => {
    const missed = await stage.logs.since(name, genesis, { maxEntries: 1_000, maxBytes: 1_000_000 });
    return (missed?.entries ?? []).map((entry) => {
      const { id: _, ...event } = JSON.parse(`{${entry.body}`) as { id: string; type: string; room?: Room };
      return event;
    });
  };
  return {
    ...stage,
    rooms,
    marks,
    channel,
    keys: roomKeys(stage.prefix),
    roomEvents: (id: RoomId) => eventsOf(roomLog(id)),
    ownEvents: (of: Person) => eventsOf({ kind: "user", id: of.id }),
    own: async (of: Person) => (await rooms.mine(of.id)).rooms,
  };
}

describe("creating a room", () => {
  it("makes the creator its first member, and tells all of their devices", async () => {
    const { rooms, roomEvents, ownEvents, own } = await start();
    const { facts, head } = await rooms.create(ada, {
      name: "Plaza",
      kind: "channel",
      topic: "talk",
    });
    expect(facts).toMatchObject({ name: "Plaza", kind: "channel", topic: "talk", members: 1 });
    expect([...facts.roles]).toEqual([[ada.id, "owner"]]);
    expect(await own(ada)).toEqual([facts.id]);
    expect(await rooms.isMember(facts.id, ada.id)).toBe(true);
    expect(await roomEvents(facts.id)).toEqual([{ type: "room", by: ada, name: "Plaza", topic: "talk" }]);
    const [added] = await ownEvents(ada);
    expect(added).toMatchObject({
      type: "room_added",
      room: { id: facts.id, name: "Plaza", seq: head.seq, read: 0 },
    });
  });

  it("is done once for an id, however often it is asked for", async () => {
    const { rooms, roomEvents, ownEvents } = await start();
    const room = { id: newId(), name: "Plaza", kind: "private" } as const;
    for (let times = 0; times < 3; times++) expect((await rooms.create(ada, room)).facts.id).toBe(room.id);
    expect(await roomEvents(room.id)).toHaveLength(1);
    expect(await ownEvents(ada)).toHaveLength(1);
    const other = { ...room, id: newId() };
    const made = await Promise.all([rooms.create(ada, other), rooms.create(ada, other)]);
    expect(made.map(({ facts }) => facts.members)).toEqual([1, 1]);
    expect(await roomEvents(other.id)).toHaveLength(1);
  });

  it("lets nobody come back by creating what they have left", async () => {
    const { rooms } = await start();
    const room = { id: newId(), name: "Den", kind: "private" } as const;
    await rooms.create(ada, room);
    await rooms.invite(ada, room.id, bob);
    await rooms.leave(ada, room.id);
    expect(await errorOf(rooms.create(ada, room))).toMatchObject({ code: "conflict" });
    expect(await rooms.isMember(room.id, ada.id)).toBe(false);
  });

  it("refuses an id that is taken, and the lobby's", async () => {
    const { rooms, own } = await start();
    const room = { id: newId(), name: "Plaza", kind: "private" } as const;
    await rooms.create(ada, room);
    for (const attempt of [
      () => rooms.create(bob, room),
      () => rooms.create(ada, { ...room, name: "Other" }),
      () => rooms.create(ada, { ...room, kind: "channel" as const }),
    ]) {
      expect(await errorOf(attempt())).toMatchObject({ code: "conflict", field: "id" });
    }
    expect(await rooms.isMember(room.id, bob.id)).toBe(false);
    expect(await own(bob)).toEqual([]);
    const [facts] = await rooms.describe([room.id]);
    expect(facts).toMatchObject({ name: "Plaza", kind: "private", members: 1 });
    const inLobby = Promise.resolve().then(() => rooms.create(ada, { ...room, id: lobby }));
    expect(await errorOf(inLobby)).toMatchObject({ code: "conflict", field: "id" });
  });
});

describe("members", () => {
  it("come into a channel by themselves", async () => {
    const { rooms, channel, roomEvents, ownEvents, own, logs } = await start();
    const plaza = await channel("Plaza");
    await logs.append(roomLog(plaza), said("before bob came"));
    const entered = await rooms.join(bob, plaza);
    expect(entered).toMatchObject({ facts: { members: 2 }, head: { seq: 3, n: 1 } });
    expect((await roomEvents(plaza)).at(-1)).toEqual({ type: "member", by: bob, user: bob, joined: true });
    expect(await own(bob)).toEqual([plaza]);
    // What was said before they came is nothing that they have missed.
    expect(await ownEvents(bob)).toMatchObject([{ type: "room_added", room: { id: plaza, n: 1, read: 1 } }]);
    expect((await rooms.mine(bob.id)).marks.get(plaza)?.read).toBe(1);
  });

  it("come once", async () => {
    const { rooms, channel, roomEvents, ownEvents } = await start();
    const plaza = await channel("Plaza");
    await Promise.all([rooms.join(bob, plaza), rooms.join(bob, plaza)]);
    const told = (await ownEvents(bob)).length;
    expect(await rooms.join(bob, plaza)).toMatchObject({ facts: { members: 2 } });
    expect(await roomEvents(plaza)).toHaveLength(2);
    expect(await ownEvents(bob)).toHaveLength(told);
  });

  it("come into a private room only when they are invited", async () => {
    const { rooms, roomEvents, ownEvents, own } = await start();
    const { facts } = await rooms.create(ada, { name: "Den", kind: "private" });
    expect(await errorOf(rooms.join(bob, facts.id))).toMatchObject({ code: "forbidden", field: "room" });
    expect(await errorOf(rooms.invite(bob, facts.id, bob))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(rooms.invite(eve, facts.id, bob))).toMatchObject({ code: "forbidden" });
    expect(await rooms.isMember(facts.id, bob.id)).toBe(false);
    expect(await ownEvents(bob)).toEqual([]);
    await rooms.invite(ada, facts.id, bob);
    expect(await own(bob)).toEqual([facts.id]);
    expect((await roomEvents(facts.id)).at(-1)).toEqual({ type: "member", by: ada, user: bob, joined: true });
    expect(await ownEvents(bob)).toMatchObject([{ type: "room_added", by: ada, room: { id: facts.id } }]);
    await rooms.invite(bob, facts.id, eve);
    expect(await rooms.members(facts.id)).toEqual({ ids: [ada.id, bob.id, eve.id], count: 3 });
  });

  it("who were invited twice are told once", async () => {
    const { rooms, channel, ownEvents } = await start();
    const plaza = await channel("Plaza");
    await rooms.invite(ada, plaza, bob);
    await rooms.invite(ada, plaza, bob);
    expect(await ownEvents(bob)).toHaveLength(1);
  });

  it("are told when the telling failed the first time and they are asked again", async () => {
    const { rooms, channel, ownEvents, redis, keys } = await start();
    const plaza = await channel("Plaza");
    // A node died after it had made bob a member, before it told him.
    await redis.zadd(keys.members(plaza), 0, bob.id);
    await rooms.invite(ada, plaza, bob);
    expect(await ownEvents(bob)).toMatchObject([{ type: "room_added", room: { id: plaza } }]);
    await rooms.invite(ada, plaza, bob);
    expect(await ownEvents(bob)).toHaveLength(1);
  });

  it("leave, and come again", async () => {
    const { rooms, channel, roomEvents, ownEvents, own } = await start();
    const plaza = await channel("Plaza");
    await rooms.join(bob, plaza);
    await rooms.leave(bob, plaza);
    await rooms.leave(bob, plaza);
    expect(await rooms.isMember(plaza, bob.id)).toBe(false);
    expect(await own(bob)).toEqual([]);
    expect((await rooms.mine(bob.id)).marks.size).toBe(0);
    await rooms.join(bob, plaza);
    const changes = (await roomEvents(plaza)).slice(1);
    expect(changes).toMatchObject([{ joined: true }, { joined: false }, { joined: true }]);
    expect((await ownEvents(bob)).map(({ type, room }) => [type, room?.id ?? room])).toEqual([
      ["room_added", plaza],
      ["room_removed", plaza],
      ["room_added", plaza],
    ]);
  });

  it("cannot leave a private room and come back by themselves", async () => {
    const { rooms } = await start();
    const { facts } = await rooms.create(ada, { name: "Den", kind: "private" });
    await rooms.invite(ada, facts.id, bob);
    await rooms.leave(bob, facts.id);
    expect(await errorOf(rooms.join(bob, facts.id))).toMatchObject({ code: "forbidden" });
  });

  it("are listed page by page", async () => {
    const { rooms, channel, redis, keys } = await start();
    const plaza = await channel("Plaza");
    const ids = Array.from({ length: 249 }, (_, i) => `u${String(i).padStart(3, "0")}`);
    await redis.zadd(keys.members(plaza), ...ids.flatMap((id) => [0, id]));
    const seen: string[] = [];
    let cursor: PageCursor | undefined;
    do {
      const page = await rooms.members(plaza, cursor);
      expect(page.count).toBe(250);
      expect(page.ids.length).toBeLessThanOrEqual(100);
      seen.push(...page.ids);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual([ada.id, ...ids].sort());
  });
});

describe("the lobby and rooms that are not there", () => {
  it("has everybody in it, always", async () => {
    const { rooms } = await start();
    expect(await rooms.isMember(lobby, eve.id)).toBe(true);
    expect(await rooms.join(eve, lobby)).toMatchObject({ facts: { id: lobby, kind: "channel" } });
    expect(await errorOf(rooms.leave(eve, lobby))).toMatchObject({ code: "forbidden", field: "room" });
    await rooms.invite(ada, lobby, eve);
    expect(await rooms.mine(eve.id)).toEqual({ rooms: [], marks: new Map() });
  });

  it("says so for a room that is not there", async () => {
    const { rooms, own } = await start();
    const nowhere = "nowhere" as RoomId;
    const missing = { code: "not_found", field: "room" };
    expect(await errorOf(rooms.join(ada, nowhere))).toMatchObject(missing);
    expect(await errorOf(rooms.leave(ada, nowhere))).toMatchObject(missing);
    expect(await errorOf(rooms.invite(ada, nowhere, bob))).toMatchObject(missing);
    expect(await rooms.describe([nowhere, lobby])).toMatchObject([undefined, { id: lobby }]);
    expect(await own(ada)).toEqual([]);
  });
});

describe("direct conversations", () => {
  it("are the same room from both sides, and both are told", async () => {
    const { rooms, ownEvents, own } = await start();
    const one = await rooms.openDirect(ada, bob);
    const two = await rooms.openDirect(bob, ada);
    expect(two.facts.id).toBe(one.facts.id);
    expect(one.facts).toMatchObject({ kind: "direct", name: "" });
    expect(two.facts.members).toBe(2);
    const [three, four] = await Promise.all([rooms.openDirect(bob, eve), rooms.openDirect(eve, bob)]);
    expect(four.facts).toEqual(three.facts);
    expect(await own(ada)).toEqual([one.facts.id]);
    expect((await own(bob)).sort()).toEqual([one.facts.id, three.facts.id].sort());
    expect(await ownEvents(ada)).toMatchObject([{ type: "room_added", room: { name: bob.name, peer: bob } }]);
    const [toldBob] = await ownEvents(bob);
    expect(toldBob).toMatchObject({ type: "room_added", room: { name: ada.name, peer: ada } });
  });

  it("tell whoever was not told because a node died", async () => {
    const { rooms, ownEvents, redis, keys } = await start();
    const { facts } = await rooms.openDirect(ada, bob);
    await redis.del(keys.reads(bob.id), `${keys.reads(bob.id).replace(/reads$/, "log")}`);
    await redis.del(keys.reads(bob.id).replace(/reads$/, "head"));
    await rooms.openDirect(ada, bob);
    expect(await ownEvents(bob)).toMatchObject([{ type: "room_added", room: { id: facts.id, peer: ada } }]);
    expect(await ownEvents(ada)).toHaveLength(1);
  });

  it("are others for other people", async () => {
    const { rooms } = await start();
    const pairs = [
      [ada, bob],
      [ada, eve],
      [bob, eve],
      [person("ada-b"), person("ob")],
      [person("ada"), person("b-ob")],
    ] as const;
    const ids = await Promise.all(pairs.map(async ([a, b]) => (await rooms.openDirect(a, b)).facts.id));
    expect(new Set(ids).size).toBe(pairs.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  });

  it("are for two, for ever", async () => {
    const { rooms } = await start();
    const alone = Promise.resolve().then(() => rooms.openDirect(ada, ada));
    expect(await errorOf(alone)).toMatchObject({ code: "invalid", field: "to" });
    const { id } = (await rooms.openDirect(ada, bob)).facts;
    expect(await errorOf(rooms.leave(ada, id))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(rooms.invite(ada, id, eve))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(rooms.join(eve, id))).toMatchObject({ code: "forbidden" });
    expect(await rooms.members(id)).toEqual({ ids: [ada.id, bob.id], count: 2 });
  });
});

describe("the index of a user's rooms", () => {
  it("is mended where it names a room that the user is not in", async () => {
    const { rooms, channel, redis, keys, own } = await start();
    const plaza = await channel("Plaza");
    const long = Date.now() - 3_600_000;
    await redis.zadd(keys.roomsOf(ada.id), long, "gone", long, "never-was");
    expect(await own(ada)).toEqual([plaza]);
    expect(await redis.zrange(keys.roomsOf(ada.id), "0", "-1")).toEqual([plaza]);
    expect(await rooms.isMember(plaza, ada.id)).toBe(true);
  });

  it("is not mended under somebody who is just coming in", async () => {
    const { channel, redis, keys, own } = await start();
    const plaza = await channel("Plaza", bob);
    // Another node has noted the room, and is about to make ada a member.
    await redis.zadd(keys.roomsOf(ada.id), Date.now(), plaza);
    expect(await own(ada)).toEqual([]);
    await redis.zadd(keys.members(plaza), 0, ada.id);
    expect(await own(ada)).toEqual([plaza]);
  });

  it("stays right when somebody comes, looks and leaves all the time", async () => {
    const { rooms, channel, own } = await start();
    const plaza = await channel("Plaza", bob);
    for (let round = 0; round < 30; round++) {
      await Promise.all([rooms.mine(ada.id), rooms.join(ada, plaza), rooms.mine(ada.id)]);
      expect(await own(ada)).toEqual([plaza]);
      await rooms.leave(ada, plaza);
      expect(await own(ada)).toEqual([]);
    }
  });
});

describe("how many rooms one may be in", () => {
  it("is limited, also for those who are invited, and leaving makes room", async () => {
    const { rooms, channel, own } = await start({ roomsPerUser: 2 });
    const first = await channel("first");
    await channel("second");
    const others = await channel("others", bob);
    for (const attempt of [
      () => rooms.create(ada, { name: "third", kind: "channel" }),
      () => rooms.join(ada, others),
      () => rooms.invite(bob, others, ada),
      () => rooms.openDirect(bob, ada),
    ]) {
      expect(await errorOf(attempt())).toMatchObject({ code: "conflict" });
    }
    // Where one is already one can be.
    expect(await rooms.join(ada, first)).toMatchObject({ facts: { members: 1 } });
    await rooms.leave(ada, first);
    await rooms.join(ada, others);
    expect(await own(ada)).toHaveLength(2);
  });

  it("is kept also by somebody who comes into many at the same moment", async () => {
    const { channel, own } = await start({ roomsPerUser: 5 });
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => channel(`room ${i}`)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(await own(ada)).toHaveLength(5);
  });

  it("leaves a fifth to oneself, however many invitations come", async () => {
    const { rooms, channel, own } = await start({ roomsPerUser: 10 });
    for (let i = 0; i < 8; i++) await rooms.invite(bob, await channel(`trap ${i}`, bob), ada);
    const refused = { code: "conflict" };
    await rooms.leave(bob, (await own(bob))[0] as RoomId);
    expect(await errorOf(rooms.invite(bob, await channel("one more", bob), ada))).toMatchObject(refused);
    expect(await errorOf(rooms.openDirect(bob, ada))).toMatchObject(refused);
    await channel("mine");
    await channel("mine too");
    expect(await own(ada)).toHaveLength(10);
    expect(await errorOf(channel("too many"))).toMatchObject(refused);
  });

  it("is not used up by rooms that could not be entered", async () => {
    const { rooms, channel } = await start({ roomsPerUser: 2 });
    for (const name of ["no-1", "no-2", "no-3", "no-4"]) await errorOf(rooms.join(ada, name as RoomId));
    await channel("first");
    await channel("second");
  });

  it("is not limited at 0", async () => {
    const { channel, own } = await start({ roomsPerUser: 0 });
    for (let i = 0; i < 20; i++) await channel(`room ${i}`);
    expect(await own(ada)).toHaveLength(20);
  });
});

describe("the directory", () => {
  const names = (page: { rooms: readonly { name: string }[] }) => page.rooms.map((room) => room.name);

  it("lists channels by name, and neither private rooms nor conversations", async () => {
    const { rooms, channel } = await start();
    for (const name of ["beta", "Alpha", "gamma"]) await channel(name);
    await rooms.create(ada, { name: "alpha secret", kind: "private" });
    await rooms.openDirect(ada, bob);
    expect(names(await rooms.directory(""))).toEqual(["Alpha", "beta", "gamma"]);
  });

  it("finds what starts with the query, without regard to case, in any script", async () => {
    const { rooms, channel } = await start();
    for (const name of ["Ärzte", "arzt", "Кошки", "кот", "ΟΔΟΣΑ", "猫の部屋", "猫", "hello there"])
      await channel(name);
    const find = async (query: string) => names(await rooms.directory(query));
    expect(await find("ÄR")).toEqual(["Ärzte"]);
    expect(await find("КО")).toEqual(["кот", "Кошки"]);
    expect(await find("οδος")).toEqual(["ΟΔΟΣΑ"]);
    expect(await find("ΟΔΟΣ")).toEqual(["ΟΔΟΣΑ"]);
    expect(await find("猫")).toEqual(["猫", "猫の部屋"]);
    expect(await find("  Hello T ")).toEqual(["hello there"]);
    expect(await find("ello")).toEqual([]);
    expect(await find("z")).toEqual([]);
    expect(await find("[a")).toEqual([]);
  });

  it("keeps rooms of the same name apart", async () => {
    const { rooms, channel } = await start();
    const ids = [await channel("same"), await channel("same"), await channel("Same")];
    const page = await rooms.directory("same");
    expect(page.rooms.map((room) => room.id).sort()).toEqual(ids.sort());
  });

  it("comes in pages, with the query and without", async () => {
    const { rooms, redis, keys, channel } = await start();
    const all = Array.from({ length: 120 }, (_, i) => `room ${String(i).padStart(3, "0")}`);
    for (const name of all) {
      await redis.zadd(keys.directory, 0, `${name}\u0000id-${name.slice(5)}`);
      await redis.hset(keys.meta(`id-${name.slice(5)}` as RoomId), "name", name, "kind", "channel");
    }
    await channel("zebra");
    for (const [query, expected] of [
      ["", [...all, "zebra"]],
      ["ROOM", all],
      ["room 11", all.slice(110)],
    ] as const) {
      const found: string[] = [];
      let cursor: PageCursor | undefined;
      do {
        const page = await rooms.directory(query, cursor);
        expect(page.rooms.length).toBeLessThanOrEqual(50);
        found.push(...names(page));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(found).toEqual(expected);
    }
  });

  it("answers something sensible to a cursor that somebody made up", async () => {
    const { rooms, channel } = await start();
    for (const name of ["alpha", "beta", "gamma"]) await channel(name);
    for (const forged of ["YQ", "____", "A".repeat(400)]) {
      const found = names(await rooms.directory("", forged as PageCursor));
      expect(["alpha", "beta", "gamma"].slice(3 - found.length)).toEqual(found);
    }
  });
});

describe("a room as its member sees it", () => {
  const head = { seq: 9, n: 4, chain: "abc", atMs: 0 };
  const facts = {
    id: "r" as RoomId,
    kind: "direct",
    name: "",
    topic: "",
    description: "",
    archived: false,
    slowSeconds: 0,
    members: 2,
    roles: new Map(),
    mutes: new Map(),
  } as const;
  const own = { viewer: ada.id, nowMs: 5_000 };

  it("is called after the other person when it is a conversation", () => {
    expect(roomView(facts, head, { ...own, mark: allRead(3), peer: bob })).toEqual({
      id: "r",
      name: "bob",
      kind: "direct",
      peer: bob,
      cursor: "9-abc" as Cursor,
      seq: 9,
      n: 4,
      read: 3,
      members: 2,
      at: null,
    });
  });

  it("tells topic and time when there are any", () => {
    const room = roomView(
      { ...facts, kind: "channel", name: "P", topic: "t" },
      { ...head, atMs: 1_000 },
      { ...own, mark: allRead(4) },
    );
    expect(room).toMatchObject({ name: "P", topic: "t", at: "1970-01-01T00:00:01.000Z" });
    expect(room).not.toHaveProperty("peer");
  });

  it("tells what it is about, how one may write there, and who one is in it", () => {
    const room = roomView(
      {
        ...facts,
        kind: "channel",
        description: "d",
        archived: true,
        slowSeconds: 30,
        roles: new Map([[ada.id, "owner"]]),
        mutes: new Map([[ada.id, { untilMs: 6_000, reason: "loud" }]]),
      },
      head,
      { ...own, mark: allRead(4) },
    );
    expect(room).toMatchObject({ description: "d", archived: true, slowSeconds: 30, role: "owner" });
    expect(room.muted).toEqual({ until: "1970-01-01T00:00:06.000Z", reason: "loud" });
  });

  it("tells nothing of a mute that is over, or of somebody else's", () => {
    const mutes = new Map([
      [ada.id, { untilMs: 5_000 }],
      [bob.id, { untilMs: 0 }],
    ]);
    expect(roomView({ ...facts, mutes }, head, { ...own, mark: allRead(4) })).not.toHaveProperty("muted");
    expect(roomView({ ...facts, mutes }, head, { ...own, viewer: bob.id, mark: allRead(4) }).muted).toEqual({
      until: null,
    });
  });
});
