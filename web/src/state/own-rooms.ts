import type { UserEvent } from "../../../services/protocol/index.ts";
import type { Room, RoomId, State } from "./model.ts";
import { without } from "./one-room.ts";

/** What one's own log says of rooms that one is out of. */
export function goodbyes(state: State, events: readonly UserEvent[]): State["goodbyes"] {
  let all = state.goodbyes;
  for (const event of events) {
    if (event.type === "room_added") all = without(all, event.room.id);
    else if (event.type === "room_removed") {
      const { how = "left", by, until, reason } = event;
      const other = how === "left" ? {} : { by: by.name, until, reason };
      all = {
        ...all,
        [event.room]: { how, room: state.rooms[event.room] ?? state.formerRooms[event.room], ...other },
      };
    }
  }
  return all;
}

/** What one's own log says of why one may not write. */
export function muteReasons(state: State, events: readonly UserEvent[]): State["muteReasons"] {
  const told = events.flatMap((event) =>
    event.type === "muted" ? [[event.room, { until: event.until, reason: event.reason }] as const] : [],
  );
  return told.length === 0 ? state.muteReasons : { ...state.muteReasons, ...Object.fromEntries(told) };
}

/** Out of a room without having heard how. */
export function goodbyeTo(state: State, room: RoomId): State["goodbyes"] {
  if (state.goodbyes[room] !== undefined) return state.goodbyes;
  return { ...state.goodbyes, [room]: { how: "left", room: state.rooms[room] } };
}

export function withRooms(known: State["rooms"], rooms: readonly Room[]): Record<RoomId, Room> {
  const result: Record<RoomId, Room> = { ...known };
  for (const room of rooms) {
    const old = result[room.id];
    result[room.id] = old === undefined ? room : newer(old, room);
  }
  return result;
}

export function notAmong(kept: State["rooms"], rooms: State["rooms"]): State["rooms"] {
  return Object.fromEntries(Object.entries(rooms).filter(([id]) => !(id in kept)));
}

/** What was said last, but counts that events and acknowledgements moved further stay. */
function newer(old: Room, told: Room): Room {
  return {
    ...told,
    seq: Math.max(old.seq, told.seq),
    n: Math.max(old.n, told.n),
    ...laterMark(old, told),
  };
}

/** A mark moves forward, but for a going back that is later than the one that is known. */
export function laterMark(old: Room, told: Room): Pick<Room, "read" | "mentions"> {
  if (told.read >= old.read || (told.back ?? 0) > (old.back ?? 0))
    return { read: told.read, mentions: told.mentions ?? 0 };
  return { read: old.read, mentions: old.mentions ?? 0 };
}
