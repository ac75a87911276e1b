import { slotKey } from "../logs/index.ts";
import type { RoomId, UserId } from "../protocol/index.ts";

/** Redis names of what is kept about rooms. A room's share the slot of its log, a user's that of the user's log. */
export function roomKeys(prefix: string) {
  const room = (id: RoomId, name: string) => slotKey(prefix, { kind: "room", id }, name);
  const user = (id: UserId, name: string) => slotKey(prefix, { kind: "user", id }, name);
  return {
    /** Hash: name, kind, topic and what else is true of the room; `role:<user>` and `mute:<user>` of people in it. */
    meta: (id: RoomId) => room(id, "meta"),
    /** Hash: user to `until …` of those who are kept out. */
    bans: (id: RoomId) => room(id, "bans"),
    /** Stream: what those who moderate did, for them to read. */
    acts: (id: RoomId) => room(id, "acts"),
    /** Sorted set, all scores 0, so that pages of members are ranges by id. */
    members: (id: RoomId) => room(id, "members"),
    /** Sorted set: rooms that the user is in, by when they came in. An index; the members are the truth. */
    roomsOf: (id: UserId) => user(id, "rooms"),
    /** Sorted set: rooms that the user was in and is kept out of, by when that began. An index; the bans are the truth. */
    bannedFrom: (id: UserId) => user(id, "banned-from"),
    /** Sorted set: `[room, who did it]` of removals that the user has not heard of, by when that was. */
    removedFrom: (id: UserId) => user(id, "removed-from"),
    /** Hashes: room to how far the user has read, and to what mentions them; see marks.lua. */
    reads: (id: UserId) => user(id, "reads"),
    mentions: (id: UserId) => user(id, "mentions"),
    /** Hash: room to how far others are told that the user has read, where the user has read on without being seen. */
    shownReads: (id: UserId) => user(id, "shown-reads"),
    /** Sorted set of `folded name NUL id`: the public channels by name. */
    directory: `${prefix}{rooms}:directory`,
  };
}
