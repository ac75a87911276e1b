import { type EmojiGroup, parseEmoji } from "../state/emoji.ts";

/** Put here by the build: see web/emoji-table.ts. */
declare const __EMOJI__: string;

export const emojiGroups: readonly EmojiGroup[] = parseEmoji(__EMOJI__);
