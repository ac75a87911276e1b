import { applyChange } from "./changes.ts";
import type {
  Entry,
  Message,
  MessageChange,
  MessageReference,
  Person,
  RoomEvent,
  Timeline,
} from "./model.ts";
import {
  firstToKeep,
  heldEntries,
  keptEntries,
  moveStretch,
  newestEntries,
  oldestSeq,
  trim,
} from "./stretch.ts";

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

/** Adds a page of history that was read before that `seq`, with the changes that happened while it was under way. */
export function addHistory(
  timeline: Timeline,
  messages: readonly Message[],
  more: boolean,
  me: Person["id"] | undefined,
  before?: number,
): Timeline {
  // One may be somewhere else by now: between that and the page something would be missing.
  if (before !== undefined && before !== oldestSeq(timeline)) return { ...timeline, history: "more" };
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

/** Goes to another place: a page from there is what one reads now, together with the newest once it reaches them. */
export function addAround(
  timeline: Timeline,
  messages: readonly Message[],
  me: Person["id"] | undefined,
): Timeline {
  const newest = newestEntries(timeline);
  // Of the newest nothing is drawn from here on, but what one followed is not new.
  const away = moveStretch(timeline, "away");
  const reached = (messages.at(-1)?.seq ?? 0) >= (newest[0]?.seq ?? 0);
  return {
    ...away,
    entries: applyChanges(reached ? merge(messages, newest) : messages, timeline.changes, me),
    tail: reached ? [] : newest.slice(-keptEntries),
    history: (messages[0]?.n ?? 1) > 1 ? "more" : "complete",
  };
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
