import type { Socket } from "socket.io";
import { type Packet, PacketType } from "socket.io-parser";
import type { OwnStatus, Person, ProtocolError, RoomId, SessionId } from "../../protocol/index.ts";
import type { Allowance } from "../requests/allowance.ts";
import { type Transport, takeTransport, takeWebSocket } from "./engine.ts";
import { encodeAnswer, encodeNoNamespace, encodeNotice, type Frame, farewell } from "./frame.ts";
import type { Heartbeats } from "./heartbeats.ts";
import type { Line, LineUser } from "./line.ts";
import { PacketReader } from "./packets.ts";
import { PollingLine } from "./polling-line.ts";
import { WebSocketLine } from "./web-socket-line.ts";

/** One signed-in client of this node: who it is, and the way to write to it. */
export interface Connection {
  /** Random, 16 hexadecimal digits. */
  readonly id: string;
  readonly user: Person;
  readonly session: SessionId;
  readonly expiresAtMs: number;
  readonly address: string;
  readonly allowance: Allowance;
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

/** What a client asks. */
export interface Request {
  /** By protocol a name. */
  readonly event: unknown;
  readonly payload: unknown;
  answer(answer: object): void;
}

/** What all connections of a node share. */
export interface Surroundings {
  readonly heartbeats: Heartbeats;
  onRequest(connection: Connection, request: Request): void;
  onClosed(connection: Connection, reason: string, cause?: Error): void;
  /** Bytes that may wait for a client that reads too slowly; 0: any number. */
  readonly bufferedBytes: number;
  onCut(connection: Connection, bytes: number): void;
  /** Gets those for whom something waited after they were written to; who has caught up is taken out by whoever looks. */
  readonly behind: Set<Connection>;
}

/** Takes a socket that was let in over from Socket.IO. */
export function createConnection(
  socket: Socket,
  who: Pick<Connection, "id" | "user" | "session" | "expiresAtMs" | "address" | "allowance">,
  surroundings: Surroundings,
): Connection {
  return new ClientConnection(takeTransport(socket), who, surroundings);
}

/** One for all who have set nothing, as most have. */
const nothingSet: OwnStatus = { mode: "auto", lastSeen: true };

/** A class, because there are tens of thousands: methods are shared, and each costs its fields alone. */
class ClientConnection implements Connection, LineUser {
  readonly id: string;
  readonly user: Person;
  readonly session: SessionId;
  readonly expiresAtMs: number;
  readonly address: string;
  readonly allowance: Allowance;
  readonly rooms = new Set<RoomId>();
  focus: RoomId | null | undefined = undefined;
  receipts = true;
  status = nothingSet;
  readonly #surroundings: Surroundings;
  readonly #packets = new PacketReader();
  #line: Line;

  constructor(
    transport: Transport,
    { id, user, session, expiresAtMs, address, allowance }: Parameters<typeof createConnection>[1],
    surroundings: Surroundings,
  ) {
    this.id = id;
    this.user = user;
    this.session = session;
    this.expiresAtMs = expiresAtMs;
    this.address = address;
    this.allowance = allowance;
    this.#surroundings = surroundings;
    this.#line =
      this.#webSocketLine(transport) ??
      new PollingLine(transport, this, () => {
        this.#line = this.#webSocketLine(transport) ?? this.#line;
      });
  }

  #webSocketLine(transport: Transport): Line | undefined {
    const webSocket = takeWebSocket(transport);
    if (!webSocket) return undefined;
    const line = new WebSocketLine(webSocket, this);
    this.#surroundings.heartbeats.add(line);
    return line;
  }

  get open(): boolean {
    return this.#line.open;
  }

  send(frame: Frame): void {
    const waiting = this.#line.send(frame);
    if (waiting > 0) this.#noteBehind(waiting);
  }

  buffered(): number {
    return this.#line.buffered();
  }

  closeTransport(): void {
    this.#line.close();
  }

  end(reason: ProtocolError): void {
    this.send(encodeNotice("session:ended", reason));
    this.send(farewell);
    this.#line.close("server namespace disconnect");
  }

  cut(): void {
    this.#line.cut();
  }

  received(data: string | Buffer): void {
    let packet: Packet | undefined;
    try {
      packet = this.#packets.read(data);
    } catch {
      this.#line.close("parse error");
      return;
    }
    if (packet) this.#heed(packet);
  }

  closed(reason: string, cause?: Error): void {
    this.#surroundings.onClosed(this, reason, cause);
  }

  #heed({ type, nsp, data, id }: Packet): void {
    if (nsp !== "/" && type === PacketType.CONNECT) this.send(encodeNoNamespace(nsp));
    else if (nsp !== "/") this.#line.close();
    else if (type === PacketType.EVENT) this.#ask(data ?? [], id);
    else if (type === PacketType.DISCONNECT) this.#line.close("client namespace disconnect");
    // Nothing is asked of clients, so an acknowledgement is of nothing.
    else if (type !== PacketType.ACK) this.#line.close();
  }

  #ask([event, payload]: readonly unknown[], id: number | undefined): void {
    this.#surroundings.onRequest(this, {
      event,
      payload,
      answer: (answer) => {
        if (id !== undefined) this.send(encodeAnswer(id, answer));
      },
    });
  }

  #noteBehind(bytes: number): void {
    // An answer to somebody who has left: nobody would take them out again.
    if (!this.open) return;
    const { bufferedBytes, onCut, behind } = this.#surroundings;
    behind.add(this);
    if (bufferedBytes === 0 || bytes <= bufferedBytes) return;
    onCut(this, bytes);
    this.cut();
  }
}
