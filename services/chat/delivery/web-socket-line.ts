import { cutAfterFarewell, type WebSocket } from "./engine.ts";
import { type Frame, pingFrame } from "./frame.ts";
import type { Beating } from "./heartbeats.ts";
import type { Line, LineUser } from "./line.ts";

const message = "4";
/** In place of a binary frame. */
const base64 = "b";
const ping = "2";
/** Pong, which has been heard by coming in; open, close, upgrade and noop, which are of a handshake or of polling. */
const saysNothing = "30156";

const webSocketOpen = 1;
const webSocketClosed = 3;

/** Where the listeners of all WebSockets, which are the same, find the line of theirs. */
const lineOf = Symbol("line");
type LinedWebSocket = WebSocket & { [lineOf]: WebSocketLine };

/**
 * A WebSocket whose text frames are packets of Engine.IO (protocol 4, https://github.com/socketio/engine.io-protocol): a
 * digit, and for a message (4) what Socket.IO says. It is the server that pings (2), and the client that answers (3).
 */
export class WebSocketLine implements Line, Beating {
  readonly #webSocket: WebSocket;
  readonly #user: LineUser;
  #closed = false;

  constructor(webSocket: WebSocket, user: LineUser) {
    this.#webSocket = webSocket;
    this.#user = user;
    Object.assign(webSocket, { [lineOf]: this });
    webSocket.on("message", onMessage).on("close", onClose).on("error", onError);
  }

  get open(): boolean {
    return !this.#closed && this.#webSocket.readyState === webSocketOpen;
  }

  /** A frame to a room of a thousand is written a thousand times: to the TCP socket, past `ws`. */
  send(frame: Frame): number {
    return this.#write(frame.webSocket);
  }

  buffered(): number {
    return this.#webSocket.bufferedAmount;
  }

  close(reason = "forced close", cause?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#webSocket.readyState !== webSocketClosed) {
      this.#webSocket.close();
      cutAfterFarewell(this);
    }
    this.#user.closed(reason, cause);
  }

  cut(): void {
    this.#webSocket.terminate();
  }

  wire() {
    return this.#closed ? undefined : this.#webSocket._socket;
  }

  ping(): void {
    this.#write(pingFrame);
  }

  lost(): void {
    this.close("ping timeout");
  }

  received(data: Buffer, isBinary: boolean): void {
    if (this.#closed) return;
    const packet = isBinary ? "" : data.toString();
    const [type] = packet;
    if (isBinary) this.#user.received(data);
    else if (type === message) this.#user.received(packet.slice(1));
    else if (type === base64) this.#user.received(Buffer.from(packet.slice(1), "base64"));
    else if (type === ping) this.close("transport error");
    else if (type === undefined || !saysNothing.includes(type)) this.close("parse error");
  }

  #write(frame: Buffer): number {
    if (!this.open) return 0;
    const wire = this.#webSocket._socket;
    wire.write(frame);
    return wire.writableLength;
  }
}

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  (this as LinedWebSocket)[lineOf].received(data, isBinary);
}

function onClose(this: WebSocket): void {
  (this as LinedWebSocket)[lineOf].close("transport close");
}

function onError(this: WebSocket, error: Error): void {
  (this as LinedWebSocket)[lineOf].close("transport error", error);
}
