import type { Suggestion } from "../state/complete.ts";
import { emojiCalled, emojiSuggestions } from "../state/emoji.ts";
import { loadEmoji } from "./load.ts";

/** What a composer that ends with the start of an emoji's name can become. */
export async function suggestedEmoji(text: string, typed: string): Promise<Suggestion[]> {
  return emojiSuggestions(text, typed, await loadEmoji());
}

/** The emoji whose name between colons ends the text, and where the name starts. */
export async function finishedEmoji(text: string): Promise<{ from: number; emoji: string } | undefined> {
  const name = /(?:^|[\s(]):([a-z0-9_+-]{1,32}):$/i.exec(text)?.[1];
  const emoji = name && emojiCalled(name, await loadEmoji());
  return emoji ? { from: text.length - name.length - 2, emoji } : undefined;
}
