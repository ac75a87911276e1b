import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocketServer } from "ws";

/**
 * The practical limit of Node on this kernel: no Redis, no log, no Socket.IO. A message becomes one finished WebSocket
 * frame that is written to each member's TCP socket: at once (R), or together with what came within some milliseconds
 * (RC). It speaks just enough of Engine.IO and Socket.IO for the load generator to feel at home, and asks as often as they
 * do by themselves whether somebody is there, without minding the answer.
 *
 * The environment says HOST, PORT, and COALESCE_MS: 0 for R.
 */
const { HOST = "127.0.0.1", PORT = "0", COALESCE_MS = "0" } = process.env;
const coalesceMs = Number(COALESCE_MS);
const pingEveryMs = 25_000;

interface Room {
  readonly members: Set<Socket>;
  waiting: string[];
}

const rooms = new Map<string, Room>();

function roomOf(id: string): Room {
  let room = rooms.get(id);
  if (!room) {
    room = { members: new Set(), waiting: [] };
    rooms.set(id, room);
  }
  return room;
}

function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = 0x81;
  if (start === 2) frame[1] = length;
  else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, start);
  return frame;
}

const ping = textFrame("2");

function deliver(room: Room, frame: Buffer): void {
  for (const member of room.members) member.write(frame);
}

function say(id: string, json: string): void {
  const room = roomOf(id);
  if (coalesceMs === 0) {
    deliver(room, textFrame(`42["room:message",${json}]`));
    return;
  }
  room.waiting.push(json);
  if (room.waiting.length > 1) return;
  setTimeout(() => {
    const messages = room.waiting;
    room.waiting = [];
    deliver(room, textFrame(`42["room:messages",{"room":"${id}","messages":[${messages.join(",")}]}]`));
  }, coalesceMs);
}

const server = createServer();
const webSockets = new WebSocketServer({ server, perMessageDeflate: false });
webSockets.on("connection", (webSocket, request) => {
  const { socket } = request;
  const joined: Room[] = [];
  let name = "";
  webSocket.send(
    `0{"sid":"raw","upgrades":[],"pingInterval":${pingEveryMs},"pingTimeout":20000,"maxPayload":1000000}`,
  );
  const pings = setInterval(() => socket.write(ping), pingEveryMs);
  webSocket.on("message", (data) => {
    const text = String(data);
    if (text.startsWith("40")) {
      const auth = JSON.parse(text.slice(2)) as { name: string; rooms: string[] };
      name = auth.name;
      for (const id of auth.rooms) {
        const room = roomOf(id);
        room.members.add(socket);
        joined.push(room);
      }
      webSocket.send('40{"sid":"raw"}');
      webSocket.send('42["welcome",{}]');
    } else if (text.startsWith("42")) {
      const bracket = text.indexOf("[");
      const [, message] = JSON.parse(text.slice(bracket)) as [string, { room: string }];
      const at = new Date().toISOString();
      say(message.room, JSON.stringify({ ...message, at, by: { id: name, name } }));
      webSocket.send(`43${text.slice(2, bracket)}[{"ok":true,"at":"${at}"}]`);
    }
  });
  webSocket.on("error", () => {});
  webSocket.on("close", () => {
    clearInterval(pings);
    for (const room of joined) room.members.delete(socket);
  });
});

server.listen(Number(PORT), HOST, () => {
  process.stdout.write(
    `${JSON.stringify({ msg: "listening", port: (server.address() as AddressInfo).port })}\n`,
  );
});
