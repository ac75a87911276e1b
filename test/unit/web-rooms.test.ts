import { describe, expect, test } from "vitest";
import type { Act, Room, RoomEvent, UserEvent } from "../../services/protocol/index.ts";
import { actWords, lasting, roomWords } from "../../web/src/state/act-words.ts";
import { layOut } from "../../web/src/state/layout.ts";
import { type Action, emptyTimeline, initialState, type State } from "../../web/src/state/model.ts";
import { reduce } from "../../web/src/state/reduce.ts";
import { applyEvents } from "../../web/src/state/timeline.ts";

const at = "2026-11-24T10:00:00.000Z";
const ada = { id: "u-ada" as never, name: "ada" };
const bob = { id: "u-bob" as never, name: "bob" };
const plaza = {
  id: "plaza" as never,
  name: "Plaza",
  kind: "channel",
  slowSeconds: 30,
  seq: 5,
  n: 1,
} as never as Room;
const start: State = { ...initialState, me: { ...bob, number: 2 }, rooms: { [plaza.id]: plaza } };
const event = (type: string, fields: object, seq = 7) => ({
  type,
  seq,
  id: `e${seq}`,
  at,
  by: ada,
  ...fields,
});

function stateAfter(state: State, ...actions: Action[]): State {
  return actions.reduce((now, action) => reduce(now, action, 1_000_000), state);
}
const told = (...events: object[]): Action => ({ type: "me-events", events: events as UserEvent[] });
const removed: Action = { type: "room-removed", room: plaza.id };

describe("coming out of a room", () => {
  test("says who did it, until when, and why", () => {
    const until = "2026-11-25T10:00:00.000Z";
    const out = event("room_removed", { room: plaza.id, how: "banned", until, reason: "spam" });
    const state = stateAfter(start, told(out), removed);
    expect(state.rooms).toEqual({});
    expect(state.goodbyes[plaza.id]).toMatchObject({ how: "banned", by: "ada", until, reason: "spam" });
    expect(state.goodbyes[plaza.id]?.room?.name).toBe("Plaza");
  });

  test("while one was away knows the room that the welcome does not name any more", () => {
    const welcome = { type: "welcome", welcome: { user: start.me, rooms: [], online: 1 } } as never as Action;
    const out = event("room_removed", { room: plaza.id, how: "banned", until: null });
    const state = stateAfter(start, welcome, welcome, told(out), removed);
    expect(state.goodbyes[plaza.id]?.room?.name).toBe("Plaza");
  });

  test("by oneself, on whatever device, blames nobody", () => {
    const out = event("room_removed", { room: plaza.id, by: bob });
    expect(stateAfter(start, told(out), removed).goodbyes[plaza.id]).toEqual({ how: "left", room: plaza });
    expect(stateAfter(start, removed).goodbyes[plaza.id]).toEqual({ how: "left", room: plaza });
  });

  test("is over when one is in again", () => {
    const out = told(event("room_removed", { room: plaza.id, how: "removed" }));
    expect(stateAfter(start, out, removed, { type: "rooms", rooms: [plaza] }).goodbyes).toEqual({});
    expect(stateAfter(start, out, told(event("room_added", { room: plaza }))).goodbyes).toEqual({});
  });
});

describe("slow mode", () => {
  const freeAtMs = (state: State) => (state.spokeAtMs[plaza.id] ?? 0) + 30_000;

  test("counts from one's last message, and from what the server says", () => {
    const sending = stateAfter(start, {
      type: "outbox",
      entries: [{ id: "m1" as never, room: plaza.id, text: "hi", at, state: "waiting" }],
    });
    const sent = stateAfter(sending, { type: "sent", room: plaza.id, id: "m1" as never, seq: 6, n: 2, at });
    expect(freeAtMs(sent)).toBe(1_030_000);
    const slowed = { type: "slowed", room: plaza.id, retryAfterMs: 12_000 } as const;
    expect(freeAtMs(stateAfter(start, { ...slowed, because: "slow mode" }))).toBe(1_012_000);
    const flooded = stateAfter(start, { ...slowed, because: "flood" });
    expect(flooded.spokeAtMs).toEqual({});
    expect(flooded.slowedUntilMs[plaza.id]).toBe(1_012_000);
  });
});

describe("what was done to people and rooms", () => {
  test("stands in the timeline, apart from coming and going by oneself", () => {
    const entries = applyEvents(
      emptyTimeline,
      [
        event("member", { user: bob, by: bob, joined: true }, 6),
        event("member", { user: bob, joined: true }, 7),
        event("member", { user: bob, joined: false }, 8),
        event("role", { user: bob, role: "owner" }, 9),
        event("mute", { user: bob, seconds: 600 }, 10),
        event("unmute", { user: bob }, 11),
        event("unban", { user: bob }, 12),
      ] as RoomEvent[],
      bob.id,
    ).entries;
    const [day] = layOut(entries, [], { me: bob, newAfter: null });
    expect(day?.blocks.map((block) => (block.kind === "act" ? actWords(block.event) : block.kind))).toEqual([
      "members",
      "ada added bob",
      "ada removed bob",
      "ada made bob an owner",
      "ada muted bob for 10 minutes",
      "ada lets bob write again",
      "ada lifted the ban of bob",
    ]);
  });

  test("is told in words", () => {
    const words = (fields: object, seq?: number) => actWords(event("room", fields, seq) as never);
    expect(words({ name: "Plaza" }, 1)).toBe("ada made this room");
    expect(words({ name: "Market", topic: "" })).toBe(
      "ada renamed this room to Market and removed the topic",
    );
    expect(words({ description: "all" })).toBe("ada changed the description");
    expect(words({ slowSeconds: 90 })).toBe("ada turned slow mode on: one message every 90 seconds");
    expect(words({ slowSeconds: 0 })).toBe("ada ended slow mode");
    expect(roomWords({ archived: true } as Act)).toBe("archived this room");
    const ban = { user: bob, joined: false };
    expect(actWords(event("member", { ...ban, banned: null }) as never)).toBe("ada banned bob");
    expect(actWords(event("member", { ...ban, banned: 86_400 }) as never)).toBe("ada banned bob for 1 day");
  });

  test("has times as one would say them", () => {
    expect([1, 30, 60, 5_400, 7_200, 604_800].map(lasting)).toEqual([
      "1 second",
      "30 seconds",
      "1 minute",
      "90 minutes",
      "2 hours",
      "7 days",
    ]);
  });

  test("includes who deleted a message of somebody else", () => {
    const message = { ...event("message", { by: bob, n: 1, text: "rude" }, 6), id: "m1" };
    const gone = event("delete", { of: { seq: 6, id: "m1" } }, 7);
    const deleted = (by: object) =>
      applyEvents(emptyTimeline, [message, { ...gone, by }] as RoomEvent[], bob.id).entries[0];
    expect(deleted(ada)).toMatchObject({ deleted: true, deletedBy: ada });
    expect(deleted(bob)).not.toHaveProperty("deletedBy");
    expect(deleted(ada)).not.toHaveProperty("text");
  });
});
