import type { IncomingMessage, ServerResponse } from "node:http";
import type { ChatSocket } from "./connection.ts";

/** The answer to a WebSocket's handshake, by its request. */
const answers = new WeakMap<IncomingMessage, ServerResponse>();

/** To be told of each handshake, so that `forgetHandshake` finds what holds on to it. */
export function noteHandshake(request: IncomingMessage, response: ServerResponse): void {
  answers.set(request, response);
}

/**
 * Lets go of what Socket.IO and Engine.IO keep of a handshake, several kilobytes a connection: its request with all headers,
 * which a listener on the TCP socket holds through the answer, and a summary of it.
 */
export function forgetHandshake(socket: ChatSocket): void {
  const { request } = socket;
  const answer = answers.get(request);
  if (answer) Object.assign(answer, { req: null });
  Object.assign(socket.conn, { request: null });
  Object.assign(socket, { handshake: null });
}
