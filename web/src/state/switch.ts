import type { Room, RoomId, State, User } from "./model.ts";
import { foldName } from "./people.ts";
import { roomTitle, unreadOf } from "./select.ts";

/** Where one can go from the switcher. */
export type Destination =
  | { readonly kind: "room"; readonly key: string; readonly room: Room; readonly unread: number }
  | { readonly kind: "channel"; readonly key: string; readonly channel: Channel }
  | { readonly kind: "person"; readonly key: string; readonly person: User };

/** A channel that one is not in. */
export interface Channel {
  readonly id: RoomId;
  readonly name: string;
  readonly topic?: string | undefined;
}

/** What a search of the server adds to what the page knows. */
export interface Found {
  readonly people: readonly User[];
  readonly channels: readonly Channel[];
}

const shownAtMost = 12;

/** The best places for what was typed. Among equals, what is unread first, then what was talked in last. */
export function destinations(state: State, query: string, found: Found): Destination[] {
  const rooms = Object.values(state.rooms);
  const peers = new Set(rooms.flatMap((room) => (room.peer === undefined ? [] : [room.peer.id as string])));
  const people = new Map<string, User>();
  for (const person of [...found.people, ...(query.trim() === "" ? [] : state.people.known)]) {
    // Whom one has a conversation with is found as that.
    if (person.id !== state.me?.id && !peers.has(person.id)) people.set(person.id, person);
  }
  const scored = [
    ...rooms
      // There is no need to go where one is.
      .filter((room) => room.id !== state.route.room)
      .map((room) => ({
        score: matchScore(roomTitle(room), query),
        unread: unreadOf(room) > 0,
        at: room.at ?? "",
        destination: { kind: "room", key: room.id, room, unread: unreadOf(room) } as const,
      })),
    ...[...people.values()].map((person) => ({
      score: matchScore(person.name, query),
      unread: false,
      at: "",
      destination: { kind: "person", key: person.id, person } as const,
    })),
    ...found.channels
      .filter((channel) => state.rooms[channel.id] === undefined)
      .map((channel) => ({
        score: matchScore(channel.name, query),
        unread: false,
        at: "",
        destination: { kind: "channel", key: channel.id, channel } as const,
      })),
  ];
  return scored
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || Number(b.unread) - Number(a.unread) || b.at.localeCompare(a.at))
    .slice(0, shownAtMost)
    .map(({ destination }) => destination);
}

/**
 * How well a name fits what was typed: from its beginning, from the beginning of a word, anywhere, or at least its letters
 * in that order; 0 when it does not.
 */
export function matchScore(name: string, typed: string): number {
  const wanted = foldName(typed.trim());
  const text = foldName(name);
  if (wanted === "") return 1;
  if (text === wanted) return 5;
  const at = text.indexOf(wanted);
  if (at === 0) return 4;
  if (at > 0) return /[\p{L}\p{N}]/u.test(text[at - 1] ?? "") ? 2 : 3;
  let from = 0;
  for (const letter of wanted) {
    const next = text.indexOf(letter, from);
    if (next === -1) return 0;
    from = next + letter.length;
  }
  return 1;
}
