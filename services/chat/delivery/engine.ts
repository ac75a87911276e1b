import type { Socket as TcpSocket } from "node:net";
import type { Socket } from "socket.io";
import { forgetHandshake } from "./handshake.ts";

/** What Socket.IO calls the connection below its sockets: Engine.IO's part of it, before and after somebody signed in. */
export type Transport = Socket["conn"];

/** What of a `ws` WebSocket is needed to read, to write past it, and to see how much waits. */
export interface WebSocket {
  /** As in browsers. */
  readonly readyState: number;
  readonly bufferedAmount: number;
  /** The TCP socket, also when it has closed. */
  readonly _socket: TcpSocket;
  on(event: "message", listener: (this: WebSocket, data: Buffer, isBinary: boolean) => void): this;
  on(event: "close", listener: (this: WebSocket) => void): this;
  on(event: "error", listener: (this: WebSocket, error: Error) => void): this;
  removeAllListeners(): this;
  close(): void;
  terminate(): void;
}

interface Packet {
  readonly data?: string;
}

/** What Engine.IO keeps, as far as it is needed here; its types state none of it. */
interface EngineInternals {
  readonly writeBuffer: readonly Packet[];
  readonly transport: {
    /** Only a WebSocket has it. */
    readonly socket?: WebSocket;
    readyState: "open" | "closing" | "closed";
    send(packets: readonly Packet[]): void;
  };
  onClose(reason: string): void;
}

interface ClientInternals {
  onclose(reason: string): void;
}

const internals = (transport: Transport) => transport as unknown as EngineInternals;
const takenOver = "taken over";
/** A client that does not say farewell in its turn would keep the TCP connection for half a minute. */
const farewellMs = 2_000;

/** Has Socket.IO forget a socket that it let in, as if it had closed: packets are read and written here from now on. */
export function takeTransport({ client, conn }: Socket): Transport {
  (client as unknown as ClientInternals).onclose(takenOver);
  return conn;
}

/**
 * Has Engine.IO forget a connection that is a WebSocket, as if it had closed. What it has yet to write is written before;
 * what comes in is read by whoever listens to the WebSocket in the same turn, so nothing is lost. Undefined: it is none yet.
 */
export function takeWebSocket(transport: Transport): WebSocket | undefined {
  const engine = internals(transport);
  const webSocket = engine.transport.socket;
  if (!webSocket) return undefined;
  engine.transport.send(engine.writeBuffer);
  // Then its own end leaves the WebSocket alone.
  engine.transport.readyState = "closed";
  engine.onClose(takenOver);
  webSocket.removeAllListeners();
  forgetHandshake(webSocket._socket);
  return webSocket;
}

/** Bytes that wait for the client of a connection to read, whether or not anybody signed in on it. */
export function bytesWaiting(transport: Transport): number {
  const { transport: carrier, writeBuffer } = internals(transport);
  let bytes = carrier.socket?.bufferedAmount ?? 0;
  for (const packet of writeBuffer) bytes += packet.data?.length ?? 0;
  return bytes;
}

/** Packets that wait. */
export function packetsWaiting(transport: Transport): number {
  return internals(transport).writeBuffer.length;
}

/** Cuts, later, a WebSocket that is closing. */
export function cutAfterFarewell(one: { cut(): void }): void {
  setTimeout(() => one.cut(), farewellMs).unref();
}

/** Cuts without waiting for a client that does not read: a closing handshake would wait behind all that it does not read. */
export function cutTransport(transport: Transport): void {
  const webSocket = internals(transport).transport.socket;
  if (webSocket) webSocket.terminate();
  else transport.close(true);
}
