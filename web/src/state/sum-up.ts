import { plainText } from "../formatting/plain.ts";
import { type Heard, listNames } from "./announce.ts";

const fullText = 2;
const longest = 200;

/** One sentence for a screen reader about everything that arrived together; empty when nothing did. */
export function sumUp(heard: readonly Heard[]): string {
  if (heard.length <= fullText) {
    return heard.map(({ by, text }) => `${by}: ${shorten(plainText(text))}`).join(". ");
  }
  const names = [...new Set(heard.map(({ by }) => by))];
  return `${heard.length} new messages from ${listNames(names)}`;
}

function shorten(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
