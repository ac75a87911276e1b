import { check, promisedRules } from "./checker.ts";
import type { Entry, Seen, Stored } from "./history.ts";
import type { ViolationKind } from "./violation.ts";

// Parts of which tests of the checker make histories.

type Said = Entry extends infer E ? (E extends Entry ? Omit<E, "t"> : never) : never;

/** A history, ten milliseconds from entry to entry unless an entry says when. */
export function history(...said: (Said & { t?: number })[]): Entry[] {
  let t = 0;
  return said.map((one) => {
    t = one.t ?? t + 10;
    return { ...one, t } as Entry;
  });
}

export function kinds(entries: readonly Entry[], rules = promisedRules): ViolationKind[] {
  return check(entries, rules).map(({ kind }) => kind);
}

export const start = { type: "room", room: "r", seq: 0, n: 0 } as const;
export const settled = { type: "settled" } as const;
export const follow = (client: string, seq = 0) => ({ type: "follow", client, room: "r", seq }) as const;
export const send = (id: string, sender?: string) =>
  ({
    type: "send",
    client: "a",
    user: "ann",
    room: "r",
    id,
    text: `text ${id}`,
    ...(sender ? { sender } : {}),
  }) as const;
export const again = (id: string) => ({ type: "again", client: "a", room: "r", id }) as const;
export const unknown = (id: string) => ({ type: "unknown", client: "a", room: "r", id }) as const;
export const acknowledged = (id: string, seq: number) =>
  ({ type: "acknowledged", client: "a", room: "r", id, seq, n: seq }) as const;
export const refused = (id: string, code: string, retryAfterMs?: number) =>
  ({
    type: "refused",
    client: "a",
    room: "r",
    id,
    code,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }) as const;
export const message = (id: string, seq: number): Seen => ({
  seq,
  id,
  type: "message",
  text: `text ${id}`,
  n: seq,
});
export const shows = (client: string, ...events: Seen[]) =>
  ({ type: "events", client, room: "r", events }) as const;
export const stored = (id: string, seq: number, at = 0): Stored => ({
  seq,
  n: seq,
  id,
  text: `text ${id}`,
  by: "ann",
  at,
});
export const log = (...messages: Stored[]) => logOf("node 1", ...messages);
export const logOf = (from: string, ...messages: Stored[]) =>
  ({ type: "history", from, room: "r", seq: messages.at(-1)?.seq ?? 0, messages }) as const;
