import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import type { Room, RoomEvent, RoomId } from "../../services/protocol/index.ts";
import { cursorAt, lobby, roomAt, welcomeOf } from "./client-stand-in.ts";

interface Sent {
  room: RoomId;
  id: string;
  text: string;
}

/** A single small node on a real port: enough of the protocol for clients to be tried over a real transport. */
export async function startStubServer() {
  const http = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    response.writeHead(204).end();
  });
  const io = new Server(http);
  const calls: string[] = [];
  const logs = new Map<RoomId, RoomEvent[]>();
  const handshakes: unknown[] = [];
  const granted: string[] = [];
  /** What to answer instead, by name of the request, once each. */
  const refusals: { name: string; code: string; retryAfterMs?: number }[] = [];
  let refuseHandshake: { code: string; message: string } | undefined;

  io.use((socket, next) => {
    handshakes.push(socket.handshake.auth);
    if (refuseHandshake === undefined) next();
    else
      next(
        Object.assign(new Error(refuseHandshake.message), {
          data: refuseHandshake,
        }),
      );
  });
  io.on("connection", (socket) => {
    const log = logs.get(lobby) ?? [];
    socket.emit("welcome", welcomeOf({ token: "t1", rooms: [roomAt(log.length)], online: 2 }));
    socket.onAny((name: string, payload: unknown, answer: (reply: unknown) => void) => {
      const index = refusals.findIndex((refusal) => refusal.name === name);
      const [refusal] = index < 0 ? [] : refusals.splice(index, 1);
      if (refusal !== undefined)
        answer({
          ok: false,
          error: { ...refusal, message: `no ${name} today` },
        });
      else {
        answer({ ok: true, ...handle(name, payload) });
        granted.push(name);
      }
    });
  });

  function handle(name: string, payload: unknown): object {
    switch (name) {
      case "message:send":
        return append(payload as Sent, { id: "u1", name: "ada" });
      case "room:sync": {
        const rooms = (payload as { rooms: Record<RoomId, string> }).rooms;
        return {
          rooms: Object.fromEntries(
            Object.entries(rooms).map(([id, cursor]) => {
              const log = logs.get(id as RoomId) ?? [];
              const events = log.slice(Number(cursor.split("-")[0]));
              return [id, { events, cursor: cursorAt(log.length), more: false }];
            }),
          ),
        };
      }
      case "room:history": {
        const { room, after = 0 } = payload as { room: RoomId; after?: number };
        const log = logs.get(room) ?? [];
        return { messages: log.slice(after), more: false, cursor: cursorAt(log.length) };
      }
      case "dm:open":
        return { room: directRoom, user: bob };
      case "users:list":
        return { users: [me, bob], count: 2 };
      case "room:list":
        return {
          rooms: [
            {
              id: "team",
              name: "Team",
              kind: "channel",
              members: 1,
              joined: false,
            },
          ],
        };
      case "room:join":
        return { room: roomAt(0, { id: "team" as RoomId, name: "Team" }) };
      case "room:create":
        return {
          room: roomAt(0, {
            id: "new" as RoomId,
            name: (payload as Room).name,
          }),
        };
      default:
        return {};
    }
  }

  function append({ room, id, text }: Sent, by: { id: string; name: string }) {
    const log = logs.get(room) ?? [];
    logs.set(room, log);
    const known = log.find((event) => event.id === id);
    if (known !== undefined) return { seq: known.seq, n: known.seq, at: known.at, duplicate: true };
    const seq = log.length + 1;
    const at = new Date().toISOString();
    const event = {
      seq,
      id,
      at,
      by,
      type: "message",
      n: seq,
      text,
    } as RoomEvent;
    log.push(event);
    io.emit("room:events", { room, events: [event], cursor: cursorAt(seq) });
    return { seq, n: seq, at };
  }

  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    handshakes,
    /** Names of the requests that were answered with success, in that order. */
    granted,
    /** HTTP requests, such as `DELETE /api/session`. */
    calls,
    /** What is in the log of a room. */
    texts: (room: RoomId = lobby) =>
      (logs.get(room) ?? []).map((event) => (event.type === "message" ? event.text : event.type)),
    say: (text: string, room: RoomId = lobby, name = "bob") =>
      append({ room, id: `by-${name}-${++said}`, text }, { id: "u2", name }),
    refuse: (name: string, code: string, retryAfterMs?: number) =>
      refusals.push({
        name,
        code,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      }),
    refuseHandshakes(error: { code: string; message: string }) {
      refuseHandshake = error;
    },
    connected: () => io.sockets.sockets.size,
    /** Breaks every transport, as a dying node does. */
    cut() {
      for (const socket of io.sockets.sockets.values()) socket.conn.close();
    },
    close: () => io.close(),
  };
}

let said = 0;

export const directId = "direct" as RoomId;
const me = { id: "u1", name: "ada", number: 1, status: "online", since: null };
const bob = { id: "u2", name: "bob", number: 3, status: "away", since: null };
const directRoom = roomAt(0, { id: directId, name: "bob", kind: "direct" });
