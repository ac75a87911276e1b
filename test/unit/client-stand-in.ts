import { vi } from "vitest";
import type {
  NoticeName,
  NoticePayload,
  ProtocolError,
  RequestAnswer,
  RequestName,
  Room,
  RoomEvent,
  RoomId,
} from "../../services/protocol/index.ts";
import {
  type ClientEvent,
  type ClientOptions,
  type Credentials,
  createClient,
  type SocketFactory,
} from "../../web/client/index.ts";

interface Asked {
  name: RequestName;
  payload: unknown;
  acknowledge: (reply: unknown) => void;
}

/** A server that says and answers only what the test makes it say. */
function createStandIn() {
  const handshakes: Credentials[] = [];
  /** Tell each of the sockets something, in the order in which they were opened. */
  const sockets: ((event: string, payload?: unknown) => void)[] = [];
  let asked: Asked[] = [];
  const open = new Set<unknown>();
  const fire = (event: string, payload?: unknown) => sockets.at(-1)?.(event, payload);
  const openSocket: SocketFactory = (_url, credentials) => {
    const listeners = new Map<string, ((payload: unknown) => void)[]>();
    const tell = (event: string, payload?: unknown) => {
      for (const listener of listeners.get(event) ?? []) listener(payload);
    };
    sockets.push(tell);
    return {
      connect: () => void handshakes.push(credentials()),
      disconnect() {
        if (!open.delete(tell)) return;
        if (tell === sockets.at(-1)) asked = [];
        tell("disconnect", "io client disconnect");
      },
      on(event, listener) {
        listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      },
      emit: (name, payload, acknowledge) =>
        void asked.push({ name: name as RequestName, payload, acknowledge }),
    };
  };
  /** Takes the oldest unanswered request of that name. */
  function take(name: RequestName): Asked {
    const index = asked.findIndex((request) => request.name === name);
    const [request] = index < 0 ? [] : asked.splice(index, 1);
    if (request === undefined)
      throw new Error(`no ${name} is waiting; there is ${asked.map((r) => r.name).join(", ") || "nothing"}`);
    return request;
  }
  return {
    openSocket,
    handshakes,
    /** Unanswered requests of that name, oldest first. */
    waiting: (name: RequestName) => asked.filter((r) => r.name === name).map((r) => r.payload),
    welcome(changes: Partial<NoticePayload<"welcome">> = {}) {
      open.add(sockets.at(-1));
      asked = [];
      fire("connect");
      fire("welcome", welcomeOf(changes));
    },
    tell<N extends NoticeName>(name: N, payload: NoticePayload<N>) {
      fire(name, payload);
    },
    answer<R extends RequestName>(name: R, answer: RequestAnswer<R>) {
      const request = take(name);
      request.acknowledge({ ok: true, ...answer });
      return request.payload;
    },
    refuse(name: RequestName, error: Partial<ProtocolError>) {
      const request = take(name);
      request.acknowledge({
        ok: false,
        error: { code: "internal", message: "said the test", ...error },
      });
      return request.payload;
    },
    /** The connection breaks. */
    cut(reason = "transport close") {
      open.delete(sockets.at(-1));
      asked = [];
      fire("disconnect", reason);
    },
    /** The connection before the newest, while both are there. */
    before: {
      get open() {
        return open.has(sockets.at(-2));
      },
      tell<N extends NoticeName>(name: N, payload: NoticePayload<N>) {
        sockets.at(-2)?.(name, payload);
      },
      cut() {
        open.delete(sockets.at(-2));
        sockets.at(-2)?.("disconnect", "transport close");
      },
    },
    refuseHandshake: (error?: ProtocolError) =>
      fire("connect_error", Object.assign(new Error("no"), { data: error })),
  };
}

export function welcomeOf(changes: Partial<NoticePayload<"welcome">> = {}): NoticePayload<"welcome"> {
  return {
    user: { id: "u1" as never, name: "ada", number: 1 },
    node: "n1",
    rooms: [roomAt(0)],
    me: "0-0" as Room["cursor"],
    status: { mode: "auto", lastSeen: true },
    online: 1,
    preferences: { receipts: true },
    limits: {
      textBytes: 4000,
      frameBytes: 65536,
      messagesPerSecond: 5,
      messagesBurst: 20,
      eventsPerSecond: 50,
      roomsPerUser: 500,
      mentionAllMembers: 100,
      retryWithinMs: 86_400_000,
    },
    serverTime: new Date().toISOString(),
    version: "0",
    ...changes,
  };
}

export const lobby = "lobby" as RoomId;

export function cursorAt(seq: number, chain = "aa"): Room["cursor"] {
  return `${seq}-${chain}` as Room["cursor"];
}

export function roomAt(seq: number, changes: Partial<Room> = {}): Room {
  return {
    id: lobby,
    name: "Lobby",
    kind: "channel",
    cursor: cursorAt(seq),
    seq,
    n: seq,
    read: 0,
    members: 1,
    at: null,
    ...changes,
  };
}

export function said(seq: number, text = `text ${seq}`): RoomEvent {
  return {
    seq,
    id: `m${seq}`,
    at: "2026-01-01T00:00:00.000Z",
    by: { id: "u2", name: "bob" } as RoomEvent["by"],
    type: "message",
    n: seq,
    text,
  };
}

/** From `first` to `last`, as the server would tell them. */
export function batch(first: number, last: number, room = lobby) {
  const events = Array.from({ length: last - first + 1 }, (_, i) => said(first + i));
  return { room, events, cursor: cursorAt(last) };
}

export function storeOf(values = new Map<string, string>()) {
  return {
    values,
    get: (key: string) => values.get(key) ?? null,
    set: (key: string, value: string) => void values.set(key, value),
    remove: (key: string) => void values.delete(key),
  };
}

/** A client on a stand-in, with everything that it told. */
export function startClient(options: Partial<ClientOptions> = {}) {
  const server = createStandIn();
  let made = 0;
  const client = createClient({
    url: "http://127.0.0.1:1",
    credentials: { name: "ada", key: "0123456789abcdef" },
    openSocket: server.openSocket,
    random: () => 0,
    uuid: () => `id-${++made}`,
    fetch: () => Promise.reject(new Error("no network in this test")),
    ...options,
  });
  const told: ClientEvent[] = [];
  client.listen((event) => told.push(event));
  client.connect();
  return {
    server,
    client,
    told,
    of: <T extends ClientEvent["type"]>(type: T) =>
      told.filter((event): event is Extract<ClientEvent, { type: T }> => event.type === type),
    /** The sequences of a room that were handed out, in that order. */
    seqs: (room = lobby) =>
      told.flatMap((event) =>
        event.type === "events" && event.room === room ? event.events.map((e) => e.seq) : [],
      ),
    /** Breaks the connection and makes the next attempt due. */
    async cut() {
      server.cut();
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}
