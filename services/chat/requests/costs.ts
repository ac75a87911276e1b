import type { RequestInput, RequestName } from "../../protocol/index.ts";

/** What a request counts against `LIMIT_EVENTS_PER_SECOND`, where it is more than one: about as much as it costs Redis or others. */
const costs: { readonly [R in RequestName]?: (input: RequestInput<R>) => number } = {
  "room:history": ({ limit }) => 1 + limit / 50,
  "room:sync": ({ rooms }) => 1 + Object.keys(rooms).length / 20,
  // Looks at each of one's rooms.
  "rooms:mine": () => 5,
  "room:list": () => 2,
  "room:receipts": () => 5,
  // Looks at up to two hundred rooms.
  "me:bans": () => 5,
  "room:pins": () => 2,
  "room:thread": ({ limit }) => 1 + limit / 50,
  // Look at one message in each of up to so many places.
  "threads:list": () => 10,
  "saved:list": () => 3,
  // Goes to everybody in the room, and no limit of messages holds it.
  "room:typing": () => 5,
};

export function costOf<R extends RequestName>(name: R, input: RequestInput<R>): number {
  return costs[name]?.(input) ?? 1;
}

/**
 * Requests whose answers are long. Of these a connection has a few under way; the next ones wait for their turn, and while
 * the client does not read what it has.
 */
const long: ReadonlySet<RequestName> = new Set([
  "room:history",
  "room:sync",
  "me:sync",
  "rooms:mine",
  "room:list",
  "room:members",
  "room:pins",
  "room:thread",
  "threads:list",
  "saved:list",
  "room:audit",
  "room:bans",
  "me:bans",
  "room:receipts",
  "message:versions",
  "message:reactions",
  "users:list",
  "users:watch",
]);

export function isLong(name: RequestName): boolean {
  return long.has(name);
}

/** Requests that write into the log of a room, or of somebody else, and count as `LIMIT_ROOM_CHANGES_PER_MINUTE`. */
const roomChanges: ReadonlySet<RequestName> = new Set([
  "room:create",
  "room:join",
  "room:leave",
  "room:invite",
  "dm:open",
  "room:update",
  "room:archive",
  "room:slow",
  "room:role",
  "room:remove",
  "room:ban",
  "room:unban",
  "room:mute",
  "room:unmute",
]);

export function changesRoom(name: RequestName): boolean {
  return roomChanges.has(name);
}
