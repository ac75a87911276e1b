import type {
  Message,
  NoticePayload,
  ProtocolError,
  RequestAnswer,
  Room,
  RoomEvent,
  RoomId,
  UserEvent,
} from "../../services/protocol/index.ts";
import { isTemporary } from "./client-error.ts";
import type { Connection } from "./connection.ts";
import type { ClientEvent } from "./contract.ts";
import { createLogSequence, type LogSequence, type Outcome } from "./log-sequence.ts";
import { roomAfter, roomRead } from "./room-head.ts";
import type { Timers } from "./timers.ts";

export interface RoomSyncDeps {
  ask: Connection["ask"];
  emit: (event: ClientEvent) => void;
  /** Id of the user, as far as known. */
  me: () => string | undefined;
  random: () => number;
  timers: Timers;
}

interface Entry {
  room: Room;
  readonly log: LogSequence<RoomEvent>;
  /** Syncs in a row that changed nothing although something is missing. */
  stalls: number;
  /** Cancels the reading of a new start; set while what was known is void. */
  restart: (() => void) | undefined;
}

const roomsPerRequest = 200;
const defaultRetryMs = 1_000;
const longestRestartDelayMs = 2_000;
const stallLimit = 3;
const earlyEventsLimit = 200;

/** The rooms of this user: how far each was handed out, and what must be asked for to go on without a gap. */
export function createRoomSync(deps: RoomSyncDeps) {
  const rooms = new Map<RoomId, Entry>();
  /** Rooms whose answer to a sync is due. */
  const wanted = new Set<RoomId>();
  /** Newest sequence seen of rooms that we do not know (yet): their events may overtake the word that we are in. */
  const early = new Map<RoomId, number>();
  let connection = 0;
  let asking = false;
  let batchSize = roomsPerRequest;
  let cancelPump: (() => void) | undefined;

  function add(room: Room) {
    const entry: Entry = {
      room,
      log: createLogSequence(room),
      stalls: 0,
      restart: undefined,
    };
    rooms.set(room.id, entry);
    if ((early.get(room.id) ?? 0) > room.seq) want(entry);
    early.delete(room.id);
  }

  /** A room that the server names as of now, on this connection: live events follow on the position in it. */
  function found(room: Room) {
    const entry = rooms.get(room.id);
    if (entry === undefined) return add(room);
    entry.room = room;
    if (entry.log.cursor === undefined) restart(entry, false);
    else if (entry.log.cursor === room.cursor) apply(entry, entry.log.resume(room.seq));
    else want(entry);
  }

  function remove(id: RoomId) {
    const entry = rooms.get(id);
    if (entry === undefined) return;
    entry.restart?.();
    rooms.delete(id);
    wanted.delete(id);
    deps.emit({ type: "room-removed", room: id });
  }

  function want(entry: Entry) {
    entry.log.hold();
    wanted.add(entry.room.id);
    pump();
  }

  function setHead(entry: Entry, room: Room) {
    const { seq, n } = entry.room;
    entry.room = room;
    if (room.seq !== seq || room.n !== n)
      deps.emit({ type: "head", room: room.id, seq: room.seq, n: room.n });
  }

  function apply(entry: Entry, outcome: Outcome<RoomEvent>) {
    const { room, log } = entry;
    if (outcome.events.length > 0) {
      const events = [...outcome.events];
      deps.emit({ type: "events", room: room.id, events });
      setHead(entry, roomAfter(room, events, log.cursor ?? room.cursor, deps.me()));
    }
    if (outcome.sync) want(entry);
  }

  /** Asks for what is missing, many rooms at a time, one request after the other. */
  function pump(delayMs = 0) {
    if (asking || cancelPump !== undefined || wanted.size === 0) return;
    if (delayMs > 0) {
      cancelPump = deps.timers.after(delayMs, () => {
        cancelPump = undefined;
        pump();
      });
      return;
    }
    const asked = new Map<RoomId, Entry>();
    const cursors: Record<RoomId, Room["cursor"]> = {};
    for (const id of wanted) {
      const entry = rooms.get(id);
      if (entry?.log.cursor === undefined) {
        wanted.delete(id);
        continue;
      }
      asked.set(id, entry);
      cursors[id] = entry.log.cursor as Room["cursor"];
      if (asked.size >= batchSize) break;
    }
    if (asked.size === 0) return;
    const asOf = connection;
    asking = true;
    deps.ask("room:sync", { rooms: cursors }, (reply) => {
      if (asOf !== connection) return;
      const delayMs = reply.ok ? take(asked, reply.answer.rooms) : refused(asked, reply.error);
      asking = false;
      pump(delayMs);
    });
  }

  /** Applies the answers; returns after how long to ask on. */
  function take(asked: ReadonlyMap<RoomId, Entry>, answers: RequestAnswer<"room:sync">["rooms"]): number {
    let progress = false;
    for (const [id, entry] of asked) {
      const answer = answers[id];
      // Left out because it did not fit, or void or gone meanwhile.
      if (answer === undefined || rooms.get(id) !== entry) continue;
      if (entry.log.cursor === undefined) continue;
      wanted.delete(id);
      if ("error" in answer) {
        // Left or gone: one's own log says so, and the room goes with that.
        progress = true;
        continue;
      }
      if ("reset" in answer) {
        progress = true;
        startAgain(entry, answer.messages, answer.cursor, false);
        continue;
      }
      const before = entry.log.cursor;
      apply(entry, entry.log.synced(answer));
      const stalled = wanted.has(id) && entry.log.cursor === before;
      entry.stalls = stalled ? entry.stalls + 1 : 0;
      progress ||= !stalled;
      if (entry.stalls >= stallLimit) restart(entry, true);
    }
    if (wanted.size === 0) batchSize = roomsPerRequest;
    return progress ? 0 : defaultRetryMs;
  }

  /** Returns after how long to ask on. */
  function refused(asked: ReadonlyMap<RoomId, Entry>, error: ProtocolError): number {
    if (isTemporary(error)) return error.retryAfterMs ?? defaultRetryMs;
    // One room spoils the request for all: find it by asking for fewer at a time.
    if (asked.size > 1) batchSize = Math.ceil(asked.size / 2);
    else for (const entry of asked.values()) restart(entry, true);
    return 0;
  }

  /** What is known of the room is void. The wait spreads the readers of a large room. */
  function restart(entry: Entry, headIsVoid: boolean) {
    const { id } = entry.room;
    entry.restart?.();
    entry.log.startOver();
    entry.stalls = 0;
    wanted.delete(id);
    const read = () => {
      const asOf = connection;
      deps.ask("room:history", { room: id }, (reply) => {
        if (asOf !== connection || rooms.get(id) !== entry) return;
        // Reset again since: that one reads by itself.
        if (entry.restart !== cancel) return;
        if (reply.ok) {
          const { messages, cursor } = reply.answer;
          startAgain(entry, messages, cursor, headIsVoid);
        } else if (isTemporary(reply.error)) {
          stop = deps.timers.after(reply.error.retryAfterMs ?? defaultRetryMs, read);
        } else {
          // That one was let in, or the room itself, was lost with its history.
          remove(id);
        }
      });
    };
    let stop = deps.timers.after(deps.random() * longestRestartDelayMs, read);
    const cancel = () => stop();
    entry.restart = cancel;
  }

  function startAgain(entry: Entry, messages: Message[], cursor: Room["cursor"], headIsVoid: boolean) {
    entry.restart = undefined;
    // A page names its place by a cursor only; without the sequence of that, its newest change is a lower bound.
    const seq =
      cursor === entry.room.cursor
        ? entry.room.seq
        : messages.reduce((top, m) => Math.max(top, m.seq, m.rev), 0);
    const { room } = entry;
    deps.emit({ type: "reset", room: room.id, messages, seq });
    const n = messages.at(-1)?.n ?? 0;
    if (headIsVoid) setHead(entry, { ...room, cursor, seq, n });
    else if (seq > room.seq) setHead(entry, { ...room, cursor, seq, n: Math.max(n, room.n) });
    apply(entry, entry.log.restarted(cursor, seq));
  }

  return {
    room: (id: RoomId): Room | undefined => rooms.get(id)?.room,
    ids: (): RoomId[] => [...rooms.keys()],
    found,
    remove,
    /** Rooms that this user came into, by an answer or by their own log; known ones are left as they are. */
    joined(room: Room) {
      if (rooms.has(room.id)) return;
      add(room);
      deps.emit({ type: "rooms", rooms: [room] });
    },
    /** How far this user has read: as an answer lets one think, or as their own log tells, which alone may go back. */
    read(id: RoomId, n: number, told?: Extract<UserEvent, { type: "read" }>) {
      const entry = rooms.get(id);
      if (entry === undefined) return;
      const next = roomRead(entry.room, n, told);
      if (next === entry.room) return;
      entry.room = next;
      deps.emit({ type: "read", room: id, n: next.read, mentions: next.mentions ?? 0 });
    },
    mentioned({ room: id, n, on, by, mentions }: Extract<UserEvent, { type: "mention" }>) {
      const entry = rooms.get(id);
      if (entry === undefined) return;
      entry.room = { ...entry.room, mentions };
      deps.emit({ type: "mention", room: id, n, on, by, mentions });
    },
    /** The room is on screen, so its events come again: get what the heads stood for. */
    focused(id: RoomId | null) {
      const entry = id === null ? undefined : rooms.get(id);
      if (entry === undefined) return;
      if ((entry.log.seq ?? 0) < entry.room.seq) want(entry);
    },
    events({ room, events, cursor }: NoticePayload<"room:events">) {
      const entry = rooms.get(room);
      if (entry !== undefined) return apply(entry, entry.log.receive({ events, cursor }));
      const seq = events.at(-1)?.seq ?? 0;
      if (early.size < earlyEventsLimit || early.has(room)) early.set(room, seq);
    },
    head({ room, seq, n, cursor }: NoticePayload<"room:head">) {
      const entry = rooms.get(room);
      if (entry !== undefined && seq > entry.room.seq) setHead(entry, { ...entry.room, seq, n, cursor });
    },
    reset({ room }: NoticePayload<"room:reset">) {
      const entry = rooms.get(room);
      if (entry !== undefined) restart(entry, true);
    },
    disconnected() {
      connection += 1;
      asking = false;
      cancelPump?.();
      cancelPump = undefined;
      wanted.clear();
      early.clear();
      for (const entry of rooms.values()) {
        entry.stalls = 0;
        entry.restart?.();
        entry.log.disconnect();
      }
    },
  };
}

export type RoomSync = ReturnType<typeof createRoomSync>;
