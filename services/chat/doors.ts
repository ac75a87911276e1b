import {
  createServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { Server } from "socket.io";
import type { ChatConfig } from "./config.ts";
import type { ChatServer } from "./delivery/connection.ts";
import type { OriginCheck } from "./http/origins.ts";

/** Node's timers take no more; some 25 days. */
const longestTimerMs = 2 ** 31 - 1;

/** The two doors of a chat node on one port: HTTP, and Socket.IO beside it. Neither listens yet. */
export function createDoors(
  config: ChatConfig,
  app: RequestListener,
  originAllowed: OriginCheck,
  draining: () => boolean,
): { server: HttpServer; io: ChatServer } {
  // A client that sends its request a byte at a time gets no more time than one that does not.
  const server = createServer(
    { requestTimeout: 15_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
    app,
  );
  const io: ChatServer = new Server(server, {
    serveClient: false,
    maxHttpBufferSize: frameBytes(config),
    connectTimeout: config.LIMIT_AUTH_SECONDS === 0 ? longestTimerMs : config.LIMIT_AUTH_SECONDS * 1_000,
    // A client that vanished without a word is noticed after at most 18 seconds.
    pingInterval: 10_000,
    pingTimeout: 8_000,
    perMessageDeflate: false,
    cors: { origin: config.ALLOWED_ORIGINS.includes("*") ? true : [...config.ALLOWED_ORIGINS] },
    allowRequest: (request, decide) => {
      if (originAllowed(request)) decide(null, true);
      else decide("pages of this origin may not connect; see ALLOWED_ORIGINS", false);
    },
  });
  // The cookie of a browser that polls names this node. On 503 the balancer tries another one, whatever the cookie says;
  // a handshake that was let in would be closed, and the browser would be back here until this node is gone.
  io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const session = new URL(request.url ?? "/", "http://node").searchParams.get("sid");
    if (session !== null || !draining()) return next();
    response.writeHead(503, { connection: "close" });
    response.end();
  });
  return { server, io };
}

/** Bytes that a frame or a request body may have. */
export function frameBytes(config: ChatConfig): number {
  return config.LIMIT_FRAME_BYTES === 0 ? Number.MAX_SAFE_INTEGER : config.LIMIT_FRAME_BYTES;
}
