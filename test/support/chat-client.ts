import { randomUUID } from "node:crypto";
import { io, type Socket } from "socket.io-client";
import type {
  NoticeName,
  NoticePayload,
  ProtocolError,
  Reply,
  RequestAnswer,
  RequestName,
  RequestPayload,
  RoomEvent,
  RoomId,
  UserEvent,
} from "../../services/protocol/index.ts";
import { stopWhenDone } from "./started.ts";

/** A notice as it came in. */
export interface Heard<N extends NoticeName = NoticeName> {
  readonly name: N;
  readonly payload: NoticePayload<N>;
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
}

/** One connection of one person, on the bare protocol: it remembers what it heard and does nothing by itself. */
export interface ChatClient {
  readonly socket: Socket;
  readonly welcome: NoticePayload<"welcome">;
  readonly id: string;
  readonly name: string;
  /** Of the handshake, or of the welcome when the handshake registered a guest. */
  readonly token: string;
  readonly key: string;
  readonly connected: boolean;
  /** Why the connection ended, in the words of Socket.IO; undefined: it has not. */
  readonly ended: string | undefined;
  /** Everything that the server said, in its order. */
  readonly heard: readonly Heard[];
  of<N extends NoticeName>(notice: N): readonly Heard<N>[];
  /** Events of a room, in the order in which they came in; of the lobby unless told. */
  events(room?: string): RoomEvent[];
  /** Texts of the messages among them. */
  texts(room?: string): string[];
  ownEvents(): UserEvent[];
  /** Resolves with whatever is answered; rejects when nothing is, within 10 s. */
  ask<R extends RequestName>(request: R, payload: RequestPayload<R>): Promise<Reply<R>>;
  /** Asks what the types forbid. */
  askAnything(
    ...args: [event: string, ...payload: unknown[]]
  ): Promise<{ ok: boolean; error: ProtocolError }>;
  /** Asks and rejects when that is refused. */
  get<R extends RequestName>(request: R, payload: RequestPayload<R>): Promise<RequestAnswer<R>>;
  /** Asks and resolves with the error; rejects when it is granted. */
  refused<R extends RequestName>(request: R, payload: RequestPayload<R>): Promise<ProtocolError>;
  say(text: string, room?: string, id?: string): Promise<RequestAnswer<"message:send">>;
  /** As a closed tab does. */
  leave(): void;
}

export interface SignIn {
  /** As it is; an own one is made unless told. */
  name?: string;
  key?: string;
  token?: string;
  transport?: "websocket" | "polling";
  headers?: Record<string, string>;
}

const answerTimeoutMs = 10_000;

/** A handshake that was refused, with what the server said. */
class Refused extends Error {
  readonly data: ProtocolError | undefined;

  constructor(error: Error & { data?: ProtocolError }) {
    super(error.data?.code ?? error.message);
    this.name = "Refused";
    this.data = error.data;
  }
}

let people = 0;

/** A name that nobody else in this test file has. */
export function fresh(name: string): string {
  people += 1;
  return `${name} ${people}`;
}

/** Brands a text as the id of a room. */
export function roomId(id: string): RoomId {
  return id as RoomId;
}

/** Resolves with the welcome; rejects with `Refused`. Closed when the test file is done, if not before. */
export async function signIn(at: string | { url: string }, options: SignIn = {}): Promise<ChatClient> {
  const url = typeof at === "string" ? at : at.url;
  const { name = fresh("ann"), key = randomUUID(), transport = "websocket" } = options;
  const socket = io(url, {
    auth: options.token === undefined ? { name, key } : { token: options.token },
    transports: [transport],
    forceNew: true,
    reconnection: false,
    timeout: answerTimeoutMs,
    // Keeps the cookies of the balancer.
    withCredentials: true,
    ...(options.headers ? { extraHeaders: options.headers } : {}),
  });
  stopWhenDone(async () => {
    socket.disconnect();
  });
  const heard: Heard[] = [];
  let ended: string | undefined;
  socket.onAny((notice: NoticeName, payload: NoticePayload<NoticeName>) => {
    heard.push({ name: notice, payload, atMs: performance.now() });
  });
  const welcome = await new Promise<NoticePayload<"welcome">>((resolve, reject) => {
    socket.once("welcome", resolve);
    socket.once("connect_error", (error) => reject(new Refused(error)));
    socket.once("disconnect", (reason) => {
      ended = reason;
      reject(new Refused(new Error(`cut before the welcome: ${reason}`)));
    });
  });

  const of = <N extends NoticeName>(notice: N) => heard.filter((one): one is Heard<N> => one.name === notice);
  const events = (room = "lobby") =>
    of("room:events").flatMap(({ payload }) => (payload.room === room ? payload.events : []));
  const ask = <R extends RequestName>(request: R, payload: RequestPayload<R>): Promise<Reply<R>> =>
    socket.timeout(answerTimeoutMs).emitWithAck(request, payload);

  async function get<R extends RequestName>(
    request: R,
    payload: RequestPayload<R>,
  ): Promise<RequestAnswer<R>> {
    const reply = await ask(request, payload);
    if (!reply.ok) throw new Error(`${request} was refused: ${JSON.stringify(reply.error)}`);
    return reply;
  }

  return {
    socket,
    welcome,
    id: welcome.user.id,
    name: welcome.user.name,
    token: welcome.token ?? options.token ?? "",
    key,
    get connected() {
      return socket.connected;
    },
    get ended() {
      return ended;
    },
    heard,
    of,
    events,
    texts: (room) => events(room).flatMap((event) => (event.type === "message" ? [event.text ?? ""] : [])),
    ownEvents: () => of("me:events").flatMap(({ payload }) => payload.events),
    ask,
    askAnything: (...args) => socket.timeout(answerTimeoutMs).emitWithAck(...args),
    get,
    async refused(request, payload) {
      const reply = await ask(request, payload);
      if (reply.ok) throw new Error(`${request} was granted: ${JSON.stringify(reply)}`);
      return reply.error;
    },
    say: (text, room = "lobby", id = randomUUID()) =>
      get("message:send", { room: roomId(room), id: id as never, text }),
    leave() {
      socket.disconnect();
    },
  };
}

/** Rejects unless the handshake is refused; resolves with what the server said, undefined when it just hung up. */
export async function refusedAt(
  at: string | { url: string },
  options: SignIn = {},
): Promise<ProtocolError | undefined> {
  let client: ChatClient;
  try {
    client = await signIn(at, options);
  } catch (error) {
    if (error instanceof Refused) return error.data;
    throw error;
  }
  throw new Error(`${client.name} was let in`);
}
