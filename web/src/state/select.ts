import {
  emptyTimeline,
  lobbyId,
  type Message,
  type MessageReference,
  type OutboxEntry,
  type Person,
  type Room,
  type RoomId,
  type State,
  type Timeline,
} from "./model.ts";
import { newestEntries } from "./stretch.ts";

export function unreadOf(room: Room): number {
  return Math.max(0, room.n - room.read);
}

export function totalUnread(state: State): number {
  let total = 0;
  for (const room of Object.values(state.rooms)) total += unreadOf(room);
  return total;
}

/** What calls for the person's eye: unread mentions, and all that is unread in a direct conversation. */
export function callsOf(room: Room): number {
  return room.kind === "direct" ? unreadOf(room) : (room.mentions ?? 0);
}

export function totalCalls(state: State): number {
  let total = 0;
  for (const room of Object.values(state.rooms)) total += callsOf(room);
  return total;
}

/** Whether everybody in a room can be mentioned at once; in the lobby all who are in it are here. */
export function everybodyIn(room: Room, { limits, people }: State): "room" | "lobby" | null {
  const members = room.id === lobbyId ? people.count : room.members;
  const most = limits?.mentionAllMembers ?? 0;
  if (room.kind === "direct" || (most > 0 && members > most)) return null;
  return room.id === lobbyId ? "lobby" : "room";
}

/** Everybody of whom this page knows the name, as far as they may be in the room. */
export function knownIn(state: State, room: RoomId): Person[] {
  const authors = timelineOf(state, room).entries.flatMap((entry) =>
    entry.type === "message" ? [entry.by] : [],
  );
  const { peer } = state.rooms[room] ?? {};
  const { known, heardOf } = state.people;
  const all = [...authors, ...(peer === undefined ? [] : [peer]), ...known, ...Object.values(heardOf)];
  return [...new Map(all.map(({ id, name }) => [id, { id, name }])).values()];
}

export function timelineOf(state: State, room: RoomId): Timeline {
  return state.timelines[room] ?? emptyTimeline;
}

/** Whether a message began a thread or answers in it. */
export function isIn(
  { id, thread }: Pick<Message, "id" | "thread">,
  of: MessageReference | undefined,
): boolean {
  return of !== undefined && (id === of.id || thread?.id === of.id);
}

/** Waiting and failed messages of a room that its timeline does not hold yet, oldest first. */
export function pendingIn(state: State, room: RoomId): OutboxEntry[] {
  const mine = [...state.settling, ...state.outbox].filter((entry) => entry.room === room);
  if (mine.length === 0) return mine;
  const there = new Set(newestEntries(timelineOf(state, room)).map((entry) => entry.id));
  return mine.filter((entry) => !there.has(entry.id));
}

/** The newest message that is not deleted, of anybody or of one person. */
export function lastMessage(timeline: Timeline, by?: Person["id"]): Message | undefined {
  return newestEntries(timeline).findLast(
    (entry): entry is Message =>
      entry.type === "message" && !entry.deleted && (by === undefined || entry.by.id === by),
  );
}

export function waitingCount(state: State): number {
  return state.outbox.filter((entry) => entry.state === "waiting").length;
}

export interface RoomLists {
  /** The lobby first, then by name. */
  readonly channels: readonly Room[];
  /** Most recent first. */
  readonly direct: readonly Room[];
}

export function roomLists(rooms: State["rooms"]): RoomLists {
  const all = Object.values(rooms);
  const byName = (a: Room, b: Room) =>
    Number(b.id === lobbyId) - Number(a.id === lobbyId) ||
    a.name.localeCompare(b.name) ||
    (a.id < b.id ? -1 : 1);
  const byTime = (a: Room, b: Room) => (b.at ?? "").localeCompare(a.at ?? "") || byName(a, b);
  return {
    channels: all.filter((room) => room.kind !== "direct").sort(byName),
    direct: all.filter((room) => room.kind === "direct").sort(byTime),
  };
}

/** All rooms in the order in which the side lists them. */
export function roomOrder(rooms: State["rooms"]): RoomId[] {
  const { channels, direct } = roomLists(rooms);
  return [...channels, ...direct].map((room) => room.id);
}

export function roomTitle(room: Pick<Room, "id" | "name">): string {
  return room.id === lobbyId ? "Lobby" : room.name;
}
