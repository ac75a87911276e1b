import type {
  NoticePayload,
  PageCursor,
  ProtocolError,
  RequestAnswer,
  RequestInput,
  RequestName,
  RequestPayload,
  Room,
  RoomId,
} from "../../services/protocol/index.ts";
import { type Change, type ChangeName, createChanges } from "./changes.ts";
import { ClientError, isTemporary } from "./client-error.ts";
import { createConnection } from "./connection.ts";
import type { ClientEvent, ConnectionState, Credentials, ParleyClient, Store } from "./contract.ts";
import { createOutbox } from "./outbox.ts";
import { createMemoryStore, createOutboxStore } from "./outbox-store.ts";
import { createOwnLog } from "./own-log.ts";
import { watchPageLife } from "./page-life.ts";
import { createRoomSync } from "./room-sync.ts";
import { createSession } from "./session.ts";
import { openSocket, type SocketFactory } from "./socket.ts";
import { createTimers } from "./timers.ts";
import { createUserWatch } from "./user-watch.ts";
import { randomUuid } from "./uuid.ts";

export { ClientError } from "./client-error.ts";
export type * from "./contract.ts";
export type { SocketFactory } from "./socket.ts";
export { randomUuid } from "./uuid.ts";

export interface ClientOptions {
  /** Origin of the server, such as `https://chat.example`. */
  url: string;
  credentials: Credentials;
  /** Where what waits to be sent survives a reload; memory when absent. */
  store?: Store;
  /** For tests: milliseconds since 1970. */
  now?: () => number;
  /** For tests: from 0 up to, not including, 1. */
  random?: () => number;
  uuid?: () => string;
  openSocket?: SocketFactory;
  fetch?: typeof fetch;
}

/** Makes a client that does nothing until `connect()`. */
export function createClient(options: ClientOptions): ParleyClient {
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const uuid = options.uuid ?? randomUuid;
  const timers = createTimers();
  const emitter = createEmitter();
  const { emit } = emitter;

  let welcome: NoticePayload<"welcome"> | undefined;
  let focus: RoomId | null | undefined;
  let status: RequestPayload<"presence:set">["status"] | undefined;
  /** Counts connections, so that what an earlier one began is not carried on. */
  let epoch = 0;

  const session = createSession({
    url: options.url,
    credentials: options.credentials,
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    now,
    random,
    timers,
    onToken: (token) => emit({ type: "token", token }),
  });
  const connection = createConnection({
    url: options.url,
    session,
    openSocket: options.openSocket ?? openSocket,
    now,
    random,
    timers,
    onState: stateChanged,
    handlers: {
      welcome: welcomed,
      "room:events": (notice) => rooms.events(notice),
      "room:reset": (notice) => {
        outbox.doubt(notice.room);
        rooms.reset(notice);
      },
      "room:head": (notice) => rooms.head(notice),
      "room:typing": (typing) => emit({ type: "typing", typing }),
      "room:receipt": (receipt) => emit({ type: "receipt", receipt }),
      "me:events": (notice) => own.events(notice),
      "me:draft": (draft) => emit({ type: "draft", draft }),
      "me:reset": () => {
        own.reset();
        connection.reopen();
      },
      "users:changes": ({ changes }) => emit({ type: "users-changed", changes }),
      "users:count": ({ count }) => emit({ type: "users-count", count }),
      "server:draining": ({ reconnectInMs }) => emit({ type: "draining", reconnectInMs }),
      "server:degraded": ({ reason }) => emit({ type: "degraded", reason }),
      "server:recovered": () => emit({ type: "recovered" }),
      "session:ended": () => {},
    },
  });
  const { ask } = connection;
  const rooms = createRoomSync({ ask, emit, me: () => welcome?.user.id, random, timers });
  const own = createOwnLog({ ask, emit, rooms, timers });
  const users = createUserWatch({ ask, timers });
  const changes = createChanges({ ask, isOnline: () => connection.state === "online", uuid, timers });
  const outbox = createOutbox({
    ask,
    emit,
    kept: createOutboxStore({
      store: options.store ?? createMemoryStore(),
      owner: uuid(),
      now,
      timers,
    }),
    now,
    uuid,
    timers,
  });
  emitter.listen(outbox.heed);

  function welcomed(next: NoticePayload<"welcome">) {
    epoch += 1;
    welcome = next;
    emit({ type: "welcome", welcome: next });
    const gone = new Set(rooms.ids());
    for (const room of next.rooms) {
      gone.delete(room.id);
      rooms.found(room);
    }
    const theRest = () => {
      for (const id of gone) rooms.remove(id);
    };
    if (next.moreRooms === undefined) theRest();
    else moreRooms(next.moreRooms, gone, theRest);
    own.welcomed(next.me);
    outbox.welcomed(next.user.id, next.limits.retryWithinMs);
  }

  function moreRooms(cursor: PageCursor, gone: Set<RoomId>, done: () => void) {
    const asOf = epoch;
    ask("rooms:mine", { cursor }, (reply) => {
      if (asOf !== epoch) return;
      if (!reply.ok) {
        if (isTemporary(reply.error))
          timers.after(reply.error.retryAfterMs ?? 1_000, () => {
            if (asOf === epoch) moreRooms(cursor, gone, done);
          });
        return;
      }
      emit({ type: "rooms", rooms: reply.answer.rooms });
      for (const room of reply.answer.rooms) {
        gone.delete(room.id);
        rooms.found(room);
      }
      if (reply.answer.moreRooms === undefined) done();
      else moreRooms(reply.answer.moreRooms, gone, done);
    });
  }

  function stateChanged(state: ConnectionState, error?: ProtocolError) {
    if (state !== "online") {
      epoch += 1;
      rooms.disconnected();
      own.disconnected();
      users.disconnected();
      outbox.disconnected();
    }
    emit({
      type: "connection",
      state,
      ...(error === undefined ? {} : { error }),
    });
    if (state === "ended") changes.end(error ?? { code: "unauthorized", message: "The session has ended." });
    if (state !== "online") return;
    // After the welcome was handed out: what the connection forgot, and what waited for it.
    if (focus !== undefined) ask("room:focus", { room: focus }, () => {});
    if (status !== undefined) ask("presence:set", { status }, () => {});
    users.welcomed();
    outbox.flush();
    changes.flush();
  }

  /** What an answer means for what this client keeps. */
  function heed(name: RequestName, payload: unknown, answer: unknown) {
    if (name === "room:create" || name === "room:join" || name === "dm:open")
      rooms.joined((answer as { room: Room }).room);
    else if (name === "room:read") {
      const { room, n } = payload as RequestInput<"room:read">;
      rooms.read(room, n);
    } else if (name === "message:delete") {
      outbox.revised((payload as RequestInput<"message:delete">).of.id, undefined);
    } else if (name === "message:edit") {
      const { of, text } = payload as RequestInput<"message:edit">;
      outbox.revised(of.id, text);
    } else if (name === "room:focus") rooms.focused((payload as RequestInput<"room:focus">).room);
  }

  /** A reading says which going back it knows of, so that a late one undoes none. */
  function withBack(payload: RequestPayload<"room:read">): RequestPayload<"room:read"> {
    const back = rooms.room(payload.room as RoomId)?.back;
    return back === undefined ? payload : { back, ...payload };
  }

  const stopWatching = watchPageLife({
    // The next page gets what still waits at once, without the time after which a tab counts as dead.
    onHide: outbox.release,
    onNetwork: connection.hurry,
  });

  function close() {
    stopWatching();
    outbox.release();
    connection.close();
    timers.clear();
  }

  return {
    listen: emitter.listen,
    get connection() {
      return connection.state;
    },
    get me() {
      return welcome?.user;
    },
    get limits() {
      return welcome?.limits;
    },
    get outbox() {
      return outbox.entries;
    },
    get token() {
      return session.token;
    },
    room: rooms.room,
    connect: connection.open,
    send: outbox.send,
    retry: outbox.retry,
    discard: outbox.discard,
    change<N extends ChangeName>(name: N, change: Change<N>) {
      return new Promise<RequestAnswer<N>>((resolve, reject) => {
        changes.change(name, change, (reply) =>
          reply.ok ? resolve(reply.answer as RequestAnswer<N>) : reject(new ClientError(reply.error)),
        );
      });
    },
    request<R extends RequestName>(name: R, payload: RequestPayload<R>) {
      if (name === "room:focus") focus = (payload as RequestPayload<"room:focus">).room as RoomId | null;
      if (name === "presence:set") status = (payload as RequestPayload<"presence:set">).status;
      const asked = name === "room:read" ? withBack(payload as RequestPayload<"room:read">) : payload;
      return new Promise<RequestAnswer<R>>((resolve, reject) => {
        ask(name, asked as RequestPayload<R>, (reply) => {
          if (!reply.ok) return reject(new ClientError(reply.error));
          heed(name, payload, reply.answer);
          resolve(reply.answer);
        });
      });
    },
    watchUsers: users.watch,
    async signOut() {
      outbox.clear();
      const ended = session.end();
      close();
      await ended;
    },
    close,
  };
}

/** Hands events to everybody in the order in which they came, also when a listener causes further ones. */
function createEmitter() {
  const listeners = new Set<(event: ClientEvent) => void>();
  const queue: ClientEvent[] = [];
  let emitting = false;
  return {
    listen(listener: (event: ClientEvent) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    emit(event: ClientEvent) {
      queue.push(event);
      if (emitting) return;
      emitting = true;
      for (let next = queue.shift(); next; next = queue.shift()) {
        for (const listener of [...listeners]) {
          try {
            listener(next);
          } catch (fault) {
            // A fault of one listener is its own: the others, and the sequence, go on.
            queueMicrotask(() => {
              throw fault;
            });
          }
        }
      }
      emitting = false;
    },
  };
}
