// What happened in a run, as plain JSON: everything that the checker knows.

import type { NoticePayload, RoomEvent } from "../../services/protocol/index.ts";

/** An event of a room as a client was told it, without what the checker does not need. */
export interface Seen {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  /** Of messages. */
  readonly text?: string;
  readonly n?: number;
  /** Of messages: when Redis took it, on the clock of the run. */
  readonly at?: number;
}

/** A message as `room:history` hands it out. */
export interface Stored {
  readonly seq: number;
  readonly n: number;
  readonly id: string;
  readonly text: string;
  /** Name of its author. */
  readonly by: string;
  /** When Redis took it, on the clock of the run. */
  readonly at: number;
}

/** Whom a fault may keep from seeing the truth: everybody, those on some nodes, or nobody. */
export type Disturbs = "all" | "none" | { readonly nodes: readonly string[] };

/** `client` names one tab or one terminal, and is never used again; `user` is somebody's name. */
type Happening =
  /** Where a room's log stood before the run. */
  | { type: "room"; room: string; seq: number; n: number }
  /**
   * A client makes a message. `sender` is the device whose outbox keeps the order in which messages were made; without it, the
   * client does not wait for one answer before it sends the next.
   */
  | {
      type: "send";
      client: string;
      user: string;
      room: string;
      id: string;
      text: string;
      sender?: string;
    }
  /** It sends the same message once more. */
  | { type: "again"; client: string; room: string; id: string }
  | { type: "acknowledged"; client: string; room: string; id: string; seq: number; n: number }
  /** One try was answered with an error. `final`: the tries before it are not known to the checker. */
  | {
      type: "refused";
      client: string;
      room: string;
      id: string;
      code: string;
      retryAfterMs?: number;
      final?: true;
    }
  /** One try got no answer, or the client forgot the message: nobody knows. */
  | { type: "unknown"; client: string; room: string; id: string }
  /** From here on the client is told every event after `seq`. */
  | { type: "follow"; client: string; room: string; seq: number }
  | { type: "events"; client: string; room: string; events: readonly Seen[] }
  /** Started over with a page; `seq` is a lower bound of the position. */
  | { type: "reset"; client: string; room: string; seq: number; messages: readonly Seen[] }
  | { type: "unfollow"; client: string; room: string }
  /** It has begun to connect: from here on it may be on the list. `sender`: the device on which it is, as in `send`. */
  | { type: "arriving"; client: string; user: string; sender?: string }
  /** `clock`: what the node says that the time is, on the clock of the run. */
  | { type: "online"; client: string; user: string; node: string; clock?: number }
  /** `cut`: not by its own choice, it will be back. `vanished`: from here on it is not heard of, and nobody is told. */
  | { type: "offline"; client: string; user: string; why: "cut" | "closed" | "signed-out" | "vanished" }
  /** What a client that watches the whole list of users shows. */
  | { type: "list"; client: string; users: readonly string[] }
  | { type: "list-change"; client: string; user: string; online: boolean }
  /**
   * A fault begins and ends; `settleMs` after that, and `atMostMs` after it began, nobody has an excuse. `losesMs`: what Redis took
   * until so long before it began, or while it lasts, may be lost.
   */
  | {
      type: "fault";
      phase: "begin" | "end";
      fault: number;
      what: string;
      disturbs: Disturbs;
      settleMs: number;
      atMostMs?: number;
      losesMs?: number;
    }
  /** From here on nobody acts, and every fault is healed. */
  | { type: "quiet" }
  /**
   * All had the time to come together again; `missing` says what was not as it should be all the same. What follows are fresh
   * readings.
   */
  | { type: "settled"; missing?: string }
  /** The whole of a room's messages after its start, read afresh from one node. */
  | { type: "history"; from: string; room: string; seq: number; messages: readonly Stored[] }
  /** The whole list, read afresh from one node. */
  | { type: "users"; from: string; users: readonly string[]; count: number };

/** `t`: milliseconds since the run began, on a clock that only goes forward. */
export type Entry = { readonly t: number } & Happening;
export type EntryOf<T extends Entry["type"]> = Extract<Entry, { type: T }>;

export interface History {
  readonly entries: readonly Entry[];
  /** Milliseconds since the run began. */
  now(): number;
  add(what: Happening): void;
  /** A time of day on the clock of the run. */
  clock(iso: string): number;
  /** What a client was told, as it is kept here. */
  seen(events: readonly RoomEvent[]): Seen[];
  welcomed(welcome: NoticePayload<"welcome">): { node: string; clock: number };
}

export function createHistory(): History {
  const startMs = performance.now();
  const startOfDay = performance.timeOrigin + startMs;
  const entries: Entry[] = [];
  const now = () => Math.round((performance.now() - startMs) * 10) / 10;
  const clock = (iso: string) => Math.round(Date.parse(iso) - startOfDay);
  return {
    entries,
    now,
    add: (what) => void entries.push({ t: now(), ...what }),
    clock,
    seen: (events) =>
      events.map((event) => {
        const { seq, id, type } = event;
        if (event.type !== "message") return { seq, id, type };
        return { seq, id, type, text: event.text ?? "", n: event.n, at: clock(event.at) };
      }),
    welcomed: ({ node, serverTime }) => ({ node, clock: clock(serverTime) }),
  };
}

export function entriesOf<T extends Entry["type"]>(entries: readonly Entry[], type: T): EntryOf<T>[] {
  return entries.filter((entry): entry is EntryOf<T> => entry.type === type);
}
