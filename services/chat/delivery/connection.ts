import type { Socket } from "node:net";
import type { DefaultEventsMap, Socket as EventSocket, Server } from "socket.io";
import type {
  ClientToServerEvents,
  Person,
  ProtocolError,
  RoomId,
  ServerToClientEvents,
  SessionId,
} from "../../protocol/index.ts";
import { encodeNotice, type Frame } from "./frame.ts";

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

/** What Engine.IO and ws keep, as far as it is needed to write past them and to see how much waits; their types state none of it. */
interface EngineInternals {
  readonly readyState: string;
  readonly writeBuffer: readonly { readonly data?: string }[];
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
}

const webSocketOpen = 1;

export function createConnection(
  socket: ChatSocket,
  who: {
    id: string;
    user: Person;
    session: SessionId;
    expiresAtMs: number;
    address: string;
  },
  limits: { bufferedBytes: number; onCut: (bytes: number) => void },
): Connection {
  const engine = socket.conn as unknown as EngineInternals;
  let queuedBytes = 0;
  const webSocketBytes = () => engine.transport.socket?.bufferedAmount ?? 0;

  /** The TCP socket when nothing waits in Engine.IO that a frame must not overtake; undefined: go through Engine.IO. */
  function clearWire(): Socket | undefined {
    const { transport } = engine;
    if (engine.readyState !== "open" || !transport.writable || engine.writeBuffer.length > 0)
      return undefined;
    return transport.socket?.readyState === webSocketOpen
      ? (transport.socket._socket ?? undefined)
      : undefined;
  }

  function cutIfOver(bytes: number): void {
    if (limits.bufferedBytes === 0 || bytes <= limits.bufferedBytes) return;
    limits.onCut(bytes);
    cutTransport(socket.conn);
  }

  return {
    ...who,
    rooms: new Set(),
    focus: undefined,
    receipts: true,
    get open() {
      return socket.connected;
    },
    send(frame) {
      // A frame to a room of a thousand is written a thousand times: without Engine.IO's packet, its queue and its events.
      const wire = clearWire();
      if (wire) {
        wire.write(frame.webSocket);
        queuedBytes = 0;
        cutIfOver(wire.writableLength);
        return;
      }
      engine.write(frame.packet, {
        compress: false,
        wsPreEncodedFrame: [frame.webSocket],
      });
      const waiting = engine.writeBuffer.length;
      if (waiting === 0) queuedBytes = 0;
      else queuedBytes = waiting === 1 ? frame.bytes : queuedBytes + frame.bytes;
      if (queuedBytes > 0) cutIfOver(queuedBytes + webSocketBytes());
    },
    buffered: () => bytesWaiting(socket.conn),
    closeTransport() {
      socket.conn.close();
    },
    end(reason) {
      this.send(encodeNotice("session:ended", reason));
      socket.disconnect(true);
    },
    cut: () => cutTransport(socket.conn),
  };
}

/** Bytes that wait for the client of a connection to read, whether or not anybody signed in on it. */
export function bytesWaiting(transport: ChatSocket["conn"]): number {
  const engine = transport as unknown as EngineInternals;
  const webSocketBytes = engine.transport.socket?.bufferedAmount ?? 0;
  return engine.writeBuffer.reduce((sum, packet) => sum + (packet.data?.length ?? 0), webSocketBytes);
}

/** Cuts without waiting for a client that does not read: a closing handshake would wait behind all that it does not read. */
export function cutTransport(transport: ChatSocket["conn"]): void {
  const webSocket = (transport as unknown as EngineInternals).transport.socket;
  if (webSocket) webSocket.terminate();
  else transport.close(true);
}
