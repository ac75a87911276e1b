import type { PageCursor } from "../protocol/index.ts";

/** What was read with one more than a page holds: names where the next page starts, when there is one. */
export function nextPage(found: readonly string[], size: number): { cursor?: PageCursor } {
  const last = found[size - 1];
  return found.length > size && last !== undefined
    ? { cursor: Buffer.from(last).toString("base64url") as PageCursor }
    : {};
}

/** The last entry of the page before. */
export function pageStart(cursor: PageCursor): string {
  return Buffer.from(cursor, "base64url").toString();
}
