import { emptyTimeline, type Room, type RoomId, type State, type Timeline } from "./model.ts";

/** The state with the timeline of one room changed; the same when nothing was. */
export function withTimeline(state: State, room: RoomId, change: (timeline: Timeline) => Timeline): State {
  const old = state.timelines[room] ?? emptyTimeline;
  const next = change(old);
  return next === old ? state : { ...state, timelines: { ...state.timelines, [room]: next } };
}

export function withRoom(state: State, id: RoomId, change: (room: Room) => Room): State {
  const old = state.rooms[id];
  if (old === undefined) return state;
  const next = change(old);
  return next === old ? state : { ...state, rooms: { ...state.rooms, [id]: next } };
}

export function without<T>(record: Readonly<Record<RoomId, T>>, id: RoomId): Record<RoomId, T> {
  const { [id]: _gone, ...rest } = record;
  return rest as Record<RoomId, T>;
}
