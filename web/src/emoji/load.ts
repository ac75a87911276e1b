import type { EmojiGroup } from "../state/emoji.ts";

let loading: Promise<readonly EmojiGroup[]> | undefined;

/** All emoji, fetched from the page's own server when somebody wants one; after that without a network. */
export function loadEmoji(): Promise<readonly EmojiGroup[]> {
  loading ??= import("./table.ts").then(
    ({ emojiGroups }) => emojiGroups,
    (error: unknown) => {
      // The next time tries again.
      loading = undefined;
      throw error;
    },
  );
  return loading;
}

/** The emoji whose name between colons ends the text, and where the name starts. */
export async function finishedEmoji(text: string): Promise<{ from: number; emoji: string } | undefined> {
  const name = /(?:^|[\s(]):([a-z0-9_+-]{1,32}):$/i.exec(text)?.[1];
  if (name === undefined) return undefined;
  try {
    const [{ emojiCalled }, groups] = await Promise.all([import("../state/emoji.ts"), loadEmoji()]);
    const emoji = emojiCalled(name, groups);
    return emoji === undefined ? undefined : { from: text.length - name.length - 2, emoji };
  } catch {
    // No network: it stays as it was typed.
    return undefined;
  }
}
