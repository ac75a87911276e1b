import type { MessageId, ProtocolError, RoomId } from "../../services/protocol/index.ts";
import { isTemporary } from "./client-error.ts";
import type { Connection } from "./connection.ts";
import type { ClientEvent, OutboxEntry, SendExtras } from "./contract.ts";
import { createLookBack } from "./look-back.ts";
import {
  added,
  adopted,
  expired,
  type OutboxQueue,
  type QueuedEntry,
  refused,
  removed,
  retried,
  sendable,
  sentAgain,
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

/**
 * Sends what was written, in order, one at a time per room, until the server has it or refuses it; and again what the
 * server had and lost.
 */
export function createOutbox(deps: OutboxDeps) {
  let queue: OutboxQueue = [];
  let online = false;
  let connection = 0;
  let retryWithinMs = Number.POSITIVE_INFINITY;
  let stopLooking: (() => void) | undefined;
  /** Rooms that must wait, each with what ends that: an answer that is due, or a time. */
  const busy = new Map<RoomId, () => void>();

  const lookBack = createLookBack({ ask: deps.ask, now: deps.now, onChange: store });

  function store() {
    deps.kept.save({ entries: queue, sends: lookBack.sends });
  }

  function change(next: OutboxQueue, told = true) {
    if (next === queue) return;
    queue = next;
    store();
    if (told) tell();
  }

  function tell() {
    deps.emit({ type: "outbox", entries: queue, ...(deps.kept.stored ? {} : { unkept: true as const }) });
  }

  function flush() {
    if (!online) return;
    change(expired(queue, deps.now() - retryWithinMs + retryMarginMs));
    for (const room of lookBack.due(queue)) if (!busy.has(room)) look(room);
    for (const entry of sendable(queue, (r) => busy.has(r))) post(entry);
  }

  /** What the room lacks goes out before anything else. */
  function look(room: RoomId) {
    const asOf = connection;
    busy.set(room, () => {});
    lookBack.look(room, (found) => {
      if ("lost" in found && found.lost.length > 0) change(sentAgain(queue, found.lost));
      if (asOf !== connection) return;
      busy.delete(room);
      if ("later" in found) pause(room, found.later);
      else flush();
    });
  }

  function post({ id, room, text, extras }: QueuedEntry) {
    const asOf = connection;
    busy.set(room, () => {});
    // Stored before it goes out, so that the next tab knows that the server may have it.
    change(tried(queue, id), false);
    deps.ask("message:send", { room, id, text, ...extras }, (reply) => {
      const entry = queue.find((one) => one.id === id);
      if (reply.ok) {
        const { seq, n, at } = reply.answer;
        if (entry !== undefined) {
          lookBack.acknowledged(entry, seq);
          deps.emit({ type: "sent", room, id, seq, n, at });
        }
        change(removed(queue, id));
      } else if (reply.error.code === "conflict" && entry?.again) {
        // It is there, as it was before it was edited.
        change(removed(queue, id));
      } else if (!isTemporary(reply.error)) {
        change(refused(queue, id, reply.error));
      } else if (reply.error.code === "unavailable") {
        lookBack.doubt(room);
      }
      if (asOf !== connection) return;
      busy.delete(room);
      if (reply.ok || !isTemporary(reply.error)) flush();
      else pause(room, reply.error);
    });
  }

  function pause(room: RoomId, error: ProtocolError) {
    const { code, retryAfterMs = defaultRetryMs } = error;
    if (code === "rate_limited") {
      const because = error.reason === "slow" ? "slow mode" : "flood";
      deps.emit({ type: "slowed", room, retryAfterMs, because });
    }
    const stop = deps.timers.after(retryAfterMs, () => {
      busy.delete(room);
      flush();
    });
    busy.set(room, stop);
  }

  /** Takes over what tabs that are gone left, now and again and again: they may go while this one stays. */
  function adopt() {
    stopLooking?.();
    const before = queue;
    const { lookAgainMs } = deps.kept.adopt(({ entries, sends }) => {
      queue = adopted(queue, entries);
      lookBack.adopt(sends);
      return { entries: queue, sends: lookBack.sends };
    });
    if (queue !== before) tell();
    stopLooking = deps.timers.after(lookAgainMs, () => {
      adopt();
      flush();
    });
  }

  return {
    get entries(): readonly OutboxEntry[] {
      return queue;
    },
    send(room: RoomId, text: string, extras?: SendExtras): MessageId {
      const id = deps.uuid() as MessageId;
      const at = new Date(deps.now()).toISOString();
      change(added(queue, { id, room, text, at, ...(extras === undefined ? {} : { extras }) }));
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
      adopt();
    },
    flush,
    /** What is told of rooms and of Redis may mean that what was sent is not there any more. */
    heed(event: ClientEvent) {
      lookBack.heed(event, queue);
      if (event.type === "events" || event.type === "reset" || event.type === "recovered") flush();
    },
    /** The history of that room may be another one now. */
    doubt: lookBack.doubt,
    revised: lookBack.revised,
    disconnected() {
      online = false;
      stopLooking?.();
      lookBack.doubtAll();
      connection += 1;
      for (const stop of busy.values()) stop();
      busy.clear();
    },
    /** Forgets everything: whoever signs in next is somebody else. */
    clear() {
      lookBack.clear();
      store();
      change([]);
    },
    release: () => deps.kept.release(),
  };
}
