import type { MessageId, ProtocolError, RoomId } from "../../services/protocol/index.ts";
import { isTemporary } from "./client-error.ts";
import type { Connection } from "./connection.ts";
import type { ClientEvent, OutboxEntry } from "./contract.ts";
import {
  added,
  adopted,
  expired,
  type OutboxQueue,
  refused,
  removed,
  retried,
  sendable,
  tried,
} from "./outbox-queue.ts";
import type { OutboxStore } from "./outbox-store.ts";
import type { Timers } from "./timers.ts";

export interface OutboxDeps {
  ask: Connection["ask"];
  emit: (event: ClientEvent) => void;
  kept: OutboxStore;
  now: () => number;
  uuid: () => string;
  timers: Timers;
}

const defaultRetryMs = 1_000;
/** Above the last moment in which a retry is recognised: clocks differ, and a message takes a while to arrive. */
const retryMarginMs = 5 * 60_000;

/** Sends what was written, in order, one at a time per room, until the server has it or refuses it. */
export function createOutbox(deps: OutboxDeps) {
  let queue: OutboxQueue = [];
  let online = false;
  let connection = 0;
  let retryWithinMs = Number.POSITIVE_INFINITY;
  let stopLooking: (() => void) | undefined;
  /** Rooms that must wait, each with what ends that: an answer that is due, or a time. */
  const busy = new Map<RoomId, () => void>();

  function change(next: OutboxQueue, told = true) {
    if (next === queue) return;
    queue = next;
    deps.kept.save(queue);
    if (told) deps.emit({ type: "outbox", entries: queue });
  }

  function flush() {
    if (!online) return;
    change(expired(queue, deps.now() - retryWithinMs + retryMarginMs));
    for (const { id, room, text } of sendable(queue, (r) => busy.has(r))) post(id, room, text);
  }

  function post(id: MessageId, room: RoomId, text: string) {
    const asOf = connection;
    busy.set(room, () => {});
    // Stored before it goes out, so that the next tab knows that the server may have it.
    change(tried(queue, id), false);
    deps.ask("message:send", { room, id, text }, (reply) => {
      if (reply.ok) {
        const { seq, n, at } = reply.answer;
        if (queue.some((entry) => entry.id === id)) deps.emit({ type: "sent", room, id, seq, n, at });
        change(removed(queue, id));
      } else if (!isTemporary(reply.error)) {
        change(refused(queue, id, reply.error));
      }
      if (asOf !== connection) return;
      busy.delete(room);
      if (reply.ok || !isTemporary(reply.error)) flush();
      else pause(room, reply.error);
    });
  }

  function pause(room: RoomId, error: ProtocolError) {
    const { code, retryAfterMs = defaultRetryMs } = error;
    if (code === "rate_limited") deps.emit({ type: "slowed", room, retryAfterMs });
    const stop = deps.timers.after(retryAfterMs, () => {
      busy.delete(room);
      flush();
    });
    busy.set(room, stop);
  }

  function adopt() {
    stopLooking?.();
    const { lookAgainMs } = deps.kept.adopt((others) => {
      queue = adopted(queue, others);
      return queue;
    });
    if (lookAgainMs !== undefined)
      stopLooking = deps.timers.after(lookAgainMs, () => {
        const before = queue;
        adopt();
        if (queue === before) return;
        deps.emit({ type: "outbox", entries: queue });
        flush();
      });
  }

  return {
    get entries(): readonly OutboxEntry[] {
      return queue;
    },
    send(room: RoomId, text: string): MessageId {
      const id = deps.uuid() as MessageId;
      const at = new Date(deps.now()).toISOString();
      change(added(queue, { id, room, text, at }));
      flush();
      return id;
    },
    retry(id: MessageId) {
      change(retried(queue, id, new Date(deps.now()).toISOString()));
      flush();
    },
    discard(id: MessageId) {
      if (queue.some((entry) => entry.id === id)) change(removed(queue, id));
    },
    /** Signed in as this user: what they left in tabs that are gone is ours to send. */
    welcomed(userId: string, retryMs: number) {
      online = true;
      if (retryMs > 0) retryWithinMs = retryMs;
      deps.kept.belongsTo(userId);
      const before = queue;
      adopt();
      if (queue !== before) deps.emit({ type: "outbox", entries: queue });
    },
    flush,
    disconnected() {
      online = false;
      connection += 1;
      for (const stop of busy.values()) stop();
      busy.clear();
    },
    /** Forgets everything: whoever signs in next is somebody else. */
    clear() {
      change([]);
    },
    release: () => deps.kept.release(),
  };
}
