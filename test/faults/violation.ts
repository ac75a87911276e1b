import type { Entry, EntryOf } from "./history.ts";

/** A promise that was not kept, and what shows it. */
export interface Violation {
  readonly kind: ViolationKind;
  readonly what: string;
  /** The entries that show it, and nothing else. */
  readonly excerpt: readonly Entry[];
}

export type ViolationKind =
  | "acknowledged-lost"
  | "acknowledged-elsewhere"
  | "stored-twice"
  | "changed"
  | "never-sent"
  | "surfaced"
  | "not-dense"
  | "sender-order"
  | "time-order"
  | "wrong-time"
  | "histories-differ"
  | "shown-twice"
  | "out-of-order"
  | "gap"
  | "orders-differ"
  | "unobserved"
  | "view-differs"
  | "needless-reset"
  | "never-together"
  | "ghost"
  | "missing-user"
  | "list-differs";

const shown = 12;

/** For people: what is wrong, the excerpt, and which faults were going on at that time. */
export function describeViolation(violation: Violation, history: readonly Entry[]): string {
  const { kind, what, excerpt } = violation;
  const ordered = excerpt.toSorted((a, b) => a.t - b.t);
  const from = ordered[0]?.t ?? 0;
  const to = ordered.at(-1)?.t ?? 0;
  const faults = history.filter(
    (entry): entry is EntryOf<"fault"> =>
      entry.type === "fault" && entry.t >= from - 15_000 && entry.t <= to + 5_000,
  );
  return [
    `${kind}: ${what}`,
    ...ordered.slice(0, shown).map((entry) => `    ${line(entry)}`),
    ...(ordered.length > shown ? [`    and ${ordered.length - shown} more`] : []),
    ...(faults.length > 0 ? ["  faults around it"] : []),
    ...faults.map((fault) => `    ${line(fault)}`),
  ].join("\n");
}

function line(entry: Entry): string {
  const { t, type, ...rest } = entry;
  const text = JSON.stringify(rest, (_, value: unknown) =>
    Array.isArray(value) && value.length > 6 ? [...value.slice(0, 3), "…", ...value.slice(-2)] : value,
  );
  return `${String(t.toFixed(0)).padStart(7)} ms ${type.padEnd(12)} ${text.length > 600 ? `${text.slice(0, 600)}…` : text}`;
}
