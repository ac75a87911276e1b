import type { DefaultEventsMap, Server, Socket } from "socket.io";
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
export type ChatSocket = Socket<ClientToServerEvents, ServerToClientEvents, DefaultEventsMap, SocketData>;
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

/** What Engine.IO and ws keep, as far as it is needed to see how much waits; neither states it in its types. */
interface EngineInternals {
  readonly writeBuffer: readonly { readonly data?: string }[];
  readonly transport: {
    readonly socket?: { readonly bufferedAmount: number; terminate(): void };
  };
  write(data: string, options: { compress: boolean; wsPreEncodedFrame: readonly Buffer[] }): void;
}

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

  function cut(): void {
    const webSocket = engine.transport.socket;
    // A closing handshake would wait behind everything that is not read.
    if (webSocket) webSocket.terminate();
    else socket.conn.close();
  }

  return {
    ...who,
    rooms: new Set(),
    get open() {
      return socket.connected;
    },
    send(frame) {
      engine.write(frame.packet, {
        compress: false,
        wsPreEncodedFrame: frame.webSocket,
      });
      const waiting = engine.writeBuffer.length;
      if (waiting === 0) queuedBytes = 0;
      else queuedBytes = waiting === 1 ? frame.bytes : queuedBytes + frame.bytes;
      if (limits.bufferedBytes === 0 || queuedBytes === 0) return;
      const bytes = queuedBytes + webSocketBytes();
      if (bytes <= limits.bufferedBytes) return;
      limits.onCut(bytes);
      cut();
    },
    buffered() {
      return engine.writeBuffer.reduce((sum, packet) => sum + (packet.data?.length ?? 0), webSocketBytes());
    },
    closeTransport() {
      socket.conn.close();
    },
    end(reason) {
      this.send(encodeNotice("session:ended", reason));
      socket.disconnect(true);
    },
    cut,
  };
}
