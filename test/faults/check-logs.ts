import { type Entry, type EntryOf, entriesOf, type Stored } from "./history.ts";
import { type Standing, standingOf } from "./losses.ts";
import type { Violation } from "./violation.ts";

/** Clocks of two processes on one machine, read to the millisecond. */
const clockSlackMs = 50;
const outcomeUnknown = new Set(["unavailable", "internal"]);

type Send = EntryOf<"send">;
type Acknowledged = EntryOf<"acknowledged">;

interface Fate {
  send: Send | undefined;
  acknowledged: Acknowledged[];
  refused: EntryOf<"refused">[];
  unknown: EntryOf<"unknown">[];
  again: EntryOf<"again">[];
}

/** What was sent against what is in the log: nothing acknowledged lost, nothing twice, nothing that was refused. */
export function checkLogs(entries: readonly Entry[]): Violation[] {
  const fates = fatesOf(entries);
  const readings = entriesOf(entries, "history");
  const standing = standingOf(entries);
  const violations: Violation[] = [...checkTimeOrder(entries, fates, standing)];
  for (const fate of fates.values()) violations.push(...checkAnswers(fate, standing));

  for (const room of new Set(readings.map((reading) => reading.room))) {
    const ofRoom = readings.filter((reading) => reading.room === room);
    const [first, ...others] = ofRoom as [EntryOf<"history">, ...EntryOf<"history">[]];
    for (const other of others) {
      const difference = firstDifference(first.messages, other.messages);
      if (difference === undefined) continue;
      violations.push({
        kind: "histories-differ",
        what: `${first.from} and ${other.from} hand out different histories of ${room}: ${difference}`,
        excerpt: [only(first), only(other)],
      });
    }
    const baseline = entriesOf(entries, "room").find((entry) => entry.room === room);
    violations.push(...checkLog(first, baseline?.n ?? 0, fates, standing));
  }
  return violations;
}

function fatesOf(entries: readonly Entry[]): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  const fate = (id: string) => {
    const known = fates.get(id);
    if (known) return known;
    const made: Fate = { send: undefined, acknowledged: [], refused: [], unknown: [], again: [] };
    fates.set(id, made);
    return made;
  };
  for (const entry of entries) {
    if (entry.type === "send") fate(entry.id).send = entry;
    else if (entry.type === "acknowledged") fate(entry.id).acknowledged.push(entry);
    else if (entry.type === "refused") fate(entry.id).refused.push(entry);
    else if (entry.type === "unknown") fate(entry.id).unknown.push(entry);
    else if (entry.type === "again") fate(entry.id).again.push(entry);
  }
  return fates;
}

/** One message has one place, however often it was sent; a place that was lost counts no more. */
function checkAnswers(fate: Fate, { isSafe }: Standing): Violation[] {
  const acknowledged = fate.acknowledged.filter(isSafe);
  const [first] = acknowledged;
  const other = acknowledged.find((one) => one.seq !== first?.seq || one.n !== first?.n);
  if (!first || !other) return [];
  const what = `${first.id} was acknowledged at ${first.seq} and at ${other.seq}`;
  return [{ kind: "stored-twice", what, excerpt: [first, other] }];
}

function checkLog(
  reading: EntryOf<"history">,
  nBefore: number,
  fates: ReadonlyMap<string, Fate>,
  standing: Standing,
): Violation[] {
  const violations: Violation[] = [];
  const { room, messages } = reading;
  const places = new Map<string, Stored>();
  let previous: Stored | undefined;
  for (const message of messages) {
    const fate = fates.get(message.id);
    const here = only(reading, message);
    const twin = places.get(message.id);
    if (twin) {
      const what = `${message.id} is in ${room} at ${twin.seq} and at ${message.seq}`;
      violations.push({
        kind: "stored-twice",
        what,
        excerpt: compact(fate?.send, only(reading, twin, message)),
      });
    }
    places.set(message.id, twin ?? message);
    if (message.n !== (previous?.n ?? nBefore) + 1 || message.seq <= (previous?.seq ?? 0)) {
      const what = `in ${room}, message ${message.n} at ${message.seq} follows ${previous?.n ?? nBefore} at ${previous?.seq ?? "the start"}`;
      const excerpt = [previous ? only(reading, previous, message) : here];
      violations.push({ kind: "not-dense", what, excerpt });
    }
    previous = message;
    if (!fate?.send) {
      violations.push({ kind: "never-sent", what: `nobody sent ${message.id}`, excerpt: [here] });
    } else {
      const { send } = fate;
      if (send.text !== message.text || send.room !== room || send.user !== message.by) {
        const what = `${message.id} is not stored as it was sent`;
        violations.push({ kind: "changed", what, excerpt: [send, here] });
      }
      violations.push(...checkSurfaced(fate, send, message, here));
    }
  }

  for (const [id, { send, acknowledged }] of fates) {
    const answer = acknowledged.find(standing.isSafe);
    const place = places.get(id);
    const holder = standing.holder(id);
    if (answer?.room === room && !place) {
      const what = `${id} was acknowledged at ${answer.seq} and is not in ${room}`;
      violations.push({ kind: "acknowledged-lost", what, excerpt: compact(send, answer) });
    } else if (answer?.room === room && place && (place.seq !== answer.seq || place.n !== answer.n)) {
      const what = `${id} was acknowledged at ${answer.seq} and is at ${place.seq} of ${room}`;
      violations.push({
        kind: "acknowledged-elsewhere",
        what,
        excerpt: compact(send, answer, only(reading, place)),
      });
    } else if (holder !== undefined && send?.room === room && !place) {
      const what = `${id} was lost with Redis, and ${holder}, who holds it, has not sent it again`;
      violations.push({ kind: "acknowledged-lost", what, excerpt: compact(send, ...acknowledged) });
    }
  }
  violations.push(...checkSenders(room, places, fates));
  return violations;
}

/** What was answered with an error is not in the log, unless the error said that nobody knows yet. */
function checkSurfaced(fate: Fate, send: Send, message: Stored, here: Entry): Violation[] {
  const { acknowledged, refused, unknown, again } = fate;
  const last = refused.at(-1);
  if (acknowledged.length > 0 || unknown.length > 0 || !last || last.final) return [];
  const open = refused.filter(({ code }) => outcomeUnknown.has(code));
  // A try that is not answered yet may still be stored.
  if (1 + again.length > refused.length) return [];
  const excerpt = [send, ...again, ...refused, here];
  if (open.length === 0) {
    const what = `${message.id} was refused (${last.code}) and is in the log`;
    return [{ kind: "surfaced", what, excerpt }];
  }
  const until = Math.max(...open.map(({ t, retryAfterMs = 0 }) => t + retryAfterMs));
  if (message.at <= until + clockSlackMs) return [];
  const what = `${message.id} came into the log ${message.at - until} ms after its outcome was settled as an error`;
  return [{ kind: "surfaced", what, excerpt }];
}

/**
 * The outbox of a device sends one message after the other. What was lost and sent again comes later than what was stored
 * meanwhile, and is in order among itself; but after two losses as the first return left it, when that was behind what was made later.
 */
function checkSenders(
  room: string,
  places: ReadonlyMap<string, Stored>,
  fates: ReadonlyMap<string, Fate>,
): Violation[] {
  const violations: Violation[] = [];
  const earlier = new Map<string, Placed[]>();
  const sends = [...fates.values()].filter(({ send }) => send?.room === room);
  for (const fate of sends.toSorted((a, b) => (a.send?.t ?? 0) - (b.send?.t ?? 0))) {
    const placed = placedOf(fate, places);
    if (!placed) continue;
    const series = `${placed.send.sender} ${placed.lost !== undefined}`;
    const others = earlier.get(series) ?? [];
    const before = others.find((one) => one.place.seq > placed.place.seq && !cameBackBehind(one, placed));
    if (before) {
      const what = `${placed.send.sender} made ${before.send.id} before ${placed.send.id}, which is stored before it in ${room}`;
      violations.push({ kind: "sender-order", what, excerpt: [before.send, placed.send] });
    }
    earlier.set(series, [...others, placed]);
  }
  return violations;
}

interface Placed {
  readonly send: Send;
  readonly place: Stored;
  /** The last answer with a place that it has not any more. */
  readonly lost: Acknowledged | undefined;
}

function placedOf({ send, acknowledged }: Fate, places: ReadonlyMap<string, Stored>): Placed | undefined {
  const place = send && places.get(send.id);
  if (send?.sender === undefined || !place) return undefined;
  // By chance the place can be the same: that it is not the first one is seen from its time.
  const lost = acknowledged.findLast(({ t, seq }) => seq !== place.seq || place.at > t + clockSlackMs);
  return { send, place, lost };
}

function cameBackBehind(made: Placed, later: Placed): boolean {
  return made.lost !== undefined && later.lost !== undefined && made.lost.t > later.lost.t;
}

/** What is made after an answer comes after what was answered, whoever made it. */
function checkTimeOrder(
  entries: readonly Entry[],
  fates: ReadonlyMap<string, Fate>,
  { isSafe }: Standing,
): Violation[] {
  const violations: Violation[] = [];
  const newest = new Map<string, Acknowledged>();
  const before = new Map<string, Acknowledged>();
  for (const entry of entries) {
    if (entry.type === "send") {
      const answered = newest.get(entry.room);
      if (answered) before.set(entry.id, answered);
    } else if (entry.type === "acknowledged" && isSafe(entry)) {
      const earlier = before.get(entry.id);
      if (earlier && earlier.seq >= entry.seq) {
        const what = `${entry.id} was made after ${earlier.id} was acknowledged at ${earlier.seq}, and is at ${entry.seq}`;
        const send = fates.get(entry.id)?.send;
        violations.push({ kind: "time-order", what, excerpt: compact(earlier, send, entry) });
      }
      if ((newest.get(entry.room)?.seq ?? 0) < entry.seq) newest.set(entry.room, entry);
    }
  }
  return violations;
}

function firstDifference(one: readonly Stored[], other: readonly Stored[]): string | undefined {
  const longer = Math.max(one.length, other.length);
  for (let i = 0; i < longer; i++) {
    const [a, b] = [one[i], other[i]];
    if (a?.id !== b?.id || a?.seq !== b?.seq || a?.n !== b?.n || a?.text !== b?.text)
      return `${a ? `${a.seq} ${a.id}` : "nothing"} against ${b ? `${b.seq} ${b.id}` : "nothing"}`;
  }
  return undefined;
}

function only(reading: EntryOf<"history">, ...messages: Stored[]): Entry {
  return { ...reading, messages };
}

function compact(...entries: (Entry | undefined)[]): Entry[] {
  return entries.filter((entry) => entry !== undefined);
}
