const oneEmoji =
  /(?:\p{Regional_Indicator}{2}|[0-9#*]\u{FE0F}?\u{20E3}|\p{Extended_Pictographic}(?:\u{FE0F}|\p{EMod}|[\u{E0020}-\u{E007F}])*(?:\u{200D}\p{Extended_Pictographic}(?:\u{FE0F}|\p{EMod})*)*)/u;
const emojiOnly = new RegExp(`^\\s*(?:${oneEmoji.source}\\s*){1,8}$`, "u");

/** One to eight emoji and nothing else. */
export function isEmojiOnly(text: string): boolean {
  return text.length <= 200 && emojiOnly.test(text);
}
