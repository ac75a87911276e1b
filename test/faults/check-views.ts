import { type Entry, type EntryOf, entriesOf, type Seen } from "./history.ts";
import { lossesOf } from "./losses.ts";
import type { Violation } from "./violation.ts";

export interface ViewRules {
  /** Whether a client may be told to start over; without it, only a loss in Redis or a very long absence is a reason. */
  readonly resets: "never" | "allowed";
}

/** What one client shows of one room. */
interface View {
  readonly client: string;
  readonly room: string;
  readonly start: Entry;
  last: number;
  /** After a page, the position is known only to be at least `last`. */
  loose: boolean;
  readonly shown: Map<string, Entry>;
  /** Since it started over, or from its start. */
  witnesses: Witness[];
  lastEntry: Entry;
}

type Witness = { readonly seen: Seen; readonly entry: EntryOf<"events"> };

/** What clients showed: each event once, in the order of the log, the same for everybody, and in the end all of it. */
export function checkViews(entries: readonly Entry[], rules: ViewRules): Violation[] {
  const violations: Violation[] = [];
  const views = new Map<string, View>();
  const bySeq = new Map<string, Witness>();
  const byId = new Map<string, Witness>();
  const losses = lossesOf(entries);
  const settledAt = entriesOf(entries, "settled").at(-1)?.t ?? Number.POSITIVE_INFINITY;

  for (const entry of entries) {
    if (entry.t > settledAt) break;
    if (entry.type === "follow") {
      const { client, room, seq } = entry;
      const view = {
        client,
        room,
        start: entry,
        last: seq,
        loose: false,
        shown: new Map(),
        witnesses: [],
        lastEntry: entry,
      };
      views.set(`${client} ${room}`, view);
    } else if (entry.type === "unfollow") {
      views.delete(`${entry.client} ${entry.room}`);
    } else if (entry.type === "offline" && entry.why !== "cut") {
      for (const [key, view] of views) if (view.client === entry.client) views.delete(key);
    } else if (entry.type === "reset") {
      const view = views.get(`${entry.client} ${entry.room}`);
      if (!view) continue;
      if (rules.resets === "never" && !losses.some(([from]) => from <= entry.t)) {
        const what = `${entry.client} was told to start over in ${entry.room}, and nothing was lost`;
        violations.push({ kind: "needless-reset", what, excerpt: [view.lastEntry, only(entry)] });
      }
      view.last = entry.seq;
      view.loose = true;
      view.lastEntry = only(entry);
      view.shown.clear();
      view.witnesses = [];
      for (const message of entry.messages) view.shown.set(message.id, entry);
    } else if (entry.type === "events") {
      const view = views.get(`${entry.client} ${entry.room}`);
      violations.push(...show(entry, view));
      const witnesses = entry.events.map((seen) => ({ seen, entry }));
      view?.witnesses.push(...witnesses);
      if (losses.length === 0) for (const one of witnesses) violations.push(...compare(one, bySeq, byId));
    }
  }
  // Where history was rewound, what counts is what everybody shows in the end.
  if (losses.length > 0) {
    for (const { witnesses } of views.values())
      for (const one of witnesses) violations.push(...compare(one, bySeq, byId));
  }
  return [...violations, ...checkEnd(entries, [...views.values()], bySeq, losses.length > 0)];
}

function show(entry: EntryOf<"events">, view: View | undefined): Violation[] {
  if (!view) return [];
  const violations: Violation[] = [];
  for (const seen of entry.events) {
    const here = only(entry, seen);
    const name = `${entry.client} in ${entry.room}`;
    const twin = view.shown.get(seen.id);
    if (twin) {
      const what = `${name} shows ${seen.id} twice`;
      violations.push({ kind: "shown-twice", what, excerpt: [keep(twin, seen.id), here] });
    } else if (seen.seq <= view.last) {
      const what = `${name} shows ${seen.seq} after ${view.last}`;
      violations.push({ kind: "out-of-order", what, excerpt: [view.lastEntry, here] });
    } else if (seen.seq !== view.last + 1 && !view.loose) {
      const what = `${name} shows ${seen.seq} right after ${view.last}`;
      violations.push({ kind: "gap", what, excerpt: [view.lastEntry, here] });
    }
    view.shown.set(seen.id, entry);
    view.last = Math.max(view.last, seen.seq);
    view.loose = false;
    view.lastEntry = here;
  }
  return violations;
}

/** The same event at the same place for everybody, whatever they show else. */
function compare(witness: Witness, bySeq: Map<string, Witness>, byId: Map<string, Witness>): Violation[] {
  const { seen, entry } = witness;
  const place = `${entry.room} ${seen.seq}`;
  const name = `${entry.room} ${seen.id}`;
  const other = bySeq.get(place);
  const moved = byId.get(name);
  bySeq.set(place, other ?? witness);
  byId.set(name, moved ?? witness);
  const excerpt = (two: Witness) => [only(two.entry, two.seen), only(entry, seen)];
  if (other && (other.seen.id !== seen.id || other.seen.text !== seen.text)) {
    const what = `${other.entry.client} and ${entry.client} show different events at ${seen.seq} of ${entry.room}`;
    return [{ kind: "orders-differ", what, excerpt: excerpt(other) }];
  }
  if (moved && moved.seen.seq !== seen.seq) {
    const what = `${seen.id} is at ${moved.seen.seq} for ${moved.entry.client} and at ${seen.seq} for ${entry.client}`;
    return [{ kind: "orders-differ", what, excerpt: excerpt(moved) }];
  }
  return [];
}

/** After healing: everybody has all of it, and it is what a fresh reading says. */
function checkEnd(
  entries: readonly Entry[],
  views: readonly View[],
  bySeq: ReadonlyMap<string, Witness>,
  rewound: boolean,
): Violation[] {
  const violations: Violation[] = [];
  const heads = new Map<string, Entry & { seq: number }>();
  const higher = (room: string, seq: number, entry: Entry) => {
    if ((heads.get(room)?.seq ?? -1) < seq) heads.set(room, { ...entry, seq } as Entry & { seq: number });
  };
  for (const entry of entries) {
    if (entry.type !== "history" && rewound) continue;
    if (entry.type === "acknowledged") higher(entry.room, entry.seq, entry);
    else if (entry.type === "history") {
      higher(entry.room, entry.seq, { ...entry, messages: entry.messages.slice(-1) });
    } else if (entry.type === "events") {
      for (const seen of entry.events) higher(entry.room, seen.seq, only(entry, seen));
    }
  }
  for (const view of views) {
    const head = heads.get(view.room);
    if (!head || view.last >= head.seq || (view.loose && view.shown.size === 0)) continue;
    const what = `${view.client} in ${view.room} stays at ${view.last}; others are at ${head.seq}`;
    violations.push({ kind: "unobserved", what, excerpt: [view.lastEntry, head] });
  }

  for (const reading of entriesOf(entries, "history")) {
    const stored = new Map(reading.messages.map((message) => [message.seq, message]));
    const start = entriesOf(entries, "room").find(({ room }) => room === reading.room)?.seq ?? 0;
    for (const { seen, entry } of bySeq.values()) {
      if (entry.room !== reading.room || seen.seq <= start || seen.type !== "message") continue;
      const message = stored.get(seen.seq);
      const same =
        message?.id === seen.id &&
        message.text === seen.text &&
        message.n === seen.n &&
        (seen.at ?? message.at) === message.at;
      if (same) continue;
      const what = `${entry.client} shows ${seen.id} at ${seen.seq} of ${entry.room}; ${reading.from} hands out ${message ? `${message.id} ${message.text}` : "nothing"} there`;
      const excerpt = [only(entry, seen), { ...reading, messages: message ? [message] : [] }];
      violations.push({ kind: "view-differs", what, excerpt });
    }
    // Messages that every view has passed and none has shown.
    for (const view of views) {
      if (view.room !== reading.room || view.start.type !== "follow" || view.loose) continue;
      const { seq } = view.start;
      if (view.lastEntry.type === "reset" || [...view.shown.values()].some(({ type }) => type === "reset"))
        continue;
      for (const message of reading.messages) {
        if (message.seq <= seq || message.seq > view.last || view.shown.has(message.id)) continue;
        const what = `${view.client} in ${view.room} never showed ${message.id} at ${message.seq}`;
        const excerpt = [view.start, { ...reading, messages: [message] }, view.lastEntry];
        violations.push({ kind: "view-differs", what, excerpt });
      }
    }
  }
  return violations;
}

function only(entry: EntryOf<"events">, seen: Seen): EntryOf<"events">;
function only(entry: EntryOf<"reset">): EntryOf<"reset">;
function only(entry: EntryOf<"events"> | EntryOf<"reset">, seen?: Seen): Entry {
  if (entry.type === "reset") return { ...entry, messages: entry.messages.slice(-1) };
  return { ...entry, events: seen ? [seen] : [] };
}

/** Of a batch, only the event in question. */
function keep(entry: Entry, id: string): Entry {
  return entry.type === "events"
    ? { ...entry, events: entry.events.filter((seen) => seen.id === id) }
    : entry;
}
