import type { ClientEvent, OutboxEntry } from "../../client/contract.ts";
import type { Message, RoomId, State } from "./model.ts";
import { withTimeline } from "./one-room.ts";
import { timelineOf } from "./select.ts";
import { newestEntries } from "./stretch.ts";
import { applyEvents } from "./timeline.ts";

/** What left the outbox without being discarded is on its way into the log: it stays on screen until it is there. */
export function outbox(state: State, entries: readonly OutboxEntry[]): State {
  const now = new Set(entries.map((entry) => entry.id));
  const left = state.outbox.filter((entry) => !now.has(entry.id) && !inTimeline(state, entry));
  const settling = [...state.settling.filter((entry) => !now.has(entry.id)), ...left];
  return {
    ...state,
    outbox: entries,
    settling: settling.length === 0 && state.settling.length === 0 ? state.settling : settling,
  };
}

/** The acknowledgement names the place of the message, so it takes it at once; its event finds it there. */
export function sent(state: State, event: Extract<ClientEvent, { type: "sent" }>, nowMs: number): State {
  const entry = [...state.outbox, ...state.settling].find(({ id }) => id === event.id);
  const me = state.me;
  if (entry === undefined || me === null) return state;
  const message: Message = {
    type: "message",
    seq: event.seq,
    rev: event.seq,
    n: event.n,
    id: event.id,
    at: event.at,
    by: { id: me.id, name: me.name },
    text: entry.text,
    ...entry.extras,
  } as Message;
  const slowMs = (state.rooms[event.room]?.slowSeconds ?? 0) * 1_000;
  const placed = withTimeline(
    slowMs === 0 ? state : paced(state, event.room, nowMs + slowMs),
    event.room,
    (timeline) => applyEvents(timeline, [message], me.id),
  );
  return {
    ...placed,
    outbox: placed.outbox.filter(({ id }) => id !== event.id),
    settling: placed.settling.filter(({ id }) => id !== event.id),
  };
}

/** Slow mode lets one write again at that time; kept as the time of the last message, since its pace may change. */
export function paced(state: State, room: RoomId, freeAtMs: number): State {
  const slowMs = (state.rooms[room]?.slowSeconds ?? 0) * 1_000;
  return { ...state, spokeAtMs: { ...state.spokeAtMs, [room]: freeAtMs - slowMs } };
}

function inTimeline(state: State, entry: OutboxEntry): boolean {
  return newestEntries(timelineOf(state, entry.room)).some((other) => other.id === entry.id);
}
