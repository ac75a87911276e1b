import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import type { Socket } from "node:net";
import { Server } from "socket.io";
import type { ChatConfig } from "./config.ts";
import { heartbeat } from "./delivery/heartbeats.ts";
import type { OriginCheck } from "./http/origins.ts";
import type { LimitName } from "./observed.ts";

/** Node's timers take no more; some 25 days. */
const longestTimerMs = 2 ** 31 - 1;
const path = "/socket.io/";

/** The two doors of a chat node on one port: HTTP, and Socket.IO beside it. Neither listens yet. */
export function createDoors(
  config: ChatConfig,
  app: RequestListener,
  originAllowed: OriginCheck,
  onLimit: (limit: LimitName) => void,
): { server: HttpServer; io: Server } {
  // A client that sends its request a byte at a time gets no more time than one that does not; nor one that says nothing.
  const server = createServer(
    {
      requestTimeout: 15_000,
      headersTimeout: 10_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 65_000,
    },
    app,
  );
  // Twice as many TCP connections as clients: the balancer's own, pages that are being loaded, and those that say nothing.
  if (config.LIMIT_CONNECTIONS > 0) server.maxConnections = 2 * config.LIMIT_CONNECTIONS;
  server.on("drop", () => onLimit("tcp_connections"));
  server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => {
    const slow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
    if (slow) onLimit("http_time");
    const large = error.code === "HPE_HEADER_OVERFLOW";
    const status = slow
      ? "408 Request Timeout"
      : large
        ? "431 Request Header Fields Too Large"
        : "400 Bad Request";
    if (socket.writable && socket.bytesWritten === 0)
      socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
    socket.destroySoon();
  });
  // Engine.IO leaves an upgrade of any other path half open for as long as its client likes.
  server.on("upgrade", (request, socket) => {
    if (request.url?.startsWith(path)) return;
    socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    (socket as Socket).destroySoon();
  });
  const io: Server = new Server(server, {
    path,
    serveClient: false,
    maxHttpBufferSize: frameBytes(config),
    // Whoever does not sign in is cut by `arrivals.ts`, without the closing handshake that keeps the TCP connection.
    connectTimeout: longestTimerMs,
    // Clients are told so and count on it; see `heartbeats.ts`. One that vanished without a word is noticed after at most 18 s.
    pingInterval: heartbeat.everyMs,
    pingTimeout: heartbeat.answerWithinMs,
    perMessageDeflate: false,
    ...corsFor(config.ALLOWED_ORIGINS),
    allowRequest: (request, decide) => {
      if (!originAllowed(request))
        return decide("pages of this origin may not connect; see ALLOWED_ORIGINS", false);
      if (request.headers.upgrade !== undefined) writeOnceThisTurn(request.socket);
      decide(null, true);
    },
  });
  return { server, io };
}

/** The answer to a WebSocket's handshake and Engine.IO's first packet come in one turn; apart they would wake everybody on the way twice. */
function writeOnceThisTurn(socket: Socket): void {
  socket.cork();
  setImmediate(() => socket.uncork());
}

/** Without pages of other origins nobody needs its answer, and looking at each handshake for it would be all that it does. */
function corsFor(origins: readonly string[]) {
  if (origins.length === 0) return {};
  return { cors: { origin: origins.includes("*") ? true : [...origins] } };
}

/** Bytes that a frame or a request body may have. */
export function frameBytes(config: ChatConfig): number {
  return config.LIMIT_FRAME_BYTES === 0 ? Number.MAX_SAFE_INTEGER : config.LIMIT_FRAME_BYTES;
}
