import type { NoticePayload, RoomId, UserEvent } from "../../services/protocol/index.ts";
import { isTemporary } from "./client-error.ts";
import type { Connection } from "./connection.ts";
import type { ClientEvent } from "./contract.ts";
import { createLogSequence, type Outcome } from "./log-sequence.ts";
import type { RoomSync } from "./room-sync.ts";
import type { Timers } from "./timers.ts";

export interface OwnLogDeps {
  ask: Connection["ask"];
  emit: (event: ClientEvent) => void;
  rooms: RoomSync;
  timers: Timers;
}

const defaultRetryMs = 1_000;

/** One's own log: what all of one's devices must learn, told once, and carried over into the rooms. */
export function createOwnLog(deps: OwnLogDeps) {
  let log: ReturnType<typeof createLogSequence<UserEvent>> | undefined;
  let welcomedAt = "";
  let connection = 0;
  let asking = false;

  function apply(outcome: Outcome<UserEvent>) {
    if (outcome.events.length > 0) {
      deps.emit({ type: "me-events", events: [...outcome.events] });
      carryOver(outcome.events);
    }
    if (outcome.sync) sync();
  }

  /**
   * Only the last word on each room counts: what was missed may be older than the welcome, and a room that was left
   * and joined again must not go off the screen in between.
   */
  function carryOver(events: readonly UserEvent[]) {
    const last = new Map<RoomId, UserEvent>();
    for (const event of events) {
      if (event.type === "room_added") last.set(event.room.id, event);
      else if (event.type === "room_removed") last.set(event.room, event);
      else if (event.type === "read") deps.rooms.read(event.room, event.n, event);
      else if (event.type === "mention") deps.rooms.mentioned(event);
      else if (event.type === "preferences") {
        deps.emit({ type: "preferences", preferences: event.preferences });
      }
    }
    for (const [id, event] of last) {
      if (event.type === "room_removed") deps.rooms.remove(id);
      else if (event.type === "room_added") deps.rooms.joined(event.room);
    }
  }

  function sync() {
    if (asking || log?.cursor === undefined) return;
    const asOf = connection;
    const current = log;
    asking = true;
    deps.ask("me:sync", { cursor: log.cursor as NoticePayload<"welcome">["me"] }, (reply) => {
      if (asOf !== connection) return;
      asking = false;
      // The welcome was the truth, and what waits follows on it.
      if (!reply.ok && !isTemporary(reply.error)) apply(current.restarted(welcomedAt, undefined));
      else if (!reply.ok)
        deps.timers.after(reply.error.retryAfterMs ?? defaultRetryMs, () => {
          if (asOf === connection) sync();
        });
      else if ("reset" in reply.answer) apply(current.restarted(welcomedAt, undefined));
      else apply(current.synced(reply.answer));
    });
  }

  return {
    welcomed(cursor: string) {
      welcomedAt = cursor;
      if (log === undefined) log = createLogSequence<UserEvent>({ cursor, seq: undefined });
      else if (log.cursor === cursor) apply(log.resume(undefined));
      else sync();
    },
    events({ events, cursor }: NoticePayload<"me:events">) {
      if (log !== undefined) apply(log.receive({ events, cursor }));
    },
    /** Void: the next welcome starts it again. */
    reset() {
      log = undefined;
    },
    disconnected() {
      connection += 1;
      asking = false;
      log?.disconnect();
    },
  };
}
