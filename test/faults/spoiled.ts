import { type Entry, type EntryOf, entriesOf, type Seen, type Stored } from "./history.ts";
import type { ViolationKind } from "./violation.ts";

/** The record of a run in which all went well, with one thing made wrong, and what the checker must say to it. */
export interface Spoiled {
  readonly what: string;
  readonly kind: ViolationKind;
  readonly entries: readonly Entry[];
}

/** One for each way. */
export function spoiled(entries: readonly Entry[]): Spoiled[] {
  const chosen = chosenOf(entries);
  return ways.map(({ what, kind, spoil }) => ({ what, kind, entries: spoil(entries, chosen) }));
}

type Spoil = (entries: readonly Entry[], chosen: Chosen) => Entry[];

const ways: readonly { what: string; kind: ViolationKind; spoil: Spoil }[] = [
  {
    what: "an acknowledged message is in no log",
    kind: "acknowledged-lost",
    spoil: onLogs((messages, { id }) => messages.filter((one) => one.id !== id)),
  },
  {
    what: "an acknowledged message is at another place",
    kind: "acknowledged-elsewhere",
    spoil: onLogs(exchanged),
  },
  {
    what: "a message is in the log twice",
    kind: "stored-twice",
    spoil: onLogs((messages, { id }) => {
      const [one, last] = [messages.find((each) => each.id === id), messages.at(-1)];
      return one && last ? [...messages, { ...one, seq: last.seq + 1, n: last.n + 1 }] : messages;
    }),
  },
  {
    what: "a message has another text",
    kind: "changed",
    spoil: onStored((one) => ({ ...one, text: "other" })),
  },
  {
    what: "a message in the log is another one than clients show",
    kind: "view-differs",
    spoil: onStored((one) => ({ ...one, text: "other" })),
  },
  {
    what: "a number is left out in the log",
    kind: "not-dense",
    spoil: onStored((one) => ({ ...one, n: one.n + 1 })),
  },
  {
    what: "a message is of another time",
    kind: "wrong-time",
    spoil: onStored((one) => ({ ...one, at: one.at + 3_600_000 })),
  },
  {
    what: "nobody sent a message",
    kind: "never-sent",
    spoil: onEach("send", (entry, { id }) => (entry.id === id ? [] : [entry])),
  },
  {
    what: "a message that was refused is in the log",
    kind: "surfaced",
    spoil: onEach("acknowledged", (entry, { id }) => {
      const { t, client, room } = entry;
      return entry.id === id ? [{ t, type: "refused", client, room, id, code: "forbidden" }] : [entry];
    }),
  },
  {
    what: "two messages of one device are the wrong way round",
    kind: "sender-order",
    spoil: onLogs(exchanged),
  },
  {
    what: "a message is placed before one that was acknowledged before it was made",
    kind: "time-order",
    spoil: onEach("acknowledged", (entry, { next }) => [entry.id === next ? { ...entry, seq: 0 } : entry]),
  },
  {
    what: "one node hands out less than the others",
    kind: "histories-differ",
    spoil: (entries, { reading }) => {
      return entries.map((one) =>
        one === reading ? { ...reading, messages: reading.messages.slice(0, -1) } : one,
      );
    },
  },
  { what: "a client shows a message twice", kind: "shown-twice", spoil: onShown((seen) => [seen, seen]) },
  { what: "a client does not show a message", kind: "gap", spoil: onShown(() => []) },
  {
    what: "a client shows a message after the ones that follow it",
    kind: "out-of-order",
    spoil: onShown((seen) => [{ ...seen, id: "another one", seq: seen.seq + 1 }, seen]),
  },
  {
    what: "a client shows another text than others",
    kind: "orders-differ",
    spoil: onShown((seen) => [{ ...seen, text: "other" }]),
  },
  {
    what: "a client shows nothing more from some message on",
    kind: "unobserved",
    spoil: (entries, { viewer, shown }) => {
      return entries.filter(
        (one) =>
          !(one.type === "events" && one.client === viewer && one.room === shown.room && one.t >= shown.t),
      );
    },
  },
  {
    what: "a client is told to start over without a reason",
    kind: "needless-reset",
    spoil: (entries, { viewer, shown }) => {
      const seq = shown.events.at(-1)?.seq ?? 0;
      const { t, room } = shown;
      return after(entries, shown, { t, type: "reset", client: viewer, room, seq, messages: [] });
    },
  },
  {
    what: "somebody who is there is not on the list",
    kind: "missing-user",
    spoil: onEach("users", (entry) => [{ ...entry, users: entry.users.slice(1), count: entry.count - 1 }]),
  },
  {
    what: "somebody who is not there is on the list",
    kind: "ghost",
    spoil: onEach("users", (entry) => [
      { ...entry, users: [...entry.users, "nobody"], count: entry.count + 1 },
    ]),
  },
  {
    what: "the list counts others than it names",
    kind: "list-differs",
    spoil: onEach("users", (entry) => [{ ...entry, count: entry.count + 1 }]),
  },
  {
    what: "somebody is not back in the end",
    kind: "never-together",
    spoil: onEach("settled", (entry) => [{ ...entry, missing: "somebody is offline" }]),
  },
];

/** What is made wrong, and where it stands in the record. */
interface Chosen {
  /** The message. */
  readonly id: string;
  /** One that its device made later and that is in the same room. */
  readonly next: string;
  readonly reading: EntryOf<"history">;
  /** Somebody who showed both and went on to the end. */
  readonly viewer: string;
  readonly shown: EntryOf<"events">;
}

function chosenOf(entries: readonly Entry[]): Chosen {
  const disputed = new Set(
    entries.flatMap((one) =>
      one.type === "refused" || one.type === "unknown" || one.type === "again" ? [one.id] : [],
    ),
  );
  const settledOnce = entriesOf(entries, "acknowledged").filter(({ id }) => !disputed.has(id));
  const answeredMs = new Map(settledOnce.map(({ id, t }) => [id, t]));
  const sends = entriesOf(entries, "send").filter(({ id }) => answeredMs.has(id));
  for (const send of sends) {
    const reading = entriesOf(entries, "history").find(({ room }) => room === send.room);
    const next = sends.find(
      ({ t, room, sender }) =>
        t > (answeredMs.get(send.id) ?? 0) &&
        room === send.room &&
        sender !== undefined &&
        sender === send.sender,
    );
    const shown = reading && next && shownToTheEnd(entries, send);
    if (shown) return { id: send.id, next: next.id, reading, viewer: shown.client, shown };
  }
  throw new Error("in this record too little happened");
}

/** Where a client showed it that had shown others before and shows others later, through no page, until the end. */
function shownToTheEnd(
  entries: readonly Entry[],
  { id, room }: EntryOf<"send">,
): EntryOf<"events"> | undefined {
  const ofRoom = entriesOf(entries, "events").filter((one) => one.room === room);
  return ofRoom
    .filter(({ events }) => events.some((seen) => seen.id === id))
    .find((one) => {
      const mine = ofRoom.filter(({ client }) => client === one.client);
      return one !== mine[0] && one !== mine.at(-1) && !entries.some((other) => interrupts(other, one));
    });
}

function interrupts(entry: Entry, { client, room }: EntryOf<"events">): boolean {
  if (entry.type === "offline") return entry.why !== "cut" && entry.client === client;
  return (
    (entry.type === "unfollow" || entry.type === "reset") && entry.client === client && entry.room === room
  );
}

function after(entries: readonly Entry[], place: Entry, more: Entry): Entry[] {
  return entries.flatMap((one) => (one === place ? [one, more] : [one]));
}

/** Every reading of the room. */
function onLogs(change: (messages: readonly Stored[], chosen: Chosen) => readonly Stored[]): Spoil {
  return onEach("history", (entry, chosen) => [
    entry.room === chosen.reading.room ? { ...entry, messages: change(entry.messages, chosen) } : entry,
  ]);
}

function onStored(change: (message: Stored) => Stored): Spoil {
  return onLogs((messages, { id }) => messages.map((one) => (one.id === id ? change(one) : one)));
}

/** The message and a later one of its device change places. */
function exchanged(messages: readonly Stored[], { id, next }: Chosen): readonly Stored[] {
  const at = (which: string) => messages.find((one) => one.id === which);
  const [one, other] = [at(id), at(next)];
  if (!one || !other) return messages;
  return messages.map((message) => {
    if (message === one) return { ...other, seq: one.seq, n: one.n };
    return message === other ? { ...one, seq: other.seq, n: other.n } : message;
  });
}

function onShown(change: (seen: Seen) => Seen[]): Spoil {
  return (entries, { id, shown }) => {
    const events = shown.events.flatMap((seen) => (seen.id === id ? change(seen) : [seen]));
    return entries.map((one) => (one === shown ? { ...shown, events } : one));
  };
}

function onEach<T extends Entry["type"]>(
  type: T,
  change: (entry: EntryOf<T>, chosen: Chosen) => Entry[],
): Spoil {
  return (entries, chosen) =>
    entries.flatMap((one) => (one.type === type ? change(one as EntryOf<T>, chosen) : [one]));
}
