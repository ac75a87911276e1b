import type { Room, RoomEvent, UserEvent } from "../../services/protocol/index.ts";

/**
 * The room as it is for this user after these events. What only counts is left alone by events that are counted already.
 *
 * @param me id of the user
 */
export function roomAfter(
  room: Room,
  events: readonly RoomEvent[],
  cursor: string,
  me: string | undefined,
): Room {
  let next = room;
  for (const event of events) {
    next = { ...next, ...factsBy(event, next, me) };
    if (event.seq > next.seq) next = { ...next, ...countsBy(event, next), seq: event.seq, at: event.at };
  }
  // The cursor of a batch names its last event.
  if (next.seq > room.seq && next.seq === events.at(-1)?.seq) next.cursor = cursor as Room["cursor"];
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

function countsBy(event: RoomEvent, room: Room): Partial<Room> {
  switch (event.type) {
    case "message":
      return { n: Math.max(room.n, event.n) };
    case "member":
      return { members: Math.max(0, room.members + (event.joined ? 1 : -1)) };
    default:
      return {};
  }
}

/**
 * What an event makes true of a room for this user; undefined: not any more. Events that the room takes into account
 * already may be given again, all of them and in their order: the last word on each fact is the same.
 */
function factsBy(event: RoomEvent, room: Room, me: string | undefined): Partial<Room> {
  switch (event.type) {
    case "member":
      return event.owner !== undefined && event.owner === me ? { role: "owner" } : {};
    case "role":
      return event.user.id === me ? { role: event.role === "member" ? undefined : event.role } : {};
    case "mute": {
      if (event.user.id !== me) return {};
      const { at, seconds } = event;
      const until = seconds === null ? null : new Date(Date.parse(at) + seconds * 1_000).toISOString();
      // Its reason is told with the room, not with the event.
      return { muted: room.muted?.until === until ? room.muted : { until } };
    }
    case "unmute":
      return event.user.id === me ? { muted: undefined } : {};
    case "room":
      return {
        ...(event.name === undefined ? {} : { name: event.name }),
        ...(event.topic === undefined ? {} : { topic: event.topic || undefined }),
        ...(event.description === undefined ? {} : { description: event.description || undefined }),
        ...(event.archived === undefined ? {} : { archived: event.archived || undefined }),
        ...(event.slowSeconds === undefined ? {} : { slowSeconds: event.slowSeconds || undefined }),
      };
    default:
      return {};
  }
}
