import type { ClientEvent } from "../../client/contract.ts";
import type { RoomId } from "./model.ts";

export interface Heard {
  readonly by: string;
  readonly text: string;
}

/** Messages of others in an event, for the room that is on screen. */
export function heardIn(event: ClientEvent, room: RoomId | null, me: string | undefined): Heard[] {
  if (event.type !== "events" || event.room !== room) return [];
  return event.events.flatMap((entry) =>
    entry.type === "message" && entry.by.id !== me && entry.text !== undefined
      ? [{ by: entry.by.name, text: entry.text }]
      : [],
  );
}

/** "ada", "ada and grace", "ada, grace and 3 others" */
export function listNames(names: readonly string[]): string {
  const [first, second, third] = names;
  if (first === undefined) return "";
  if (second === undefined) return first;
  if (third === undefined) return `${first} and ${second}`;
  if (names.length === 3) return `${first}, ${second} and ${third}`;
  return `${first}, ${second} and ${names.length - 2} others`;
}
