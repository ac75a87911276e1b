import { describe, expect, test } from "vitest";
import type { Room, RoomEvent } from "../../services/protocol/index.ts";
import type { OutboxEntry } from "../../web/client/contract.ts";
import { type Action, initialState, lobbyId, type State } from "../../web/src/state/model.ts";
import { reduce } from "../../web/src/state/reduce.ts";
import { pendingIn, roomLists, timelineOf, totalUnread, unreadOf } from "../../web/src/state/select.ts";
import { createStore } from "../../web/src/state/store.ts";

const ada = { id: "u-ada" as never, name: "ada", number: 1 };
const grace = { id: "u-grace" as never, name: "grace" };

function room(id: string, more: Partial<Room> = {}): Room {
  return {
    id: id as never,
    name: id,
    kind: "channel",
    cursor: "0-0" as never,
    seq: 0,
    n: 0,
    read: 0,
    members: 1,
    at: null,
    ...more,
  };
}

function welcome(...rooms: Room[]): Action {
  return {
    type: "welcome",
    welcome: {
      user: ada,
      node: "n1",
      rooms,
      me: "0-0" as never,
      status: { mode: "auto", lastSeen: true },
      online: 1,

      preferences: { receipts: true },
      limits: {
        textBytes: 0,
        frameBytes: 0,
        messagesPerSecond: 0,
        messagesBurst: 0,
        eventsPerSecond: 0,
        roomsPerUser: 0,
        mentionAllMembers: 100,
        retryWithinMs: 0,
      },
      serverTime: "2026-11-24T10:00:00.000Z",
      version: "0.1.0",
    },
  };
}

function message(seq: number, id: string, by: typeof grace = grace): RoomEvent {
  return { type: "message", seq, n: seq, id, at: "2026-11-24T10:00:00.000Z", by, text: `text of ${id}` };
}

const events = (...told: RoomEvent[]): Action => ({ type: "events", room: lobbyId, events: told });

function entry(id: string, state: OutboxEntry["state"] = "waiting"): OutboxEntry {
  return { id: id as never, room: lobbyId, text: `text of ${id}`, at: "2026-11-24T10:00:00.000Z", state };
}

const outbox = (...entries: OutboxEntry[]): Action => ({ type: "outbox", entries });
const sent = (id: string, seq: number): Action => ({
  type: "sent",
  room: lobbyId,
  id: id as never,
  seq,
  n: seq,
  at: "2026-11-24T10:00:00.000Z",
});

function run(...actions: Action[]): State {
  return actions.reduce((state, action) => reduce(state, action, 0), initialState);
}

/** What the person sees of the lobby, in order. */
function shown(state: State): string[] {
  return [
    ...timelineOf(state, lobbyId).entries.map((one) => one.id),
    ...pendingIn(state, lobbyId).map((one) => `${one.id}?`),
  ];
}

describe("one's own message", () => {
  const start = [welcome(room("lobby")), outbox(entry("a"))];
  const mine = message(1, "a", ada);

  test.for([
    ["acknowledged, taken from the outbox, echoed", [sent("a", 1), outbox(), events(mine)]],
    ["taken from the outbox, acknowledged, echoed", [outbox(), sent("a", 1), events(mine)]],
    ["acknowledged, echoed, taken from the outbox", [sent("a", 1), events(mine), outbox()]],
    ["echoed, acknowledged, taken from the outbox", [events(mine), sent("a", 1), outbox()]],
    [
      "echoed although the acknowledgement was lost, then acknowledged on the retry",
      [events(mine), outbox(entry("a")), sent("a", 1), outbox()],
    ],
  ] as const)("is on screen exactly once at every step: %s", ([, steps]) => {
    let state = run(...start);
    expect(shown(state)).toEqual(["a?"]);
    for (const step of steps) {
      state = reduce(state, step, 0);
      expect(shown(state).map((one) => one.replace("?", ""))).toEqual(["a"]);
    }
    expect(shown(state)).toEqual(["a"]);
    expect(state.settling).toEqual([]);
  });

  test("waits below what others wrote, and takes its place once that is known", () => {
    let state = run(...start, events(message(1, "x")));
    expect(shown(state)).toEqual(["x", "a?"]);
    state = reduce(state, sent("a", 3), 0);
    expect(shown(state)).toEqual(["x", "a"]);
    state = reduce(state, events(message(2, "y"), message(3, "a", ada)), 0);
    expect(shown(state)).toEqual(["x", "y", "a"]);
  });

  test("is gone when it is discarded", () => {
    const state = run(
      ...start,
      outbox(entry("a", "failed")),
      { type: "discarding", id: "a" as never },
      outbox(),
    );
    expect(shown(state)).toEqual([]);
    expect(state.settling).toEqual([]);
  });
});

describe("unread counts", () => {
  test("are the newest message less the last one read, on whatever device", () => {
    let state = run(welcome(room("lobby", { seq: 9, n: 7, read: 4 }), room("other", { n: 2, read: 2 })));
    expect(totalUnread(state)).toBe(3);
    state = reduce(state, events({ ...message(10, "x"), n: 8 } as RoomEvent), 0);
    expect(totalUnread(state)).toBe(4);
    state = reduce(state, { type: "head", room: "other" as never, seq: 20, n: 12 }, 0);
    expect(totalUnread(state)).toBe(14);
    state = reduce(state, { type: "read", room: lobbyId, n: 8, mentions: 0 }, 0);
    expect(totalUnread(state)).toBe(10);
    state = reduce(state, { type: "read", room: lobbyId, n: 3, mentions: 0 }, 0);
    expect(unreadOf(state.rooms[lobbyId] as Room)).toBe(5);
  });

  test("of mentions are as told, and a going back that one did not hear of is in the welcome", () => {
    const mention = {
      type: "mention",
      room: lobbyId,
      n: 8,
      on: true,
      by: { id: "u-2", name: "bob" } as never,
      mentions: 2,
    } as const;
    let state = run(welcome(room("lobby", { n: 9, read: 6 })), mention);
    expect(state.rooms[lobbyId]).toMatchObject({ mentions: 2 });
    state = reduce(state, { type: "read", room: lobbyId, n: 9, mentions: 0 }, 0);
    expect(state.rooms[lobbyId]).toMatchObject({ read: 9, mentions: 0 });
    state = reduce(state, welcome(room("lobby", { n: 9, read: 4, back: 17, mentions: 1 })), 0);
    expect(state.rooms[lobbyId]).toMatchObject({ read: 4, back: 17, mentions: 1 });
  });

  test("a welcome is the truth about one's rooms, but forgets nothing that was read", () => {
    const state = run(
      welcome(room("lobby", { n: 9, read: 2 }), room("gone")),
      { type: "read", room: lobbyId, n: 9, mentions: 0 },
      welcome(room("lobby", { n: 9, read: 2 })),
    );
    expect(Object.keys(state.rooms)).toEqual(["lobby"]);
    expect(totalUnread(state)).toBe(0);
  });

  test("the new line stands where one had read to when the room was opened, and stays while one reads", () => {
    const opened: Action = { type: "navigated", route: { room: lobbyId, about: false } };
    let state = run(welcome(room("lobby", { n: 9, read: 6 })), opened);
    expect(timelineOf(state, lobbyId).newAfter).toBe(6);
    state = reduce(state, { type: "read", room: lobbyId, n: 9, mentions: 0 }, 0);
    expect(timelineOf(state, lobbyId).newAfter).toBe(6);
    state = reduce(state, { type: "left-room-view", room: lobbyId }, 0);
    expect(timelineOf(state, lobbyId).newAfter).toBeNull();
    // Opened by an address, before anything is known of the room.
    expect(timelineOf(run(opened, welcome(room("lobby", { n: 9, read: 6 }))), lobbyId).newAfter).toBe(6);
  });
});

describe("rooms", () => {
  test("the lobby is first, conversations with people are sorted by who wrote last", () => {
    const { rooms } = run(
      welcome(
        room("b"),
        room("a", { kind: "private" }),
        room("lobby", { name: "zzz" }),
        room("d1", { kind: "direct", at: "2026-11-23T10:00:00.000Z" }),
        room("d2", { kind: "direct", at: "2026-11-24T10:00:00.000Z" }),
      ),
    );
    const lists = roomLists(rooms);
    expect(lists.channels.map((one) => one.id)).toEqual(["lobby", "a", "b"]);
    expect(lists.direct.map((one) => one.id)).toEqual(["d2", "d1"]);
  });

  test("a new topic is shown at once, a room that was left is gone with what was said in it", () => {
    const change: RoomEvent = {
      type: "room",
      seq: 1,
      id: "r",
      at: "2026-11-24T10:00:00.000Z",
      by: grace,
      topic: "new",
    };
    let state = run(welcome(room("lobby")), events(change));
    expect(state.rooms[lobbyId]?.topic).toBe("new");
    state = reduce(state, { type: "room-removed", room: lobbyId }, 0);
    expect(state.rooms).toEqual({});
    expect(state.timelines).toEqual({});
  });

  test("starting over takes the position of the room back, too", () => {
    const state = run(welcome(room("lobby", { seq: 50, n: 40 })), {
      type: "reset",
      room: lobbyId,
      messages: [{ ...message(3, "x"), rev: 3 } as never],
      seq: 4,
    });
    expect(state.rooms[lobbyId]).toMatchObject({ seq: 4, n: 3 });
    expect(shown(state)).toEqual(["x"]);
  });
});

describe("the session", () => {
  const ended: Action = {
    type: "connection",
    state: "ended",
    error: { code: "conflict", message: "somebody has that name" },
  };

  test("a refusal of a name comes back to the form with its reason", () => {
    const state = run({ type: "sign-in-started", as: "ada" }, ended);
    expect(state.phase).toEqual({ name: "signed-out", error: ended.error });
  });

  test("a silent return that fails shows the form without a reproach", () => {
    expect(run({ type: "sign-in-started", as: null }, ended).phase).toEqual({ name: "signed-out" });
  });

  test("a session that ends under one says so instead of throwing one out", () => {
    expect(run(welcome(room("lobby")), ended).phase).toEqual({ name: "ended", error: ended.error });
  });
});

describe("the store", () => {
  test("tells of a burst once, with the state after all of it", () => {
    const due: (() => void)[] = [];
    const store = createStore<number, number>({
      initial: 0,
      reduce: (sum, n) => sum + n,
      now: () => 0,
      soon: (callback) => due.push(callback),
    });
    const told: number[] = [];
    store.listen((sum) => told.push(sum));
    for (let i = 0; i < 50; i++) store.dispatch(1);
    store.dispatch(0);
    expect(due).toHaveLength(1);
    due.pop()?.();
    expect(told).toEqual([50]);
    store.dispatch(1);
    expect(due).toHaveLength(1);
  });
});
