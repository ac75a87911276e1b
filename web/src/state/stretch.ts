import type { Entry, MessageId, Timeline } from "./model.ts";

/** How many entries are drawn at once, and by how many its start moves while one follows the newest. */
export const drawnEntries = 300;
const step = 100;
/** How many are drawn more as one scrolls: as many as a frame has time for, since the next frame goes on. */
const movedAtOnce = 25;
/** While one follows the newest, older entries beyond this are let go; they can be read again. */
export const keptEntries = 500;
/** Even while one reads further up, no more than this is held around where one reads, and `keptEntries` of the newest. */
export const heldEntries = 2_000;

/** The stretch of entries to draw. */
export function drawnStretch(timeline: Timeline): {
  entries: readonly Entry[];
  above: boolean;
  /** Whether there are entries below what is drawn. */
  below: boolean;
  /** Whether all of them came since one scrolled away: they are counted, and not drawn before one goes there. */
  belowIsNew: boolean;
} {
  const { entries } = timeline;
  const to = endIndex(timeline);
  let from = Math.max(0, to - drawnEntries);
  // While one follows, the start moves in steps: a group that it cuts is known by the first message that is left of it, and
  // would be made anew with every message that comes.
  const block = (index: number) => Math.floor((entries[index]?.seq ?? 0) / step);
  while (timeline.end === null && from > 0 && block(from - 1) === block(from)) from -= 1;
  return {
    entries: entries.slice(from, to),
    above: from > 0,
    below: to < entries.length || timeline.tail.length > 0,
    belowIsNew:
      timeline.tail.length === 0 &&
      entries.slice(to).every((entry) => entry.type !== "message" || entry.n > timeline.seen),
  };
}

/** Moves the drawn stretch: `away` stops following the newest, `newest` follows it again. */
export function moveStretch(timeline: Timeline, to: "up" | "down" | "newest" | "away"): Timeline {
  const { entries } = timeline;
  const at = endIndex(timeline);
  switch (to) {
    case "newest":
      return timeline.end === null
        ? timeline
        : trim({ ...rejoined(timeline), end: null, seen: 0, cameFrom: null });
    case "away":
      return timeline.end === null ? endAt(timeline, entries.length) : timeline;
    case "up":
      return at <= drawnEntries ? timeline : endAt(timeline, Math.max(drawnEntries, at - movedAtOnce));
    case "down":
      return at >= entries.length ? timeline : endAt(timeline, Math.min(entries.length, at + movedAtOnce));
  }
}

/** Draws the stretch around the first new message, and takes one there. */
export function goToNew(timeline: Timeline): Timeline {
  const { entries, newAfter } = timeline;
  if (newAfter === null) return timeline;
  const first = entries.findIndex((entry) => entry.type === "message" && entry.n > newAfter);
  if (first < 0) return timeline.tail.length > 0 ? goToNew(rejoined(timeline)) : timeline;
  return { ...drawnAround(timeline, first), goTo: { key: "new" } };
}

/** Draws the stretch around a message, and takes one there; `from` is where one was. */
export function goToMessage(timeline: Timeline, id: MessageId, from: MessageId | null): Timeline {
  const at = timeline.entries.findIndex((entry) => entry.id === id);
  if (at >= 0) return { ...drawnAround(timeline, at), goTo: { key: id }, cameFrom: from };
  return timeline.tail.some((entry) => entry.id === id)
    ? goToMessage(rejoined(timeline), id, from)
    : timeline;
}

function drawnAround(timeline: Timeline, index: number): Timeline {
  // What one followed up to now is not new, although it is not drawn any more.
  return endAt(moveStretch(timeline, "away"), Math.min(timeline.entries.length, index + drawnEntries / 2));
}

/** How many messages arrived since one scrolled away from the newest. */
export function unseenIn(timeline: Timeline): number {
  if (timeline.end === null) return 0;
  const newest = newestEntries(timeline).findLast((entry) => entry.type === "message");
  return Math.max(0, (newest?.n ?? 0) - timeline.seen);
}

/** Up to the end of the conversation, whatever one reads. */
export function newestEntries({ entries, tail }: Timeline): readonly Entry[] {
  return tail.length > 0 ? tail : entries;
}

/** Where reading on continues, once there is not much left to draw of a stretch that ends before the newest. */
export function seqToReadOn(timeline: Timeline): number | undefined {
  const { entries, tail } = timeline;
  if (tail.length === 0 || endIndex(timeline) < entries.length - step) return undefined;
  return entries.at(-1)?.seq;
}

/** Oldest message known, where reading further back continues. */
export function oldestSeq(timeline: Timeline): number | undefined {
  return timeline.entries.find((entry) => entry.type === "message")?.seq ?? timeline.entries[0]?.seq;
}

function endAt(timeline: Timeline, index: number): Timeline {
  const end = timeline.entries[index - 1]?.seq ?? null;
  if (end === timeline.end) return timeline;
  const last = timeline.entries.slice(0, index).findLast((entry) => entry.type === "message");
  return { ...timeline, end, seen: Math.max(timeline.seen, last?.n ?? 0) };
}

/** Lets go of where one reads, for the newest. */
function rejoined(timeline: Timeline): Timeline {
  if (timeline.tail.length === 0) return timeline;
  return { ...timeline, entries: timeline.tail, tail: [], history: "more" };
}

function endIndex({ entries, end }: Timeline): number {
  if (end === null) return entries.length;
  let index = entries.length;
  while (index > 0 && (entries[index - 1]?.seq ?? 0) > end) index--;
  return index;
}

/** Lets go of what is furthest from where one reads. */
export function trim(timeline: Timeline): Timeline {
  const { entries, end } = timeline;
  const keep = end === null ? keptEntries : heldEntries;
  const tail = shortened(timeline.tail, keptEntries);
  if (shortened(entries, keep) === entries) return tail === timeline.tail ? timeline : { ...timeline, tail };
  const from = firstToKeep(timeline, keep);
  return {
    ...timeline,
    entries: entries.slice(from, from + keep),
    tail: from + keep < entries.length && tail.length === 0 ? entries.slice(-keptEntries) : tail,
    history: from === 0 || timeline.history === "unknown" ? timeline.history : "more",
  };
}

/** With what is drawn in the middle, as far as there is enough on both sides. */
export function firstToKeep(timeline: Timeline, keep: number): number {
  const middle = endIndex(timeline) - drawnEntries / 2;
  return Math.max(0, Math.min(timeline.entries.length - keep, middle - keep / 2));
}

/** With half a step of slack, so that not every message moves the whole list. */
function shortened(entries: readonly Entry[], keep: number): readonly Entry[] {
  return entries.length <= keep + step / 2 ? entries : entries.slice(-keep);
}
