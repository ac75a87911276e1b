import type { MessageId, ProtocolError, RoomId } from "../../services/protocol/index.ts";
import type { OutboxEntry } from "./contract.ts";

/** What is known of a message that was not acknowledged. */
export interface QueuedEntry extends OutboxEntry {
  /** It went out at least once, so the server may have stored it. */
  readonly tried: boolean;
  /** It was acknowledged, and the history was rewound since. */
  readonly again?: true;
}

/** Messages in the order in which they were made; pure: every change answers a new queue. */
export type OutboxQueue = readonly QueuedEntry[];

/** More than this can not wait: what is added beyond is refused at once. */
const outboxLimit = 1_000;

export function added(queue: OutboxQueue, entry: Omit<OutboxEntry, "state">): OutboxQueue {
  const fresh: QueuedEntry = { ...entry, state: "waiting", tried: false };
  return [...queue, queue.length < outboxLimit ? fresh : failed(fresh, full)];
}

/** Entries of another tab, which are older, go first; known ones change nothing. */
export function adopted(queue: OutboxQueue, others: OutboxQueue): OutboxQueue {
  if (others.length === 0) return queue;
  const known = new Set(queue.map((entry) => entry.id));
  return [...others.filter((entry) => !known.has(entry.id)), ...queue];
}

/** Acknowledged once and lost since: made before everything that waits, in the order in which they were made. */
export function sentAgain(queue: OutboxQueue, lost: OutboxQueue): OutboxQueue {
  return [
    ...lost.map((entry): QueuedEntry => ({ ...entry, state: "waiting", tried: true, again: true })),
    ...queue,
  ];
}

export function removed(queue: OutboxQueue, id: MessageId): OutboxQueue {
  return queue.filter((entry) => entry.id !== id);
}

export function refused(queue: OutboxQueue, id: MessageId, error: ProtocolError): OutboxQueue {
  return queue.map((entry) => (entry.id === id ? failed(entry, error) : entry));
}

export function tried(queue: OutboxQueue, id: MessageId): OutboxQueue {
  return queue.map((entry) => (entry.id === id ? { ...entry, tried: true } : entry));
}

/** Waits again, behind what was written since: it is made again now. */
export function retried(queue: OutboxQueue, id: MessageId, at: string): OutboxQueue {
  const entry = queue.find((candidate) => candidate.id === id);
  if (entry?.state !== "failed") return queue;
  const { error: _, ...rest } = entry;
  return [...removed(queue, id), { ...rest, at, state: "waiting" }];
}

/**
 * What went out and is older than the server remembers ids: sending it by itself could store it a second time, so a
 * person decides.
 */
export function expired(queue: OutboxQueue, beforeMs: number): OutboxQueue {
  const isOver = (entry: QueuedEntry) =>
    entry.state === "waiting" && entry.tried && Date.parse(entry.at) < beforeMs;
  if (!queue.some(isOver)) return queue;
  return queue.map((entry) => (isOver(entry) ? failed(entry, tooOld) : entry));
}

/** The first waiting message of each room that has none on its way. */
export function sendable(queue: OutboxQueue, isBusy: (room: RoomId) => boolean): QueuedEntry[] {
  const seen = new Set<RoomId>();
  return queue.filter((entry) => {
    if (entry.state !== "waiting" || seen.has(entry.room)) return false;
    seen.add(entry.room);
    return !isBusy(entry.room);
  });
}

/** Reads what was stored, leaving out whatever is not an entry. */
export function parseQueue(stored: unknown): OutboxQueue {
  return Array.isArray(stored) ? stored.filter(isEntry) : [];
}

export function isEntry(value: unknown): value is QueuedEntry {
  if (typeof value !== "object" || value === null) return false;
  const { id, room, text, extras, at, state, tried: wasTried, error } = value as Record<string, unknown>;
  return (
    typeof id === "string" &&
    typeof room === "string" &&
    typeof text === "string" &&
    (extras === undefined || (typeof extras === "object" && extras !== null)) &&
    typeof at === "string" &&
    Number.isFinite(Date.parse(at)) &&
    typeof wasTried === "boolean" &&
    (state === "waiting"
      ? error === undefined
      : state === "failed" && typeof error === "object" && error !== null)
  );
}

function failed(entry: QueuedEntry, error: ProtocolError): QueuedEntry {
  return { ...entry, state: "failed", error };
}

const full: ProtocolError = {
  code: "rate_limited",
  message: "Too many messages are waiting. Try again when they are sent.",
};
const tooOld: ProtocolError = {
  code: "conflict",
  message: "This message has waited for too long. Send it again if the conversation does not show it.",
};
