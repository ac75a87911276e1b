import type { ClientEvent } from "../../client/contract.ts";
import { withAttention } from "./attention.ts";
import type { Room, RoomId, State } from "./model.ts";
import { withRoom, withTimeline } from "./one-room.ts";

export function navigated(state: State, route: State["route"]): State {
  const entered = route.room !== null && route.room !== state.route.room;
  const next = { ...state, route, note: entered ? null : state.note };
  if (!entered || route.room === null) return next;
  const room = state.rooms[route.room];
  return withTimeline(withAttention(next, route.room, { held: false }), route.room, (timeline) => ({
    ...timeline,
    newAfter: newAfter(room),
  }));
}

/** A mark that goes back was moved on purpose: what is unread again looks new, and stays so while one looks at it. */
export function read(state: State, { room, n, mentions }: Extract<ClientEvent, { type: "read" }>): State {
  const back = n < (state.rooms[room]?.read ?? 0);
  const next = withRoom(state, room, (known) => ({ ...known, read: n, mentions }));
  if (!back || state.route.room !== room) return next;
  return withTimeline(withAttention(next, room, { held: true }), room, (timeline) => ({
    ...timeline,
    newAfter: n,
  }));
}

/** The room that the address named before anything was known of it. */
export function withNewLine(state: State): State {
  const room = state.route.room === null ? undefined : state.rooms[state.route.room];
  if (room === undefined || timelineIsKnown(state, room.id)) return state;
  return withTimeline(state, room.id, (timeline) => ({ ...timeline, newAfter: newAfter(room) }));
}

function timelineIsKnown(state: State, room: RoomId): boolean {
  return (state.timelines[room]?.history ?? "unknown") !== "unknown";
}

function newAfter(room: Room | undefined): number | null {
  return room !== undefined && room.n > room.read ? room.read : null;
}
