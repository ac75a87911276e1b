import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { io as connect, type Socket } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Connection, createConnection, type Request } from "../../services/chat/delivery/connection.ts";
import { encodeNotice } from "../../services/chat/delivery/frame.ts";
import { createHeartbeats, type Heartbeats } from "../../services/chat/delivery/heartbeats.ts";
import { engineUpgrade, masked, openLine, type RawLine, upgradeRequest } from "../support/raw-line.ts";
import { eventually } from "../support/wait.ts";

/** All that came of the connections of a test. */
interface Seen {
  connections: Connection[];
  requests: Pick<Request, "event" | "payload">[];
  closed: { reason: string; cause: Error | undefined }[];
}

let io: Server;
let at: { url: string };
let heartbeats: Heartbeats;
let seen: Seen;
let clients: Socket[];
/** Done with each socket before it is taken over. */
let beforehand: (socket: Parameters<typeof createConnection>[0]) => void;

beforeEach(async () => {
  // What comes late of one test is not seen by the next.
  const own: Seen = { connections: [], requests: [], closed: [] };
  seen = own;
  clients = [];
  beforehand = () => {};
  heartbeats = createHeartbeats();
  const http = createServer();
  io = new Server(http, { maxHttpBufferSize: 10_000 });
  io.on("connection", (socket) => {
    beforehand(socket);
    const who = { id: "c1", user: { id: "u1", name: "ada" }, address: "127.0.0.1" };
    const connection = createConnection(socket, who as unknown as Parameters<typeof createConnection>[1], {
      heartbeats,
      onRequest(_, { event, payload, answer }) {
        own.requests.push({ event, payload });
        answer({ ok: true, nth: own.requests.length });
      },
      onClosed: (_, reason, cause) => own.closed.push({ reason, cause }),
      bufferedBytes: 0,
      onCut() {},
      behind: new Set(),
    });
    own.connections.push(connection);
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  at = { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
});

afterEach(async () => {
  for (const client of clients) client.disconnect();
  for (const connection of seen.connections) connection.cut();
  heartbeats.stop();
  await io.close();
});

async function client(...transports: ("polling" | "websocket")[]): Promise<Socket> {
  const socket = connect(at.url, { transports, forceNew: true, reconnection: false });
  clients.push(socket);
  await new Promise<void>((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
  return socket;
}

/** A WebSocket on which a socket has been let in, for what no client would say. */
async function rawClient(): Promise<RawLine> {
  const line = await openLine(at);
  line.write(upgradeRequest(engineUpgrade));
  await eventually(() => line.answer.includes('"sid"'));
  line.frame("40");
  await eventually(() => seen.connections.length === 1);
  return line;
}

/** A client that polls only when it is told to, on which a socket has been let in. */
async function rawPolling() {
  const path = "/socket.io/?EIO=4&transport=polling";
  const poll = async (query = "") => (await fetch(`${at.url}${path}${query}`)).text();
  const { sid } = JSON.parse((await poll()).slice(1));
  // What is said last is answered by nobody.
  const say = async (body: string) =>
    void (await fetch(`${at.url}${path}&sid=${sid}`, { method: "POST", body }).catch(() => {}));
  await say("40");
  await poll(`&sid=${sid}`);
  return { sid, say, poll: () => poll(`&sid=${sid}`) };
}

const theConnection = () => seen.connections[0] as Connection;
const leftOfSocketIo = () => ({ engine: io.engine.clientsCount, sockets: io.of("/").sockets.size });

describe.each([
  ["a WebSocket", ["websocket"]],
  ["long polling", ["polling"]],
  ["long polling that becomes a WebSocket", ["polling", "websocket"]],
] as const)("a connection over %s", (_, transports) => {
  test("is asked, and answers each request with its number", async () => {
    const one = await client(...transports);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) => one.emitWithAck("message:send", { i })),
    );
    expect(answers.map(({ nth }) => nth)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    expect(seen.requests.map(({ payload }) => payload)).toEqual(answers.map((_, i) => ({ i })));
  });

  test("is told everything in its order", async () => {
    const one = await client(...transports);
    const told: string[] = [];
    one.on("server:degraded", ({ reason }) => told.push(reason));
    const reasons = Array.from({ length: 200 }, (_, i) => String(i));
    for (const reason of reasons) {
      theConnection().send(encodeNotice("server:degraded", { reason }));
      if (reason.endsWith("0")) await one.emitWithAck("x");
    }
    await eventually(() => told.length === reasons.length);
    expect(told).toEqual(reasons);
  });

  test("answers a request with attachments, and keeps none of them", async () => {
    const one = await client(...transports);
    await one.emitWithAck("x", { a: Buffer.from("a"), b: [Buffer.from("b")] });
    await one.emitWithAck("y", {});
    expect(seen.requests).toEqual([
      { event: "x", payload: { a: Buffer.alloc(0), b: [Buffer.alloc(0)] } },
      { event: "y", payload: {} },
    ]);
  });

  test("that is ended, closed or left is so once, and its client knows which", async () => {
    const ends = [
      [(connection: Connection) => connection.closeTransport(), ["transport close"]],
      [
        (connection: Connection) => connection.end({ code: "unauthorized", message: "it is over" }),
        ["io server disconnect"],
      ],
      [(connection: Connection) => connection.cut(), ["transport close", "transport error"]],
    ] as const;
    for (const [i, [end, reasons]] of ends.entries()) {
      const one = await client(...transports);
      let ended: string | undefined;
      one.on("disconnect", (reason) => {
        ended = reason;
      });
      await one.emitWithAck("x");
      end(seen.connections[i] as Connection);
      await eventually(() => ended !== undefined && seen.closed.length === i + 1);
      expect(reasons).toContain(ended);
      expect(seen.connections[i]?.open).toBe(false);
    }
    const leaver = await client(...transports);
    leaver.disconnect();
    await eventually(() => seen.closed.length === ends.length + 1);
    expect(leftOfSocketIo()).toEqual({ engine: 0, sockets: 0 });
  });
});

describe("a WebSocket", () => {
  test("is all that is left of a connection", async () => {
    await client("websocket");
    expect(leftOfSocketIo()).toEqual({ engine: 0, sockets: 0 });
    expect(theConnection().open).toBe(true);
  });

  test("is all that is left once polling has become one", async () => {
    const one = await client("polling", "websocket");
    await eventually(() => leftOfSocketIo().engine === 0);
    expect(await one.emitWithAck("x")).toEqual({ ok: true, nth: 1 });
    expect(one.io.engine.transport.name).toBe("websocket");
    expect(seen.closed).toEqual([]);
  });

  test("gets first what was to be written before it was taken over", async () => {
    beforehand = (socket) => {
      for (let i = 0; i < 3; i++) socket.emit("early", i);
      setImmediate(() => theConnection().send(encodeNotice("server:recovered", {})));
    };
    const told: unknown[] = [];
    const socket = connect(at.url, { transports: ["websocket"], forceNew: true, reconnection: false });
    clients.push(socket);
    socket.onAny((event, payload) => told.push(event === "early" ? payload : event));
    await eventually(() => told.length === 4);
    expect(told).toEqual([0, 1, 2, "server:recovered"]);
  });

  test("may say what says nothing", async () => {
    const line = await rawClient();
    for (const packet of ["3", "0", "1", "5", "6", "3probe", "43[]", '430["x"]']) line.frame(packet);
    line.frame('427["x"]');
    await eventually(() => line.answer.includes('437[{"ok":true,"nth":1}]'));
    expect(seen.closed).toEqual([]);
  });

  test.each([
    ["a ping, which is ours to send", "2", "transport error"],
    ["no packet", "", "parse error"],
    ["a packet that there is not", "9", "parse error"],
    ["no packet of Socket.IO", "4nonsense", "parse error"],
    ["an event that is none", "42{}", "parse error"],
    ["an event with a name of Socket.IO's own", '42["disconnect"]', "parse error"],
    ["an attachment of nothing", "bAAAA", "parse error"],
    ["a text in place of an attachment", '451-["x",{"_placeholder":true,"num":0}]|42["x"]', "parse error"],
    ["the namespace once more", "40", "forced close"],
    ["an event in a namespace that there is not", '42/x,["y"]', "forced close"],
    ["farewell", "41", "client namespace disconnect"],
  ])("that says %s is closed, and not heard any more", async (_, packets, reason) => {
    const line = await rawClient();
    // In one piece, so that what comes too late is read in the same turn.
    line.write(Buffer.concat([...packets.split("|"), '42["late"]'].map(masked)));
    await eventually(() => seen.closed.length > 0);
    expect(seen.closed).toEqual([{ reason, cause: undefined }]);
    expect(seen.requests).toEqual([]);
  });

  test("that names no event is heard as any other, and harms nobody", async () => {
    const line = await rawClient();
    for (const packet of ["42", "425", '426["x"]']) line.frame(packet);
    await eventually(() => line.answer.includes('436[{"ok":true,"nth":3}]'));
    expect(seen.requests.map(({ event }) => event)).toEqual([undefined, undefined, "x"]);
  });

  test("that says too much at once is closed, and why is told", async () => {
    const line = await rawClient();
    line.frame(`42["x","${"a".repeat(20_000)}"]`);
    await eventually(() => seen.closed.length === 1);
    expect(seen.closed[0]?.reason).toBe("transport error");
    expect(seen.closed[0]?.cause?.message).toContain("Max payload size exceeded");
  });

  test("that wants to enter a namespace that there is not is told so, and stays", async () => {
    const line = await rawClient();
    line.frame('40/x,{"token":"t"}');
    line.frame('421["y"]');
    await eventually(() => line.answer.includes('431[{"ok":true,"nth":1}]'));
    expect(line.answer).toContain('44/x,{"message":"Invalid namespace"}');
    expect(seen.closed).toEqual([]);
  });

  test("whose client says no farewell is cut all the same", async () => {
    const line = await rawClient();
    theConnection().closeTransport();
    await line.closed;
    expect(seen.closed).toEqual([{ reason: "forced close", cause: undefined }]);
  });
});

describe("long polling", () => {
  test("that is ended is so at once, and its client is told why when it polls again", async () => {
    const one = await rawPolling();
    theConnection().end({ code: "unauthorized", message: "it is over" });
    expect(seen.closed).toEqual([{ reason: "server namespace disconnect", cause: undefined }]);
    expect(theConnection().open).toBe(false);
    expect(await one.poll()).toContain("it is over");
    // With the one after it hears that it is closed.
    await one.poll();
    expect(leftOfSocketIo().engine).toBe(0);
    expect(seen.closed).toHaveLength(1);
  });

  test("that says farewell and does not poll is left at once", async () => {
    const one = await rawPolling();
    await one.say("41");
    expect(seen.closed).toEqual([{ reason: "client namespace disconnect", cause: undefined }]);
    theConnection().closeTransport();
    await one.poll();
    expect(leftOfSocketIo().engine).toBe(0);
    expect(seen.closed).toHaveLength(1);
  });

  test("that is closed while it becomes a WebSocket is cut without a farewell, and closed once", async () => {
    const { sid } = await rawPolling();
    const line = await openLine(at);
    line.write(upgradeRequest(`${engineUpgrade}&sid=${sid}`));
    line.frame("2probe");
    await eventually(() => line.answer.includes("3probe"));
    theConnection().closeTransport();
    line.frame("5");
    await line.closed;
    // By itself `ws` would wait for half a minute.
    expect(line.closedAfterMs).toBeLessThan(20_000);
    expect(seen.closed).toEqual([{ reason: "forced close", cause: undefined }]);
    expect(leftOfSocketIo()).toEqual({ engine: 0, sockets: 0 });
  });
});
