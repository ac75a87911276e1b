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
