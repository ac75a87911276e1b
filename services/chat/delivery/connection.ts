import type { Socket } from "node:net";
import type { DefaultEventsMap, Socket as EventSocket, Server } from "socket.io";
import type {
  ClientToServerEvents,
  OwnStatus,
  Person,
  ProtocolError,
  RoomId,
  ServerToClientEvents,
  SessionId,
} from "../../protocol/index.ts";
import { encodeAnswer, encodeNotice, type Frame, pingFrame } from "./frame.ts";
import type { Beating, Heartbeats } from "./heartbeats.ts";

export interface SocketData {
  connection: Connection;
}
export type ChatSocket = EventSocket<
  ClientToServerEvents,
  ServerToClientEvents,
  DefaultEventsMap,
  SocketData
>;
export type ChatServer = Server<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;

/** One signed-in client of this node: who it is, and the way to write to it. */
export interface Connection {
  /** Random, 16 hexadecimal digits. */
  readonly id: string;
  readonly user: Person;
  readonly session: SessionId;
  readonly expiresAtMs: number;
  readonly address: string;
  /** Rooms whose events go to this connection. */
  readonly rooms: Set<RoomId>;
  /** The room that is on screen, null: none; undefined: it has not said. */
  focus: RoomId | null | undefined;
  /** Whether the user shows how far they have read, and is told it of others. */
  receipts: boolean;
  /** What the user has set about themselves. */
  status: OwnStatus;
  readonly open: boolean;
  /** Writes a finished frame without encoding anything; cuts the connection when too much waits to be read. */
  send(frame: Frame): void;
  /** Bytes that wait because the client does not read as fast as it is written to. */
  buffered(): number;
  /** For what a retry can mend: a stock client comes back by itself. */
  closeTransport(): void;
  /** For what a retry cannot mend: says why, and a stock client stays away. */
  end(reason: ProtocolError): void;
  /** Cuts without waiting for a client that does not read. */
  cut(): void;
}

/**
 * Has the answers to requests written as frames, the way events are, and not through Socket.IO's packets and encoder.
 * In place of a method that Socket.IO keeps to itself: makes what a request's handler answers with.
 */
export function answerWithFrames(socket: ChatSocket): void {
  Object.assign(socket, { ack: answerTo });
}

function answerTo(this: ChatSocket, request: number): (answer: object) => void {
  return (answer) => this.data.connection.send(encodeAnswer(request, answer));
}

/** What Engine.IO and ws keep, as far as it is needed to write past them and to see how much waits; their types state none of it. */
interface EngineInternals {
  readonly readyState: string;
  readonly writeBuffer: readonly { readonly data?: string }[];
  /** Of its own heartbeat. */
  pingIntervalTimer: NodeJS.Timeout | null;
  pingTimeoutTimer: NodeJS.Timeout | null;
  readonly transport: {
    readonly writable: boolean;
    /** Only a WebSocket has it. */
    readonly socket?: {
      readonly readyState: number;
      readonly bufferedAmount: number;
      /** The TCP socket; null once it is closed. */
      readonly _socket: Socket | null;
      terminate(): void;
    };
  };
  write(data: string, options: { compress: boolean; wsPreEncodedFrame: readonly Buffer[] }): void;
  sendPacket(type: "ping"): void;
  onClose(reason: "ping timeout"): void;
}

const webSocketOpen = 1;

/** What a connection's reading too slowly leads to; the same for all connections of a node. */
export interface SlowReaderLimit {
  /** Bytes that may wait; 0: any number. */
  readonly bufferedBytes: number;
  onCut(connection: Connection, bytes: number): void;
  /** Gets those for whom something waited after they were written to; who has caught up is taken out by whoever looks. */
  readonly behind: Set<Connection>;
}

export function createConnection(
  socket: ChatSocket,
  who: Pick<Connection, "id" | "user" | "session" | "expiresAtMs" | "address">,
  limit: SlowReaderLimit,
): Connection {
  return new SocketConnection(socket, who, limit);
}

/** One for all who have set nothing, as most have. */
const nothingSet: OwnStatus = { mode: "auto", lastSeen: true };

/** A class, because there are tens of thousands: methods are shared, and each costs its fields alone. */
class SocketConnection implements Connection {
  readonly id: string;
  readonly user: Person;
  readonly session: SessionId;
  readonly expiresAtMs: number;
  readonly address: string;
  readonly rooms = new Set<RoomId>();
  focus: RoomId | null | undefined = undefined;
  receipts = true;
  status = nothingSet;
  readonly #socket: ChatSocket;
  readonly #limit: SlowReaderLimit;
  #queuedBytes = 0;

  constructor(
    socket: ChatSocket,
    { id, user, session, expiresAtMs, address }: Parameters<typeof createConnection>[1],
    limit: SlowReaderLimit,
  ) {
    this.id = id;
    this.user = user;
    this.session = session;
    this.expiresAtMs = expiresAtMs;
    this.address = address;
    this.#socket = socket;
    this.#limit = limit;
  }

  get open(): boolean {
    return this.#socket.connected;
  }

  get #engine(): EngineInternals {
    return this.#socket.conn as unknown as EngineInternals;
  }

  send(frame: Frame): void {
    const engine = this.#engine;
    // A frame to a room of a thousand is written a thousand times: without Engine.IO's packet, its queue and its events.
    const wire = clearWire(engine);
    if (wire) {
      wire.write(frame.webSocket);
      this.#queuedBytes = 0;
      if (wire.writableLength > 0) this.#noteBehind(wire.writableLength);
      return;
    }
    engine.write(frame.packet, {
      compress: false,
      wsPreEncodedFrame: [frame.webSocket],
    });
    const waiting = engine.writeBuffer.length;
    if (waiting === 0) this.#queuedBytes = 0;
    else this.#queuedBytes = waiting === 1 ? frame.bytes : this.#queuedBytes + frame.bytes;
    if (this.#queuedBytes > 0) this.#noteBehind(this.#queuedBytes + webSocketBytes(engine));
  }

  buffered(): number {
    return bytesWaiting(this.#socket.conn);
  }

  closeTransport(): void {
    this.#socket.conn.close();
  }

  end(reason: ProtocolError): void {
    this.send(encodeNotice("session:ended", reason));
    this.#socket.disconnect(true);
  }

  cut(): void {
    cutTransport(this.#socket.conn);
  }

  #noteBehind(bytes: number): void {
    // An answer to somebody who has left: nobody would take them out again.
    if (!this.open) return;
    const { bufferedBytes, onCut, behind } = this.#limit;
    behind.add(this);
    if (bufferedBytes === 0 || bytes <= bufferedBytes) return;
    onCut(this, bytes);
    this.cut();
  }
}

function webSocketBytes({ transport }: EngineInternals): number {
  return transport.socket?.bufferedAmount ?? 0;
}

/** The TCP socket when nothing waits in Engine.IO that a frame must not overtake; undefined: go through Engine.IO. */
function clearWire({ readyState, transport, writeBuffer }: EngineInternals): Socket | undefined {
  if (readyState !== "open" || !transport.writable || writeBuffer.length > 0) return undefined;
  return transport.socket?.readyState === webSocketOpen ? (transport.socket._socket ?? undefined) : undefined;
}

/**
 * Has a connection asked by the node's heartbeats and not by Engine.IO's own, as soon as it is a WebSocket; one that polls
 * keeps Engine.IO's.
 */
export function beat(transport: ChatSocket["conn"], heartbeats: Heartbeats): void {
  const engine = transport as unknown as EngineInternals;
  if (!engine.transport.socket) {
    transport.once("upgrade", () => beat(transport, heartbeats));
    return;
  }
  clearTimeout(engine.pingIntervalTimer ?? undefined);
  clearTimeout(engine.pingTimeoutTimer ?? undefined);
  // An answer would start a timer again that is there.
  engine.pingIntervalTimer = null;
  engine.pingTimeoutTimer = null;
  heartbeats.add(new EngineBeating(engine));
}

class EngineBeating implements Beating {
  readonly #engine: EngineInternals;

  constructor(engine: EngineInternals) {
    this.#engine = engine;
  }

  wire(): Socket | undefined {
    const { readyState, transport } = this.#engine;
    return readyState === "closed" ? undefined : (transport.socket?._socket ?? undefined);
  }

  ping(): void {
    const wire = clearWire(this.#engine);
    if (wire) wire.write(pingFrame);
    else this.#engine.sendPacket("ping");
  }

  lost(): void {
    this.#engine.onClose("ping timeout");
  }
}

/** Bytes that wait for the client of a connection to read, whether or not anybody signed in on it. */
export function bytesWaiting(transport: ChatSocket["conn"]): number {
  const engine = transport as unknown as EngineInternals;
  let bytes = webSocketBytes(engine);
  for (const packet of engine.writeBuffer) bytes += packet.data?.length ?? 0;
  return bytes;
}

/** Cuts without waiting for a client that does not read: a closing handshake would wait behind all that it does not read. */
export function cutTransport(transport: ChatSocket["conn"]): void {
  const webSocket = (transport as unknown as EngineInternals).transport.socket;
  if (webSocket) webSocket.terminate();
  else transport.close(true);
}
