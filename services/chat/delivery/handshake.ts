import type { EventEmitter } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

type Listener = Parameters<EventEmitter["off"]>[1];

/** What the answer to a WebSocket's handshake has put on the TCP socket. */
const left = new WeakMap<Socket, Listener>();

/** To be told of each handshake while it is being answered, so that `forgetHandshake` finds what is left of it. */
export function noteHandshake(request: IncomingMessage): void {
  if (request.headers.upgrade === undefined) return;
  const listener = request.socket.listeners("close").at(-1);
  if (listener) left.set(request.socket, listener as Listener);
}

/** Lets go of the listener that holds the answer to a handshake, and through it the request with all headers. */
export function forgetHandshake(socket: Socket): void {
  const listener = left.get(socket);
  if (!listener) return;
  left.delete(socket);
  socket.off("close", listener);
}
