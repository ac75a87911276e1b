import type { Room, RoomEvent, UserEvent } from "../../services/protocol/index.ts";

/** The room as it is after these events; those that it already takes into account change nothing. */
export function roomAfter(room: Room, events: readonly RoomEvent[], cursor: string): Room {
  let next = room;
  for (const event of events) {
    if (event.seq <= next.seq) continue;
    next = { ...next, ...changeBy(event, next), seq: event.seq, at: event.at };
  }
  // The cursor of a batch names its last event.
  if (next !== room && next.seq === events.at(-1)?.seq) next.cursor = cursor as Room["cursor"];
  return next;
}

/** The room as it is once this user has read up to `n`; the same one when that says nothing new. */
export function roomRead(room: Room, n: number, told?: Extract<UserEvent, { type: "read" }>): Room {
  const back = told?.back && told.seq > (room.back ?? 0) ? told.seq : undefined;
  const read = back === undefined ? Math.max(room.read, n) : n;
  const mentions = told?.mentions ?? (read >= room.n ? 0 : room.mentions);
  if (read === room.read && back === undefined && (mentions ?? 0) === (room.mentions ?? 0)) return room;
  return {
    ...room,
    read,
    ...(back === undefined ? {} : { back }),
    ...(mentions === undefined ? {} : { mentions }),
  };
}

function changeBy(event: RoomEvent, room: Room): Partial<Room> {
  switch (event.type) {
    case "message":
      return { n: Math.max(room.n, event.n) };
    case "member":
      return { members: Math.max(0, room.members + (event.joined ? 1 : -1)) };
    case "room":
      return {
        ...(event.name === undefined ? {} : { name: event.name }),
        ...(event.topic === undefined ? {} : { topic: event.topic }),
      };
    default:
      return {};
  }
}
