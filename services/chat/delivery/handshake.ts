import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { ChatSocket } from "./connection.ts";

type Listener = Parameters<EventEmitter["off"]>[1];

/** What the answer to a WebSocket's handshake has put on the TCP socket, by the handshake's request. */
const left = new WeakMap<IncomingMessage, Listener>();

/** To be told of each handshake while it is being answered, so that `forgetHandshake` finds what is left of it. */
export function noteHandshake(request: IncomingMessage): void {
  if (request.headers.upgrade === undefined) return;
  const listener = request.socket.listeners("close").at(-1);
  if (listener) left.set(request, listener as Listener);
}

/**
 * Lets go of what Socket.IO and Engine.IO keep of a handshake, several kilobytes a connection: its request with all
 * headers, a summary of it, and the listener on the TCP socket that holds the answer, and through it the request.
 */
export function forgetHandshake(socket: ChatSocket): void {
  const { request } = socket;
  const listener = left.get(request);
  if (listener) request.socket.off("close", listener);
  Object.assign(socket.conn, { request: null });
  Object.assign(socket, { handshake: null });
}
