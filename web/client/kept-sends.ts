import type { MessageId, RoomEvent, RoomId } from "../../services/protocol/index.ts";
import { isEntry, type QueuedEntry } from "./outbox-queue.ts";

/** A message that the server acknowledged. A history that was rewound since may lack it, and then it is sent again. */
export interface KeptSend {
  readonly entry: QueuedEntry;
  /** Where it was acknowledged. */
  readonly seq: number;
  /** When, in milliseconds since 1970. */
  readonly acknowledgedAtMs: number;
  /** This client was told its event: should the history behind that be rewound, it will be told to start over. */
  readonly shown: boolean;
}

/** In the order in which they were made; pure: every change answers new ones, or the same when nothing changed. */
export type KeptSends = readonly KeptSend[];

/** Longer than a failover and a client's way back take together. */
const keptForMs = 10 * 60_000;
const keptLimit = 100;
const keptCharacters = 64 * 1024;

export function kept(sends: KeptSends, send: KeptSend): KeptSends {
  return [...sends.filter(({ entry }) => entry.id !== send.entry.id), send];
}

/** Those that are still worth keeping: not too old, and of the others the newest, as many as there is room for. */
export function within(sends: KeptSends, nowMs: number): KeptSends {
  const young = sends.filter(({ acknowledgedAtMs }) => nowMs - acknowledgedAtMs < keptForMs);
  let from = young.length;
  let characters = 0;
  while (from > 0 && young.length - from < keptLimit) {
    characters += young[from - 1]?.entry.text.length ?? 0;
    if (characters > keptCharacters) break;
    from -= 1;
  }
  return from === 0 && young.length === sends.length ? sends : young.slice(from);
}

/** What another tab kept is older; whether it is still there, this one cannot know without looking. */
export function adoptedSends(sends: KeptSends, others: KeptSends): KeptSends {
  const known = new Set(sends.map(({ entry }) => entry.id));
  const fresh = others.filter(({ entry }) => !known.has(entry.id));
  return [...fresh.map((send) => ({ ...send, shown: false })), ...sends];
}

export function inRoom(sends: KeptSends, room: RoomId): KeptSends {
  return sends.filter(({ entry }) => entry.room === room);
}

export function without(sends: KeptSends, gone: KeptSends): KeptSends {
  return gone.length === 0 ? sends : sends.filter((send) => !gone.includes(send));
}

export function markShown(sends: KeptSends, shown: boolean, which: (send: KeptSend) => boolean): KeptSends {
  if (!sends.some((send) => send.shown !== shown && which(send))) return sends;
  return sends.map((send) => (which(send) ? { ...send, shown } : send));
}

/** What its author took back must not come back, and what was changed comes back as it was changed. */
export function revised(sends: KeptSends, id: MessageId, text: string | undefined): KeptSends {
  const found = sends.find(({ entry }) => entry.id === id);
  if (found === undefined || found.entry.text === text) return sends;
  if (text === undefined) return without(sends, [found]);
  return sends.map((send) => (send === found ? { ...send, entry: { ...send.entry, text } } : send));
}

export function revisedBy(sends: KeptSends, events: readonly RoomEvent[]): KeptSends {
  let next = sends;
  for (const event of events) {
    if (event.type === "delete") next = revised(next, event.of.id as MessageId, undefined);
    // Without a text it was changed again since, and that follows.
    else if (event.type === "edit" && event.text !== undefined)
      next = revised(next, event.of.id as MessageId, event.text);
  }
  return next;
}

/** Reads what was stored, leaving out whatever is none. */
export function parseSends(stored: unknown): KeptSends {
  return Array.isArray(stored) ? stored.filter(isSend) : [];
}

function isSend(value: unknown): value is KeptSend {
  if (typeof value !== "object" || value === null) return false;
  const { entry, seq, acknowledgedAtMs } = value as Record<string, unknown>;
  return isEntry(entry) && Number.isSafeInteger(seq) && typeof acknowledgedAtMs === "number";
}
