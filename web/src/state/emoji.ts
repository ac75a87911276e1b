import type { Suggestion } from "./complete.ts";

const suggestedAtMost = 8;

export interface Emoji {
  readonly emoji: string;
  /** As one types them between colons; the first is the usual one. */
  readonly names: readonly string[];
  /** Further words by which it is found. */
  readonly words: readonly string[];
}

export interface EmojiGroup {
  readonly name: string;
  readonly emoji: readonly Emoji[];
}

/** Reads what the build made of the list of emoji. */
export function parseEmoji(table: string): EmojiGroup[] {
  const groups: { name: string; emoji: Emoji[] }[] = [];
  for (const line of table.split("\n")) {
    const [emoji = "", names = "", words = ""] = line.split("\t");
    if (names === "") groups.push({ name: line.slice(1), emoji: [] });
    else groups.at(-1)?.emoji.push({ emoji, names: names.split(" "), words: words.split(" ") });
  }
  return groups;
}

/** Emoji that are called so, best first: the whole name, its start, a part of it, other words. */
export function searchEmoji(groups: readonly EmojiGroup[], typed: string, limit: number): Emoji[] {
  const wanted = typed.trim().toLowerCase().replaceAll(/\s+/g, "_");
  if (wanted === "") return [];
  const ranked: Emoji[][] = [[], [], [], []];
  for (const { emoji: all } of groups) {
    for (const emoji of all) ranked[rankOf(emoji, wanted)]?.push(emoji);
  }
  // The shorter a name, the nearer is what was typed to all of it.
  ranked[1]?.sort((a, b) => (a.names[0]?.length ?? 0) - (b.names[0]?.length ?? 0));
  return ranked.flat().slice(0, limit);
}

/** 0 is best; beyond the ranks: not what is wanted. */
function rankOf({ names, words }: Emoji, wanted: string): number {
  if (names.includes(wanted)) return 0;
  if (names.some((name) => name.startsWith(wanted))) return 1;
  if (names.some((name) => name.includes(`_${wanted}`))) return 2;
  const known = [...words, ...names.flatMap((name) => name.split("_"))];
  const isKnown = (part: string) => known.some((word) => word.startsWith(part));
  return wanted.split("_").every(isKnown) ? 3 : 4;
}

export function findEmoji(
  groups: readonly EmojiGroup[],
  wanted: (emoji: Emoji) => boolean,
): Emoji | undefined {
  for (const { emoji } of groups) {
    const found = emoji.find(wanted);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `:smile:`, as a screen reader and a list of suggestions say it. */
export function emojiTitle({ names: [name = ""] }: Emoji): string {
  return name.replaceAll("_", " ");
}

/** What a composer that ends with the start of a name can become; nothing else of it changes. */
export function emojiSuggestions(text: string, typed: string, groups: readonly EmojiGroup[]): Suggestion[] {
  const before = text.slice(0, -(typed.length + 1));
  return searchEmoji(groups, typed, suggestedAtMost).map(({ emoji, names }) => ({
    key: emoji,
    becomes: `${before}${emoji} `,
    label: `${emoji} :${names[0]}:`,
    detail: names.slice(1).join(", "),
  }));
}

/** The emoji that has this name; undefined: none has. */
export function emojiCalled(name: string, groups: readonly EmojiGroup[]): string | undefined {
  const wanted = name.toLowerCase();
  return findEmoji(groups, ({ names }) => names.includes(wanted))?.emoji;
}
