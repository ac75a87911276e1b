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

const fullText = 2;
const longest = 200;

/** One sentence for a screen reader about everything that arrived together; empty when nothing did. */
export function sumUp(heard: readonly Heard[]): string {
  if (heard.length === 0) return "";
  if (heard.length <= fullText) {
    return heard.map(({ by, text }) => `${by}: ${shorten(text)}`).join(". ");
  }
  const names = [...new Set(heard.map(({ by }) => by))];
  return `${heard.length} new messages from ${listNames(names)}`;
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

function shorten(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
