import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { RoomId, UserEvent } from "../../services/protocol/index.ts";
import { batch, cursorAt, lobby, roomAt, said, startClient } from "./client-stand-in.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const team = "team" as RoomId;
const message = (seq: number) => ({
  ...(said(seq) as Extract<ReturnType<typeof said>, { type: "message" }>),
  rev: seq,
});
const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe("live events", () => {
  it("are handed out once, in order, and move head and cursor", () => {
    const { server, client, seqs, of } = startClient();
    server.welcome({ rooms: [roomAt(3)] });
    server.tell("room:events", batch(4, 5));
    server.tell("room:events", batch(4, 6));
    server.tell("room:events", batch(2, 3));
    expect(seqs()).toEqual([4, 5, 6]);
    expect(client.room(lobby)).toMatchObject({
      seq: 6,
      n: 6,
      cursor: cursorAt(6),
    });
    expect(of("head").map((event) => event.n)).toEqual([5, 6]);
  });

  it("count in seq when their type is unknown", () => {
    const { server, client, seqs } = startClient();
    server.welcome({ rooms: [roomAt(3)] });
    const strange = { ...said(4), type: "poll", n: 9 } as never;
    server.tell("room:events", {
      room: lobby,
      events: [strange],
      cursor: cursorAt(4),
    });
    server.tell("room:events", batch(5, 5));
    expect(seqs()).toEqual([4, 5]);
    expect(client.room(lobby)).toMatchObject({ seq: 5, n: 5 });
  });

  it("ask for what is missing when there is a gap, and wait for it", () => {
    const { server, seqs } = startClient();
    server.welcome({ rooms: [roomAt(3)] });
    server.tell("room:events", batch(6, 7));
    server.tell("room:events", batch(8, 8));
    expect(seqs()).toEqual([]);
    expect(server.waiting("room:sync")).toEqual([{ rooms: { lobby: cursorAt(3) } }]);
    server.answer("room:sync", {
      rooms: { lobby: { ...batch(4, 6), more: false } },
    });
    expect(seqs()).toEqual([4, 5, 6, 7, 8]);
    expect(server.waiting("room:sync")).toEqual([]);
  });
});

describe("after a reconnect", () => {
  it("what was missed comes before what is live, each once", async () => {
    const { server, client, seqs, cut, of } = startClient();
    server.welcome({ rooms: [roomAt(3)] });
    server.tell("room:events", batch(4, 4));
    await cut();
    expect(client.connection).toBe("offline");
    server.welcome({ rooms: [roomAt(7)] });
    server.tell("room:events", batch(8, 9));
    expect(seqs()).toEqual([4]);
    expect(server.waiting("room:sync")).toEqual([{ rooms: { lobby: cursorAt(4) } }]);
    server.answer("room:sync", {
      rooms: { lobby: { ...batch(5, 8), more: false } },
    });
    server.tell("room:events", batch(10, 10));
    expect(seqs()).toEqual(range(4, 10));
    expect(of("reset")).toEqual([]);
  });

  it("a room that did not move is not asked for", async () => {
    const { server, seqs, cut } = startClient();
    server.welcome({ rooms: [roomAt(3)] });
    await cut();
    server.welcome({ rooms: [roomAt(3)] });
    expect(server.waiting("room:sync")).toEqual([]);
    server.tell("room:events", batch(4, 4));
    expect(seqs()).toEqual([4]);
  });

  it("asks on while there is more, and for rooms that were left out", async () => {
    const { server, seqs, cut } = startClient();
    const teamAt = (seq: number) => roomAt(seq, { id: team });
    server.welcome({ rooms: [roomAt(1), teamAt(1)] });
    await cut();
    server.welcome({ rooms: [roomAt(5), teamAt(2)] });
    const first = server.answer("room:sync", {
      rooms: { lobby: { ...batch(2, 3), more: true } },
    });
    expect(Object.keys((first as { rooms: object }).rooms)).toEqual(["lobby"]);
    const second = server.answer("room:sync", {
      rooms: { lobby: { ...batch(4, 5), more: false } },
    });
    expect(second).toEqual({
      rooms: { team: cursorAt(1), lobby: cursorAt(3) },
    });
    server.answer("room:sync", {
      rooms: { team: { ...batch(2, 2, team), more: false } },
    });
    expect(seqs()).toEqual([2, 3, 4, 5]);
    expect(seqs(team)).toEqual([2]);
    expect(server.waiting("room:sync")).toEqual([]);
  });

  it("a sync that is answered unavailable is asked again, not faster than told", async () => {
    const { server, seqs, cut } = startClient();
    server.welcome({ rooms: [roomAt(1)] });
    await cut();
    server.welcome({ rooms: [roomAt(2)] });
    server.refuse("room:sync", { code: "unavailable", retryAfterMs: 700 });
    await vi.advanceTimersByTimeAsync(699);
    expect(server.waiting("room:sync")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    server.answer("room:sync", {
      rooms: { lobby: { ...batch(2, 2), more: false } },
    });
    expect(seqs()).toEqual([2]);
  });

  it("an answer that the lost connection owed changes nothing", async () => {
    const { server, seqs, cut } = startClient();
    server.welcome({ rooms: [roomAt(1)] });
    server.tell("room:events", batch(3, 3));
    await cut();
    server.welcome({ rooms: [roomAt(3)] });
    server.answer("room:sync", {
      rooms: { lobby: { ...batch(2, 3), more: false } },
    });
    expect(seqs()).toEqual([2, 3]);
  });

  it("rooms that are gone from the welcome are told as removed", async () => {
    const { server, client, of, cut } = startClient();
    server.welcome({ rooms: [roomAt(1), roomAt(1, { id: team })] });
    await cut();
    server.welcome({ rooms: [roomAt(1)] });
    expect(of("room-removed").map((event) => event.room)).toEqual([team]);
    expect(client.room(team)).toBeUndefined();
  });
});

describe("start over", () => {
  it("as the answer to a sync hands out the page, then what waited", async () => {
    const { server, told, cut } = startClient();
    server.welcome({ rooms: [roomAt(9)] });
    await cut();
    server.welcome({ rooms: [roomAt(2, { cursor: cursorAt(2, "bb") })] });
    server.tell("room:events", batch(3, 4));
    told.length = 0;
    server.answer("room:sync", {
      rooms: {
        lobby: {
          reset: true,
          messages: [message(1), message(2)],
          cursor: cursorAt(2, "bb"),
        },
      },
    });
    expect(told.map((event) => event.type)).toEqual(["reset", "events", "head"]);
    expect(told[0]).toMatchObject({ seq: 2, room: lobby });
    expect(told[1]).toMatchObject({ events: [{ seq: 3 }, { seq: 4 }] });
  });

  it("as a notice waits up to two seconds, reads the history and goes on from there", async () => {
    const { server, client, of, seqs } = startClient({ random: () => 0.5 });
    server.welcome({ rooms: [roomAt(9)] });
    server.tell("room:reset", { room: lobby });
    server.tell("room:events", batch(4, 4));
    await vi.advanceTimersByTimeAsync(999);
    expect(server.waiting("room:history")).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    server.answer("room:history", {
      messages: [message(3)],
      more: false,
      cursor: cursorAt(3, "bb"),
    });
    expect(of("reset")).toHaveLength(1);
    expect(seqs()).toEqual([4]);
    expect(client.room(lobby)).toMatchObject({ seq: 4, n: 4 });
  });

  it("of a room that one is not in any more takes it away", async () => {
    const { server, client, of } = startClient();
    server.welcome({ rooms: [roomAt(0), roomAt(9, { id: team })] });
    server.tell("room:reset", { room: team });
    await vi.advanceTimersByTimeAsync(0);
    server.refuse("room:history", { code: "forbidden" });
    expect(client.room(team)).toBeUndefined();
    expect(of("room-removed")).toMatchObject([{ room: team }]);
  });

  it("survives a lost connection in between", async () => {
    const { server, of, cut } = startClient();
    server.welcome({ rooms: [roomAt(9)] });
    server.tell("room:reset", { room: lobby });
    await cut();
    server.welcome({ rooms: [roomAt(9)] });
    expect(of("reset")).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    server.answer("room:history", {
      messages: [message(9)],
      more: false,
      cursor: cursorAt(9),
    });
    expect(of("reset")).toHaveLength(1);
    expect(server.waiting("room:history")).toEqual([]);
  });
});

describe("rooms", () => {
  const added = (seq: number, id: RoomId): UserEvent => ({
    seq,
    id: `e${seq}`,
    at: "2026-01-01T00:00:00.000Z",
    by: { id: "u1", name: "ada" } as UserEvent["by"],
    type: "room_added",
    room: roomAt(4, { id }),
  });
  const gone = (seq: number, id: RoomId): UserEvent => ({
    ...(added(seq, id) as Extract<UserEvent, { type: "room_added" }>),
    type: "room_removed",
    room: id as never,
  });

  it("come and go by one's own log", () => {
    const { server, client, of, seqs } = startClient();
    server.welcome();
    server.tell("me:events", { events: [added(1, team)], cursor: cursorAt(1) });
    server.tell("room:events", batch(5, 5, team));
    expect(of("rooms").flatMap((event) => event.rooms)).toMatchObject([{ id: team }]);
    expect(seqs(team)).toEqual([5]);
    server.tell("me:events", { events: [gone(2, team)], cursor: cursorAt(2) });
    expect(client.room(team)).toBeUndefined();
    expect(of("room-removed")).toHaveLength(1);
    expect(of("me-events")).toHaveLength(2);
  });

  it("come by an answer once, also when their events overtake it", async () => {
    const { server, client, of, seqs } = startClient();
    server.welcome();
    const joining = client.request("room:join", { room: team });
    server.tell("room:events", batch(5, 5, team));
    server.answer("room:join", { room: roomAt(4, { id: team }) });
    await joining;
    server.tell("me:events", { events: [added(1, team)], cursor: cursorAt(1) });
    server.answer("room:sync", {
      rooms: { team: { ...batch(5, 5, team), more: false } },
    });
    expect(of("rooms")).toHaveLength(1);
    expect(seqs(team)).toEqual([5]);
  });

  it("are caught up with by me:sync; one that was left and joined again stays", async () => {
    const { server, client, of, cut } = startClient();
    server.welcome({ rooms: [roomAt(0), roomAt(4, { id: team })] });
    await cut();
    server.welcome({
      rooms: [roomAt(0), roomAt(4, { id: team })],
      me: cursorAt(2),
    });
    expect(
      server.answer("me:sync", {
        events: [gone(1, team), added(2, team)],
        cursor: cursorAt(2),
        more: false,
      }),
    ).toEqual({ cursor: "0-0" });
    expect(of("room-removed")).toEqual([]);
    expect(client.room(team)).toBeDefined();
    expect(of("me-events").flatMap((e) => e.events)).toHaveLength(2);
  });

  it("that are added while me:sync is on its way wait for their turn", async () => {
    const { server, of, cut } = startClient();
    const other = "other" as RoomId;
    server.welcome();
    await cut();
    server.welcome({ rooms: [roomAt(0), roomAt(4, { id: team })], me: cursorAt(1) });
    server.tell("me:events", { events: [added(2, other)], cursor: cursorAt(2) });
    expect(of("me-events")).toEqual([]);
    server.answer("me:sync", { events: [added(1, team)], cursor: cursorAt(1), more: false });
    expect(of("me-events").flatMap((event) => event.events.map((e) => e.seq))).toEqual([1, 2]);
    expect(of("rooms").flatMap((event) => event.rooms.map((room) => room.id))).toEqual([other]);
  });

  it("count their members once, also when the welcome knew of the change before its event came", async () => {
    const { server, client, cut } = startClient();
    const joined = (seq: number) => ({
      room: lobby,
      events: [{ ...said(seq), type: "member", user: { id: "u3", name: "cy" }, joined: true } as never],
      cursor: cursorAt(seq),
    });
    server.welcome({ rooms: [roomAt(3, { members: 5 })] });
    await cut();
    server.welcome({ rooms: [roomAt(4, { members: 6 })] });
    server.answer("room:sync", { rooms: { lobby: { ...joined(4), more: false } } });
    expect(client.room(lobby)?.members).toBe(6);
    server.tell("room:events", joined(5));
    expect(client.room(lobby)?.members).toBe(7);
  });

  it("beyond the welcome are read on and followed", () => {
    const { server, client, of, seqs } = startClient();
    server.welcome({ moreRooms: "p2" as never });
    expect(server.answer("rooms:mine", { rooms: [roomAt(4, { id: team })] })).toEqual({ cursor: "p2" });
    server.tell("room:events", batch(5, 5, team));
    expect(of("rooms")).toHaveLength(1);
    expect(client.room(team)).toMatchObject({ seq: 5 });
    expect(seqs(team)).toEqual([5]);
  });

  it("are read once per mark, whoever says it first", async () => {
    const { server, client, of } = startClient();
    server.welcome({ rooms: [roomAt(9)] });
    const reading = client.request("room:read", { room: lobby, n: 7 });
    server.answer("room:read", {});
    await reading;
    const read = {
      ...gone(1, lobby),
      type: "read",
      n: 7,
    } as unknown as UserEvent;
    server.tell("me:events", { events: [read], cursor: cursorAt(1) });
    expect(of("read").map((event) => event.n)).toEqual([7]);
    expect(client.room(lobby)?.read).toBe(7);
  });

  it("may be unread again, as one's own log alone tells, and a reading says which going back it knows of", async () => {
    const { server, client, of } = startClient();
    server.welcome({ rooms: [{ ...roomAt(9), read: 9 }] });
    const mark = (seq: number, n: number, more = {}) =>
      ({ ...gone(seq, lobby), type: "read", n, mentions: 0, ...more }) as unknown as UserEvent;
    const tell = (event: UserEvent) =>
      server.tell("me:events", { events: [event], cursor: cursorAt(event.seq) });
    tell(mark(1, 4, { back: true, mentions: 2 }));
    expect(client.room(lobby)).toMatchObject({ read: 4, back: 1, mentions: 2 });
    const reading = client.request("room:read", { room: lobby, n: 9 });
    expect(server.waiting("room:read")).toEqual([{ room: lobby, n: 9, back: 1 }]);
    server.answer("room:read", {});
    await reading;
    tell(mark(2, 9));
    expect(of("read").map(({ n, mentions }) => [n, mentions])).toEqual([
      [4, 2],
      [9, 0],
    ]);
  });

  it("tell of mentions, counted by the server", () => {
    const { server, client, of } = startClient();
    server.welcome({ rooms: [roomAt(9)] });
    const event = { ...gone(1, lobby), type: "mention", n: 9, on: true, mentions: 3 } as unknown as UserEvent;
    server.tell("me:events", { events: [event], cursor: cursorAt(1) });
    expect(of("mention")).toMatchObject([{ room: lobby, n: 9, on: true, mentions: 3 }]);
    expect(client.room(lobby)?.mentions).toBe(3);
  });

  it("that are large send heads; their events come when they are looked at", async () => {
    const { server, client, of, seqs } = startClient();
    server.welcome({ rooms: [roomAt(2)] });
    server.tell("room:head", {
      room: lobby,
      seq: 4,
      n: 4,
      cursor: cursorAt(4),
    });
    expect(of("head")).toMatchObject([{ seq: 4, n: 4 }]);
    const focusing = client.request("room:focus", { room: lobby });
    server.answer("room:focus", {});
    await focusing;
    server.answer("room:sync", {
      rooms: { lobby: { ...batch(3, 4), more: false } },
    });
    expect(seqs()).toEqual([3, 4]);
    expect(of("head")).toHaveLength(1);
  });

  it("tell the next connection which one is on screen", async () => {
    const { server, client, cut } = startClient();
    server.welcome();
    const focusing = client.request("room:focus", { room: lobby });
    server.answer("room:focus", {});
    await focusing;
    await cut();
    server.welcome();
    expect(server.waiting("room:focus")).toEqual([{ room: lobby }]);
  });
});

describe("the list of users", () => {
  it("is watched again on each connection, page before changes", async () => {
    const { server, client, told, cut } = startClient();
    const order: string[] = [];
    client.listen((event) => {
      if (event.type === "users-changed") order.push("changes");
    });
    client.watchUsers({ limit: 10 }, () => order.push("page"));
    server.welcome();
    server.answer("users:watch", { users: [], count: 0 });
    server.tell("users:changes", { changes: [] });
    await cut();
    server.welcome();
    expect(server.waiting("users:watch")).toEqual([{ limit: 10 }]);
    server.answer("users:watch", { users: [], count: 0 });
    expect(order).toEqual(["page", "changes", "page"]);
    expect(told.length).toBeGreaterThan(0);
  });
});
