import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "socket.io";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Arrivals, createArrivals } from "../../services/chat/arrivals.ts";
import { createGateway } from "../../services/chat/gateway.ts";
import { RequestError } from "../../services/protocol/index.ts";
import { engineUpgrade, masked, openLine, type RawLine, upgradeRequest } from "../support/raw-line.ts";
import { eventually } from "../support/wait.ts";

let io: Server;
let at: { url: string };
let arrivals: Arrivals;
/** Answers all who sign in. */
let answer: () => void;
let asked: number;

const signIn = `40${JSON.stringify({ name: "ada" })}`;

beforeEach(async () => {
  const http = createServer();
  io = new Server(http);
  arrivals = createArrivals({
    io,
    addressOf: () => "127.0.0.1",
    draining: () => false,
    limits: { connections: 0, perAddress: 0, authSeconds: 0 },
    onLimit() {},
  });
  asked = 0;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const deps = {
    io,
    arrivals,
    sessions: {
      async signIn() {
        asked += 1;
        await answered;
        throw new RequestError("unavailable", "the store is away");
      },
    },
    addressOf: () => "127.0.0.1",
    limits: { eventsPerSecond: 0, eventsBurst: 0, bufferedBytes: 0 },
    onRefused() {},
    onLimit() {},
  };
  createGateway(deps as unknown as Parameters<typeof createGateway>[0]);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  at = { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
});

afterEach(async () => {
  answer();
  arrivals.stop();
  await io.close();
});

async function rawClient(): Promise<RawLine> {
  const line = await openLine(at);
  line.write(upgradeRequest(engineUpgrade));
  await eventually(() => line.answer.includes('"sid"'));
  return line;
}

/** Sockets that wait to be let in, as Socket.IO keeps them. */
const waiting = () =>
  (io.of("/") as unknown as { _preConnectSockets: Map<string, unknown> })._preConnectSockets.size;

describe("nothing is left of a socket", () => {
  test("whose connection is closed because it cannot be let in now, and it is told nothing", async () => {
    const line = await rawClient();
    line.frame(signIn);
    await eventually(() => asked === 1);
    expect(waiting()).toBe(1);
    answer();
    await line.closed;
    expect(line.answer).not.toContain("44{");
    expect(waiting()).toBe(0);
  });

  test("whose client gave up while it waited", async () => {
    const line = await rawClient();
    line.frame(signIn);
    await eventually(() => asked === 1);
    line.close();
    await eventually(() => io.engine.clientsCount === 0);
    answer();
    await eventually(() => waiting() === 0);
  });

  test("of which one connection asks for hundreds at once, but of the first, until it is answered", async () => {
    const line = await rawClient();
    line.write(Buffer.concat(Array.from({ length: 500 }, () => masked(signIn))));
    await line.closed;
    await eventually(() => io.engine.clientsCount === 0);
    expect(waiting()).toBe(1);
    answer();
    await eventually(() => waiting() === 0);
    expect(asked).toBe(1);
  });
});
