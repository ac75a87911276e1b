import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import { beforeAll, describe, expect, test } from "vitest";
import { fresh, refusedAt, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { readMetrics, timesReached } from "../support/metrics.ts";
import { engineUpgrade, openLine, type RawLine, upgradeRequest } from "../support/raw-line.ts";
import { stopWhenDone } from "../support/started.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let node: TestService;
/** Somebody who is there all the time and must notice nothing. */
let bystander: Awaited<ReturnType<typeof signIn>>;
/** Opened at the start, because their end takes its time. */
let silent: RawLine;
let slowHead: RawLine;
let slowBody: RawLine;

const perAddress = 20;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 1,
    env: {
      LIMIT_CONNECTIONS: "120",
      LIMIT_CONNECTIONS_PER_ADDRESS: String(perAddress),
      LIMIT_AUTH_SECONDS: "2",
      LIMIT_API_PER_SECOND: "5",
      LIMIT_API_BURST: "20",
      LIMIT_EVENTS_PER_SECOND: "20",
      LIMIT_EVENTS_BURST: "60",
      LIMIT_ROOM_CHANGES_PER_MINUTE: "60",
      LIMIT_FRAME_BYTES: "16384",
    },
  });
  [node] = cluster.nodes as [TestService];
  bystander = await signIn(node, elsewhere());
  silent = await openLine(node);
  slowHead = await openLine(node);
  slowHead.write("GET / HTTP/1.1\r\nhost: parley\r\nx-slow: a");
  slowBody = await openLine(node);
  slowBody.write(
    "POST /api/session HTTP/1.1\r\nhost: parley\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{",
  );
});

let addresses = 0;
/** As somebody else's computer: the node believes the balancer, which we are, about where a request came from. */
function elsewhere(): { headers: Record<string, string> } {
  addresses += 1;
  return { headers: { "x-forwarded-for": `198.51.100.${addresses}` } };
}

async function openSessions(count: number, headers: Record<string, string>, query = ""): Promise<number[]> {
  const url = `${node.url}/socket.io/?EIO=4&transport=polling${query}`;
  const answers = await Promise.all(Array.from({ length: count }, () => fetch(url, { headers })));
  await Promise.all(answers.map((answer) => answer.text()));
  return answers.map(({ status }) => status);
}

const transports = async () => (await readMetrics(node)).value("parley_transports");

describe("sockets that never sign in", () => {
  test("are so many of one address, further ones are turned away, and all are gone after their time", async () => {
    const { headers } = elsewhere();
    const before = await timesReached(node, "connections_waiting");
    const statuses = await openSessions(perAddress + 15, headers);
    expect(statuses.filter((status) => status === 200)).toHaveLength(perAddress);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
    expect(await timesReached(node, "connections_waiting")).toBe(before + 15);
    await eventually(async () => (await transports()) === 1);
    expect(await timesReached(node, "auth_seconds")).toBeGreaterThanOrEqual(perAddress);
  });

  test("are counted also when they name a session that is none", async () => {
    for (const query of ["&sid=", "&sid=invented&sid="]) {
      const statuses = await openSessions(perAddress + 5, elsewhere().headers, query);
      expect(statuses.filter((status) => status === 200)).toHaveLength(perAddress);
      expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    }
    await eventually(async () => (await transports()) === 1);
  });

  test("that are WebSockets are cut without waiting for their farewell", async () => {
    const { headers } = elsewhere();
    const lines = await Promise.all(Array.from({ length: perAddress + 5 }, () => openLine(node)));
    for (const line of lines) line.write(upgradeRequest(engineUpgrade, headers));
    await eventually(() => lines.every((line) => line.answer !== ""));
    expect(lines.filter(({ answer }) => answer.startsWith("HTTP/1.1 101"))).toHaveLength(perAddress);
    expect(lines.filter(({ answer }) => answer.startsWith("HTTP/1.1 429"))).toHaveLength(5);
    await Promise.all(lines.map((line) => line.closed));
    for (const { closedAfterMs } of lines) expect(closedAfterMs).toBeLessThan(6_000);
  });

  test("have an address of 64 bits in IPv6", async () => {
    const from = (host: number) => ({ "x-forwarded-for": `2001:db8:1:${host > 0 ? 1 : 2}::${host}` });
    const statuses = [];
    for (let host = 1; host <= perAddress; host++) statuses.push(...(await openSessions(1, from(host))));
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await openSessions(1, from(99))).toEqual([429]);
    expect(await openSessions(1, from(0))).toEqual([200]);
  });

  test("try again and again on one connection, or twice at once, and are cut", async () => {
    const { headers } = elsewhere();
    const tries = async (text: string, times: number) => {
      const line = await openLine(node);
      line.write(upgradeRequest(engineUpgrade, headers));
      for (let i = 0; i < times; i++) line.frame(text);
      await line.closed;
      return line;
    };
    const twice = await tries(`40${JSON.stringify({ name: fresh("twin"), key: randomUUID() })}`, 2);
    expect(twice.closedAfterMs).toBeLessThan(5_000);
    const again = await openLine(node);
    again.write(upgradeRequest(engineUpgrade, headers));
    for (let i = 1; i <= 5; i++) {
      again.frame('40{"token":"nonsense"}');
      await eventually(() => again.answer.split("unauthorized").length === i + 1);
    }
    again.frame('40{"token":"nonsense"}');
    await again.closed;
    expect(again.closedAfterMs).toBeLessThan(2_000);
  });
});

describe("a flood", () => {
  test("of connections that are opened and closed is slowed down for its address, and for nobody else", async () => {
    const { headers } = elsewhere();
    const statuses: number[] = [];
    for (let round = 0; round < 5; round++) {
      const these = await Promise.all(Array.from({ length: perAddress }, () => openLine(node)));
      for (const line of these) line.write(upgradeRequest(engineUpgrade, headers));
      await eventually(() => these.every((line) => line.answer !== ""));
      for (const line of these) statuses.push(Number(line.answer.slice(9, 12)));
      for (const line of these) line.close();
      await eventually(async () => (await transports()) <= 2);
    }
    expect(statuses.slice(0, perAddress * 4)).toEqual(Array(perAddress * 4).fill(101));
    expect(statuses.slice(perAddress * 4)).toContain(429);
    await signIn(node, elsewhere()).then((other) => other.leave());
  });

  test("of sign-ins at the same moment takes no more places than its address has", async () => {
    const { headers } = elsewhere();
    const { token } = await signIn(node, { headers });
    const outcomes = await Promise.all(
      Array.from({ length: perAddress - 1 + 10 }, () =>
        signIn(node, { headers, token }).catch((error: { data?: { code: string } }) => error.data?.code),
      ),
    );
    const inside = outcomes.filter((one) => typeof one === "object");
    expect(inside.length).toBeLessThanOrEqual(perAddress - 1);
    expect(inside.length).toBeGreaterThanOrEqual(perAddress - 11);
    for (const one of inside) one.leave();
    await eventually(() => signIn(node, { headers, token }));
  });

  test("from everywhere fills the node, which then says so to the balancer", async () => {
    const before = await timesReached(node, "connections");
    const statuses = await Promise.all(
      Array.from({ length: 8 }, () => openSessions(perAddress - 2, elsewhere().headers)),
    );
    expect(statuses.flat()).toContain(503);
    expect(await timesReached(node, "connections")).toBeGreaterThan(before);
    await bystander.say("still here");
    await eventually(async () => (await transports()) < 10);
  });

  test("of HTTP requests is limited for its address", async () => {
    const { headers } = elsewhere();
    const ask = async (from: Record<string, string>) => {
      const response = await fetch(`${node.url}/api/users`, { headers: from });
      await response.text();
      return response;
    };
    const answers = await Promise.all(Array.from({ length: 60 }, () => ask(headers)));
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(20);
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await timesReached(node, "api")).toBe(refused.length);
    expect((await ask(elsewhere().headers)).status).toBe(401);
  });

  test("of requests without waiting is answered for a while, then the connection is cut", async () => {
    const noisy = await signIn(node, elsewhere());
    let answered = 0;
    const send = () =>
      noisy.socket.emit("users:list", { limit: 200 }, () => {
        answered += 1;
      });
    for (let i = 0; i < 2_000; i++) send();
    await eventually(() => answered === 2_000);
    for (let i = 0; i < 3_000; i++) send();
    await eventually(() => !noisy.connected);
    expect(noisy.ended).toBe("transport close");
    expect(await timesReached(node, "flood")).toBeGreaterThanOrEqual(1);
    await bystander.say("still here");
  });

  test("of events that ask for no answer is cut as well", async () => {
    const noisy = await signIn(node, elsewhere());
    for (let i = 0; i < 5_000; i++) noisy.socket.emit("nothing:such", {});
    await eventually(() => !noisy.connected);
  });

  test("of typing is held back", async () => {
    const noisy = await signIn(node, elsewhere());
    const typing = (on: boolean) => noisy.ask("room:typing", { room: roomId("lobby"), on });
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => typing(i % 2 === 0)));
    expect(answers.filter(({ ok }) => ok).length).toBeLessThanOrEqual(14);
    noisy.leave();
  });

  test("of rooms is limited over all of a user's connections", async () => {
    const one = await signIn(node, elsewhere());
    const other = await signIn(node, { ...elsewhere(), token: one.token });
    const make = (i: number) =>
      (i % 2 ? one : other).ask("room:create", { name: fresh("room"), kind: "channel" });
    const answers = await Promise.all(Array.from({ length: 80 }, (_, i) => make(i)));
    const made = answers.filter(({ ok }) => ok).length;
    expect(made).toBeGreaterThanOrEqual(60);
    expect(made).toBeLessThanOrEqual(66);
    expect(await timesReached(node, "room_changes")).toBe(80 - made);
  });

  test("of frames that are too large costs their connections", async () => {
    const before = await timesReached(node, "frame_bytes");
    const large = await signIn(node, elsewhere());
    large.socket.emit("message:send", { text: "x".repeat(20_000) });
    await eventually(() => !large.connected);
    expect(await timesReached(node, "frame_bytes")).toBe(before + 1);
    await bystander.say("still here");
  });
});

test("nothing that a guest leaves behind stays for ever", async () => {
  const guest = await signIn(node, elsewhere());
  const { room } = await guest.get("room:create", { name: fresh("left"), kind: "private" });
  const id = randomUUID() as never;
  const { seq } = await guest.get("message:send", { room: room.id, id, text: "was here" });
  await guest.get("message:save", { room: room.id, of: { seq, id }, on: true });
  await guest.get("thread:follow", { room: room.id, of: { seq, id }, on: true });
  await guest.get("room:read", { room: room.id, n: 1 });
  guest.leave();
  const redis = new Redis(cluster.redis.url);
  stopWhenDone(async () => redis.disconnect());
  const left = await eventually(async () => {
    const keys = await redis.keys(`*{user:${guest.id}}:*`);
    const times = await Promise.all(keys.map((key) => redis.pttl(key)));
    return times.includes(-1) ? undefined : keys.map((key) => key.slice(key.lastIndexOf("}:") + 2));
  });
  expect(left).toEqual(
    expect.arrayContaining(["profile", "log", "head", "rooms", "reads", "saved", "threads"]),
  );
});

describe("a connection that is not HTTP at the pace of HTTP", () => {
  test("is closed when it asks to become something else at another address", async () => {
    const line = await openLine(node);
    line.write(upgradeRequest("/elsewhere"));
    await line.closed;
    expect(line.answer).toMatch(/^HTTP\/1.1 404/);
    expect(line.closedAfterMs).toBeLessThan(2_000);
  });

  test("is closed when it says nothing, or its request a byte at a time", async () => {
    const dripping = setInterval(() => {
      slowHead.write("a");
      slowBody.write(" ");
    }, 200);
    await Promise.all([silent.closed, slowHead.closed, slowBody.closed]);
    clearInterval(dripping);
    for (const { closedAfterMs } of [silent, slowHead]) expect(closedAfterMs).toBeLessThan(13_000);
    expect(slowBody.closedAfterMs).toBeLessThan(18_000);
    expect(slowHead.answer).toMatch(/^HTTP\/1.1 408/);
    expect(await timesReached(node, "http_time")).toBeGreaterThanOrEqual(3);
  });
});

test("after all of this nobody else has noticed", async () => {
  await bystander.say("good night");
  expect(bystander.connected).toBe(true);
  expect(await refusedAt(node, { token: "nonsense", ...elsewhere() })).toMatchObject({
    code: "unauthorized",
  });
});
