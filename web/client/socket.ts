import { io } from "socket.io-client";
import type { Credentials } from "./contract.ts";

/** What the connection needs of a Socket.IO socket; tests hand in their own. */
interface ClientSocket {
  connect(): void;
  disconnect(): void;
  on(event: string, listener: (payload: unknown) => void): void;
  emit(event: string, payload: unknown, acknowledge: (reply: unknown) => void): void;
}

/** Makes a socket that is not connected yet and asks for its credentials at each attempt. */
export type SocketFactory = (url: string, credentials: () => Credentials) => ClientSocket;

const connectTimeoutMs = 8_000;

/**
 * WebSocket first, long-polling where that is blocked. Reconnecting is left to the connection, which knows whether a
 * `welcome` came: the library would start over with short delays as soon as the transport opens.
 */
export const openSocket: SocketFactory = (url, credentials) => {
  const socket = io(url, {
    transports: ["websocket", "polling"],
    tryAllTransports: true,
    reconnection: false,
    autoConnect: false,
    forceNew: true,
    timeout: connectTimeoutMs,
    // Outside a browser nothing else carries the balancer's sticky cookie from one poll to the next.
    withCredentials: !("document" in globalThis),
    auth: (give) => give(credentials()),
  });
  return {
    connect: () => void socket.connect(),
    disconnect: () => void socket.disconnect(),
    on: (event, listener) => void socket.on(event, listener),
    emit: (event, payload, acknowledge) => void socket.emit(event, payload, acknowledge),
  };
};
