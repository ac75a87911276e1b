import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdapter, createShardedAdapter } from "@socket.io/redis-adapter";
import { Redis } from "ioredis";
import { Server } from "socket.io";

/**
 * What a team would otherwise run: Socket.IO with its Redis adapter, set up as their documentation recommends (WebSocket
 * only, no compression, the handshake's request given back). It keeps nothing, and orders nothing across nodes.
 *
 * The environment says HOST, PORT, REDIS_URL, and ADAPTER: `classic` or `sharded`.
 */
const { HOST = "127.0.0.1", PORT = "0", REDIS_URL = "", ADAPTER = "classic" } = process.env;

interface Message {
  room: string;
  id: string;
  text: string;
}

const publish = new Redis(REDIS_URL);
const subscribe = publish.duplicate();
const server = createServer();
const io = new Server(server, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
  adapter:
    ADAPTER === "sharded" ? createShardedAdapter(publish, subscribe) : createAdapter(publish, subscribe),
});

io.on("connection", (socket) => {
  Object.assign(socket.conn, { request: null });
  const { name, rooms } = socket.handshake.auth as { name: string; rooms: string[] };
  void socket.join(rooms);
  socket.on("message:send", ({ room, id, text }: Message, acknowledge: (answer: object) => void) => {
    const at = new Date().toISOString();
    io.to(room).emit("room:message", { room, id, at, by: { id: socket.id, name }, text });
    acknowledge({ ok: true, at });
  });
  socket.emit("welcome", { name });
});

server.listen(Number(PORT), HOST, () => {
  process.stdout.write(
    `${JSON.stringify({ msg: "listening", port: (server.address() as AddressInfo).port })}\n`,
  );
});
