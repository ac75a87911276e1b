import { applyChange } from "./changes.ts";
import type { Entry, Message, MessageChange, Person, RoomEvent, Timeline } from "./model.ts";

/** How many entries are drawn at once, and by how many that stretch moves. */
export const drawnEntries = 300;
const step = 100;
/** While one follows the newest, older entries beyond this are let go; they can be read again. */
const keptEntries = 500;
/** Even while one reads further up, no more than this is held. */
const heldEntries = 5_000;
/** More than happen while a page of history is under way, even where many react at once. */
const keptChanges = 1_000;

/** Applies events of the room's log as `me` sees them; events that were applied before change nothing. */
export function applyEvents(
  timeline: Timeline,
  events: readonly RoomEvent[],
  me: Person["id"] | undefined,
): Timeline {
  let entries: readonly Entry[] = timeline.entries;
  const added: Entry[] = [];
  const changes: MessageChange[] = [];
  for (const event of events) {
    switch (event.type) {
      case "message":
        added.push({ ...event, rev: event.seq });
        break;
      case "member":
      case "room":
      case "role":
      case "mute":
      case "unmute":
      case "unban":
        added.push(event);
        break;
      case "edit":
      case "delete":
      case "reaction":
        changes.push(event);
        break;
    }
  }
  if (added.length > 0) entries = merge(entries, added);
  if (changes.length > 0) entries = applyChanges(entries, changes, me);
  return trim({
    ...timeline,
    entries,
    changes: changes.length === 0 ? timeline.changes : [...timeline.changes, ...changes].slice(-keptChanges),
  });
}

/** Adds a page of history, with the changes that happened while it was under way. */
export function addHistory(
  timeline: Timeline,
  messages: readonly Message[],
  more: boolean,
  me: Person["id"] | undefined,
): Timeline {
  return {
    ...timeline,
    entries: applyChanges(merge(timeline.entries, messages), timeline.changes, me),
    history: more ? "more" : "complete",
  };
}

/** Starts over: what was known may be wrong. */
export function resetTimeline(timeline: Timeline, messages: readonly Message[]): Timeline {
  return {
    ...timeline,
    entries: messages,
    changes: [],
    end: null,
    seen: 0,
    history: (messages[0]?.n ?? 1) > 1 ? "more" : "complete",
  };
}

/** The stretch of entries to draw. */
export function drawnStretch(timeline: Timeline): {
  entries: readonly Entry[];
  above: boolean;
  /** How many messages there are below what is drawn. */
  below: number;
} {
  const to = endIndex(timeline);
  const from = Math.max(0, to - drawnEntries);
  const rest = timeline.entries.slice(to);
  return {
    entries: timeline.entries.slice(from, to),
    above: from > 0,
    below: rest.filter((entry) => entry.type === "message").length,
  };
}

/** Moves the drawn stretch: `away` stops following the newest, `newest` follows it again. */
export function moveStretch(timeline: Timeline, to: "up" | "down" | "newest" | "away"): Timeline {
  const { entries } = timeline;
  const at = endIndex(timeline);
  switch (to) {
    case "newest":
      return timeline.end === null ? timeline : trim({ ...timeline, end: null, seen: 0 });
    case "away":
      return timeline.end === null ? endAt(timeline, entries.length) : timeline;
    case "up":
      return at <= drawnEntries ? timeline : endAt(timeline, Math.max(drawnEntries, at - step));
    case "down":
      return at >= entries.length ? timeline : endAt(timeline, Math.min(entries.length, at + step));
  }
}

/** Draws the stretch around the first new message, and takes one there. */
export function goToNew(timeline: Timeline): Timeline {
  const { entries, newAfter } = timeline;
  if (newAfter === null) return timeline;
  const first = entries.findIndex((entry) => entry.type === "message" && entry.n > newAfter);
  if (first < 0) return timeline;
  const shown = endAt(timeline, Math.min(entries.length, first + drawnEntries / 2));
  return { ...shown, goTo: { key: "new" } };
}

/** Messages that arrived since one scrolled away from the newest. */
export function unseenIn({ entries, end, seen }: Timeline): number {
  if (end === null) return 0;
  let count = 0;
  for (let i = entries.length - 1; i >= 0; i--) {
    const entry = entries[i];
    if (entry === undefined || entry.seq <= seen) break;
    if (entry.type === "message") count++;
  }
  return count;
}

/** Oldest message known, where reading further back continues. */
export function oldestSeq(timeline: Timeline): number | undefined {
  return timeline.entries.find((entry) => entry.type === "message")?.seq ?? timeline.entries[0]?.seq;
}

function endAt(timeline: Timeline, index: number): Timeline {
  const end = timeline.entries[index - 1]?.seq ?? null;
  if (end === timeline.end) return timeline;
  return { ...timeline, end, seen: Math.max(timeline.seen, end ?? 0) };
}

function endIndex({ entries, end }: Timeline): number {
  if (end === null) return entries.length;
  let index = entries.length;
  while (index > 0 && (entries[index - 1]?.seq ?? 0) > end) index--;
  return index;
}

function trim(timeline: Timeline): Timeline {
  const keep = timeline.end === null ? keptEntries : heldEntries;
  // Half a step of slack, so that not every message moves the whole list.
  if (timeline.entries.length <= keep + step / 2) return timeline;
  return {
    ...timeline,
    entries: timeline.entries.slice(-keep),
    history: timeline.history === "unknown" ? "unknown" : "more",
  };
}

/** Both ascending by `seq`; of the same entry the one with the later revision stays. */
function merge(old: readonly Entry[], added: readonly Entry[]): readonly Entry[] {
  const last = old.at(-1);
  const first = added[0];
  if (first === undefined) return old;
  if (last === undefined || first.seq > last.seq) return [...old, ...added];
  const merged: Entry[] = [];
  let i = 0;
  let j = 0;
  for (;;) {
    const left = old[i];
    const right = added[j];
    if (left === undefined && right === undefined) return merged;
    if (right === undefined || (left !== undefined && left.seq < right.seq)) {
      if (left !== undefined) merged.push(left);
      i++;
    } else if (left === undefined || right.seq < left.seq) {
      merged.push(right);
      j++;
    } else {
      merged.push(revision(right) > revision(left) ? right : left);
      i++;
      j++;
    }
  }
}

function revision(entry: Entry): number {
  return entry.type === "message" ? entry.rev : entry.seq;
}

function applyChanges(
  entries: readonly Entry[],
  changes: readonly MessageChange[],
  me: Person["id"] | undefined,
): readonly Entry[] {
  if (changes.length === 0) return entries;
  const bySeq = new Map<number, MessageChange[]>();
  for (const change of changes) {
    const list = bySeq.get(change.of.seq);
    if (list === undefined) bySeq.set(change.of.seq, [change]);
    else list.push(change);
  }
  let changed = false;
  const result = entries.map((entry) => {
    const list = entry.type === "message" ? bySeq.get(entry.seq) : undefined;
    if (list === undefined || entry.type !== "message") return entry;
    const next = list.reduce((message, change) => applyChange(message, change, me), entry);
    changed ||= next !== entry;
    return next;
  });
  return changed ? result : entries;
}
