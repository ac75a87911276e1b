export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly href: string; readonly text: string };

const candidates = /\bhttps?:\/\/[^\s<>"“”„«»]+/giu;
/** What ends a sentence rather than an address. */
const trailing = /[.,;:!?'’…*_~\]}]+$/u;

/** Finds addresses in a text; only http and https ever become links. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(candidates)) {
    const address = withoutTail(match[0]);
    const href = safeHref(address);
    if (href === undefined) continue;
    if (match.index > at) found.push({ kind: "text", text: text.slice(at, match.index) });
    found.push({ kind: "link", href, text: address });
    at = match.index + address.length;
  }
  if (at < text.length) found.push({ kind: "text", text: text.slice(at) });
  return found;
}

const oneEmoji =
  /(?:\p{Regional_Indicator}{2}|[0-9#*]\u{FE0F}?\u{20E3}|\p{Extended_Pictographic}(?:\u{FE0F}|\p{EMod}|[\u{E0020}-\u{E007F}])*(?:\u{200D}\p{Extended_Pictographic}(?:\u{FE0F}|\p{EMod})*)*)/u;
const emojiOnly = new RegExp(`^\\s*(?:${oneEmoji.source}\\s*){1,8}$`, "u");

/** One to eight emoji and nothing else. */
export function isEmojiOnly(text: string): boolean {
  return text.length <= 200 && emojiOnly.test(text);
}

function withoutTail(address: string): string {
  for (;;) {
    const shorter = address.replace(trailing, "");
    // A bracket belongs to the address only if it was opened in it.
    const unbalanced = shorter.endsWith(")") && count(shorter, ")") > count(shorter, "(");
    const next = unbalanced ? shorter.slice(0, -1) : shorter;
    if (next === address) return address;
    address = next;
  }
}

function count(text: string, character: string): number {
  return text.split(character).length - 1;
}

function safeHref(address: string): string | undefined {
  try {
    const url = new URL(address);
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}
