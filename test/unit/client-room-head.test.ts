import { describe, expect, it } from "vitest";
import type { Room, RoomEvent } from "../../services/protocol/index.ts";
import { roomAfter } from "../../web/client/room-head.ts";

const at = "2026-11-24T10:00:00.000Z";
const ada = { id: "u-ada" as never, name: "ada" };
const bob = { id: "u-bob" as never, name: "bob" };
const room = {
  id: "r",
  name: "plaza",
  kind: "channel",
  seq: 5,
  n: 2,
  read: 2,
  members: 3,
  at,
} as never as Room;

function headAfter(events: object[], start: Partial<Room> = {}, me: string = bob.id): Room {
  const told = events.map(
    (event, i) => ({ seq: 6 + i, id: `e${i}`, at, by: ada, ...event }) as object as RoomEvent,
  );
  return roomAfter({ ...room, ...start }, told, "9-c", me);
}

describe("a room after events", () => {
  it("takes on what was changed, and drops what was taken away", () => {
    const changed = headAfter([
      { type: "room", topic: "news", description: "all of it", slowSeconds: 30 },
      { type: "room", name: "market", archived: true },
    ]);
    expect(changed).toMatchObject({ name: "market", topic: "news", description: "all of it" });
    expect(changed).toMatchObject({ archived: true, slowSeconds: 30, seq: 7, cursor: "9-c" });
    const back = headAfter(
      [{ type: "room", topic: "", description: "", archived: false, slowSeconds: 0 }],
      changed,
    );
    expect([back.topic, back.description, back.archived, back.slowSeconds]).toEqual(Array(4).fill(undefined));
  });

  it("knows the role of its user, and of nobody else", () => {
    const named = [{ type: "role", user: bob, role: "moderator" }];
    expect(headAfter(named).role).toBe("moderator");
    expect(headAfter(named, {}, ada.id).role).toBeUndefined();
    expect(headAfter([...named, { type: "role", user: bob, role: "member" }]).role).toBeUndefined();
    expect(headAfter([{ type: "member", user: ada, joined: false, owner: bob.id }])).toMatchObject({
      role: "owner",
      members: 2,
    });
  });

  it("knows until when its user is muted, and keeps the reason that only the room tells", () => {
    const mute = { type: "mute", user: bob, seconds: 60 };
    const until = "2026-11-24T10:01:00.000Z";
    expect(headAfter([mute]).muted).toEqual({ until });
    expect(headAfter([mute], { muted: { until, reason: "loud" } }).muted).toEqual({ until, reason: "loud" });
    expect(headAfter([{ ...mute, seconds: null }]).muted).toEqual({ until: null });
    expect(headAfter([mute, { type: "unmute", user: bob }]).muted).toBeUndefined();
    expect(headAfter([mute], {}, ada.id).muted).toBeUndefined();
  });

  it("counts nothing twice that a head counted already, but learns what it says", () => {
    const ahead = { seq: 100, n: 50, members: 9 };
    const learned = headAfter(
      [
        { type: "member", user: bob, joined: true },
        { type: "role", user: bob, role: "owner" },
      ],
      ahead,
    );
    expect(learned).toMatchObject({ ...ahead, role: "owner" });
  });
});
