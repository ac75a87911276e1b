import { applyChange } from "./changes.ts";
import type {
  Entry,
  Message,
  MessageChange,
  MessageId,
  MessageReference,
  Person,
  RoomEvent,
  Timeline,
} from "./model.ts";

/** How many entries are drawn at once, and by how many that stretch moves. */
export const drawnEntries = 300;
const step = 100;
/** While one follows the newest, older entries beyond this are let go; they can be read again. */
const keptEntries = 500;
/** Even while one reads further up, no more than this is held around where one reads, and `keptEntries` of the newest. */
const heldEntries = 2_000;
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
  // The newest are not held as part of the stretch in which one reads, and come with it once it reaches them.
  const apart = timeline.tail.length > 0;
  if (!apart) entries = merge(entries, added);
  const replies = added.filter(
    (entry) => entry.type === "message" && entry.thread !== undefined,
  ) as Message[];
  const after = (known: readonly Entry[]) => applyChanges(countReplies(known, replies), changes, me);
  return trim({
    ...timeline,
    entries: after(entries),
    tail: apart ? after(merge(timeline.tail, added)) : timeline.tail,
    quoted: after(timeline.quoted),
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
  const whole: Timeline = {
    ...timeline,
    entries: applyChanges(merge(timeline.entries, messages), timeline.changes, me),
    history: more ? "more" : "complete",
  };
  // What was just read is not let go again, also when it is on the way to where one is being taken.
  return timeline.end !== null && firstToKeep(whole, heldEntries) === 0 ? trim(whole) : whole;
}

/** Adds what follows the last entry of the stretch, and the newest once it reaches them. */
export function addNewer(
  timeline: Timeline,
  after: number,
  { messages, more }: { messages: readonly Message[]; more: boolean },
  me: Person["id"] | undefined,
): Timeline {
  const { entries, tail, changes } = timeline;
  const [first] = tail;
  // One may be somewhere else by now.
  if (first === undefined || entries.at(-1)?.seq !== after) return timeline;
  const reached = !more || (messages.at(-1)?.seq ?? 0) >= first.seq;
  return trim({
    ...timeline,
    entries: applyChanges(merge(entries, reached ? merge(messages, tail) : messages), changes, me),
    tail: reached ? [] : tail,
  });
}

/** Counts with the messages that began threads what answers them; each reply once. */
function countReplies(entries: readonly Entry[], replies: readonly Message[]): readonly Entry[] {
  if (replies.length === 0) return entries;
  return entries.map((entry) => {
    if (entry.type !== "message") return entry;
    const counted = replies.reduce((known, reply) => withReply(known, entry.id, reply), entry.replies);
    return counted === undefined || counted === entry.replies ? entry : { ...entry, replies: counted };
  });
}

/** What is known of the replies to a message after one more; the same when it is none of them, or was counted. */
export function withReply(
  known: Message["replies"],
  root: string,
  { thread, seq, at }: Pick<Message, "thread" | "seq" | "at">,
): Message["replies"] {
  if (thread?.id !== root || seq <= (known?.last ?? 0)) return known;
  return { count: (known?.count ?? 0) + 1, last: seq, at };
}

/** Adds answered messages that lie further back than what is held. */
export function addQuoted(
  timeline: Timeline,
  messages: readonly Message[],
  me: Person["id"] | undefined,
): Timeline {
  return { ...timeline, quoted: applyChanges(merge(timeline.quoted, messages), timeline.changes, me) };
}

/** The message that an answer names, as far as it is known. */
export function messageAt({ entries, tail, quoted }: Timeline, of: MessageReference): Message | undefined {
  const found = entryAt(entries, of.seq) ?? entryAt(tail, of.seq) ?? entryAt(quoted, of.seq);
  return found?.type === "message" && found.id === of.id ? found : undefined;
}

function entryAt(entries: readonly Entry[], seq: number): Entry | undefined {
  let low = 0;
  let high = entries.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return entries[low]?.seq === seq ? entries[low] : undefined;
}

/** Starts over: what was known may be wrong. */
export function resetTimeline(timeline: Timeline, messages: readonly Message[]): Timeline {
  return {
    ...timeline,
    entries: messages,
    tail: [],
    changes: [],
    quoted: [],
    cameFrom: null,
    end: null,
    seen: 0,
    history: (messages[0]?.n ?? 1) > 1 ? "more" : "complete",
  };
}

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
  return endAt(timeline, Math.min(timeline.entries.length, index + drawnEntries / 2));
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
function trim(timeline: Timeline): Timeline {
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
function firstToKeep(timeline: Timeline, keep: number): number {
  const middle = endIndex(timeline) - drawnEntries / 2;
  return Math.max(0, Math.min(timeline.entries.length - keep, middle - keep / 2));
}

/** With half a step of slack, so that not every message moves the whole list. */
function shortened(entries: readonly Entry[], keep: number): readonly Entry[] {
  return entries.length <= keep + step / 2 ? entries : entries.slice(-keep);
}

/** Both ascending by `seq`; of the same entry the one with the later revision stays, with what both know of it. */
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
      merged.push(later(left, right));
      i++;
      j++;
    }
  }
}

/** What an acknowledgement places does not know its thread, and what an event tells not yet what answered it. */
function later(left: Entry, right: Entry): Entry {
  if (left.type !== "message" || right.type !== "message") return left;
  if (revision(left) !== revision(right)) return revision(right) > revision(left) ? right : left;
  const tells =
    (right.replies?.last ?? 0) > (left.replies?.last ?? 0) ||
    (right.thread !== undefined && left.thread === undefined);
  return tells ? { ...left, ...right } : left;
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
