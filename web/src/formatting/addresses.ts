export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly href: string; readonly text: string };

/** Up to what cannot be part of an address as people write it, the full-width punctuation of East Asian texts included. */
const candidates = /\b(?:https?:\/\/|mailto:)[^\s<>"“”„«»、。「」『』【】《》！，：；？（）]+/giu;
const candidate = new RegExp(candidates.source, "iuy");
/** What ends a sentence rather than an address. */
const trailing = new Set(".,;:!?'’…*_~]}");

/** Finds addresses in a text; only http, https and mailto ever become links. */
export function pieces(text: string): Piece[] {
  if (text !== "" && !text.includes(":")) return [{ kind: "text", text }];
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

/** The address that starts at this place of a text, and where it ends. */
export function addressAt(text: string, start: number): { href: string; end: number } | undefined {
  candidate.lastIndex = start;
  const match = candidate.exec(text);
  if (match === null) return undefined;
  const address = withoutTail(match[0]);
  const href = safeHref(address);
  return href === undefined ? undefined : { href, end: start + address.length };
}

/** Where an address leads, in the way browsers write it; undefined unless it is one that may be followed. */
export function safeHref(address: string): string | undefined {
  try {
    const url = new URL(address);
    if (url.protocol === "mailto:") return url.pathname.includes("@") ? url.href : undefined;
    return url.protocol === "http:" || url.protocol === "https:" ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** One walk from the end, however long the tail is. */
function withoutTail(address: string): string {
  let open = 0;
  for (const character of address) {
    if (character === "(") open++;
    else if (character === ")") open--;
  }
  let end = address.length;
  for (; end > 0; end--) {
    const last = address[end - 1] ?? "";
    // A bracket belongs to the address only if it was opened in it.
    if (last === ")" && open < 0) open++;
    else if (!trailing.has(last)) break;
  }
  return address.slice(0, end);
}
