import type { MessageId, ProtocolError, RoomId } from "../../services/protocol/index.ts";
import { isTemporary } from "./client-error.ts";
import type { Connection } from "./connection.ts";
import type { ClientEvent } from "./contract.ts";
import {
  adoptedSends,
  inRoom,
  type KeptSends,
  kept,
  markShown,
  revised,
  revisedBy,
  within,
  without,
} from "./kept-sends.ts";
import type { OutboxQueue, QueuedEntry } from "./outbox-queue.ts";

export interface LookBackDeps {
  ask: Connection["ask"];
  now: () => number;
  /** What is kept is other than before. */
  onChange: () => void;
}

/** As many messages as one page may have. */
const longestLook = 200;

/**
 * Keeps what was acknowledged for some minutes, and finds out what of it a room lacks whose history was rewound: by a
 * failover to a replica that lagged, or by a Redis that lost its last second. A look costs a page of history, so it is taken only when
 * there is a doubt: the room started over, or the connection or Redis was away, and then only if something was
 * acknowledged whose event this client has not been told (of what it has been told, a rewound history is told as well) or is about
 * to be sent (which must not come before what is lost).
 */
export function createLookBack(deps: LookBackDeps) {
  let sends: KeptSends = [];
  const doubted = new Set<RoomId>();
  /** How far each room was told, or a lower bound of it. */
  const told = new Map<RoomId, number>();
  /** Own messages whose events came before their acknowledgements. */
  const early = new Set<MessageId>();

  function change(next: KeptSends) {
    if (next === sends) return;
    sends = next;
    deps.onChange();
  }

  function doubtAll() {
    for (const { entry } of sends) doubted.add(entry.room);
  }

  function reached(room: RoomId, seq: number, ids: ReadonlySet<string>) {
    told.set(room, seq);
    sends = markShown(sends, true, ({ entry }) => entry.room === room && ids.has(entry.id));
    // Its place has passed, and it was not there.
    if (inRoom(sends, room).some((send) => !send.shown && send.seq <= seq)) doubted.add(room);
  }

  return {
    get sends(): KeptSends {
      return sends;
    },
    /** Keeps it; whoever calls stores it, together with the outbox that lacks it now. */
    acknowledged(entry: QueuedEntry, seq: number) {
      // Sent again, it may be in what was told long ago: the server has just said that it is there.
      const shown = early.delete(entry.id) || seq <= (told.get(entry.room) ?? 0);
      const send = { entry, seq, acknowledgedAtMs: deps.now(), shown };
      sends = within(kept(sends, send), deps.now());
    },
    /** What other tabs kept. */
    adopt(others: KeptSends) {
      sends = adoptedSends(sends, others);
      for (const { entry } of others) doubted.add(entry.room);
    },
    /** The author changed it, or took it back. */
    revised: (id: MessageId, text: string | undefined) => change(revised(sends, id, text)),
    doubt: (room: RoomId) => void doubted.add(room),
    doubtAll,
    heed(event: ClientEvent, queue: OutboxQueue) {
      if (event.type === "events") {
        const ids = new Set<string>(event.events.map(({ id }) => id));
        for (const { id } of queue) if (ids.has(id)) early.add(id);
        reached(event.room, event.events.at(-1)?.seq ?? 0, ids);
        change(revisedBy(sends, event.events));
      } else if (event.type === "reset") {
        told.set(event.room, event.seq);
        early.clear();
        sends = markShown(sends, false, ({ entry }) => entry.room === event.room);
        doubted.add(event.room);
      } else if (event.type === "recovered") {
        doubtAll();
      } else if (event.type === "room-removed") {
        doubted.delete(event.room);
        told.delete(event.room);
        change(without(sends, inRoom(sends, event.room)));
      }
    },
    /** Rooms in which it must be looked before anything is sent. */
    due(queue: OutboxQueue): RoomId[] {
      sends = within(sends, deps.now());
      return [...doubted].filter((room) => {
        const ours = inRoom(sends, room);
        if (ours.length === 0) doubted.delete(room);
        return (
          ours.some(({ shown }) => !shown) ||
          (ours.length > 0 && queue.some((entry) => entry.room === room && entry.state === "waiting"))
        );
      });
    },
    /** Answers with what the room lacks, in the order in which it was made, and keeps that no longer; or when to try again. */
    look(room: RoomId, done: (found: { lost: OutboxQueue } | { later: ProtocolError }) => void) {
      const lost = new Set<MessageId>();
      doubted.delete(room);
      lookBelow(Number.POSITIVE_INFINITY);

      /** A rewind takes the end of a history: from there back, a page at a time, until something of one's own is there. */
      function lookBelow(below: number) {
        const places = inRoom(sends, room).map(({ seq }) => seq);
        const last = Math.max(0, ...places.filter((seq) => seq < below));
        if (last === 0) return finish();
        const after = Math.max(0, Math.min(...places) - 1, last - longestLook);
        deps.ask("room:history", { room, after, limit: last - after }, (reply) => {
          if (!reply.ok && isTemporary(reply.error)) {
            doubted.add(room);
            return done({ later: reply.error });
          }
          // Not a member any more, or the room itself is gone: nothing can be sent there.
          if (!reply.ok) return done({ lost: [] });
          const there = new Set<string>(reply.answer.messages.map(({ id }) => id));
          const ours = inRoom(sends, room).filter(({ seq }) => seq > after && seq <= last);
          for (const { entry } of ours) if (!there.has(entry.id)) lost.add(entry.id);
          if (ours.some(({ entry }) => there.has(entry.id))) finish();
          else lookBelow(after + 1);
        });
      }

      function finish() {
        const gone = inRoom(sends, room).filter(({ entry }) => lost.has(entry.id));
        const seq = told.get(room) ?? 0;
        sends = markShown(without(sends, gone), true, (send) => send.entry.room === room && send.seq <= seq);
        done({ lost: gone.map(({ entry }) => entry) });
      }
    },
    clear() {
      sends = [];
      doubted.clear();
    },
  };
}
