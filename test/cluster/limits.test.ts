import { randomUUID } from "node:crypto";
import { Manager } from "socket.io-client";
import { beforeAll, describe, expect, test } from "vitest";
import type { ProtocolError } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, refusedAt, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { startSlowLine } from "../support/slow-line.ts";
import { stopWhenDone } from "../support/started.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
/** No limits on how much one may do. */
let open: TestService;
/** Low limits, the same on both. */
let strict: [TestService, TestService];

const low = {
  LIMIT_MESSAGES_PER_SECOND: "2",
  LIMIT_MESSAGES_BURST: "5",
  LIMIT_EVENTS_PER_SECOND: "10",
  LIMIT_EVENTS_BURST: "40",
  LIMIT_SIGN_INS_PER_MINUTE: "6",
  LIMIT_CONNECTIONS_PER_ADDRESS: "4",
  LIMIT_TEXT_BYTES: "1000",
  LIMIT_FRAME_BYTES: "4096",
  LIMIT_ROOMS_PER_USER: "2",
  LIMIT_AUTH_SECONDS: "1",
};
const bufferedBytes = 131_072;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 1,
    env: {
      LIMIT_MESSAGES_PER_SECOND: "0",
      LIMIT_EVENTS_PER_SECOND: "0",
      LIMIT_BUFFERED_BYTES: String(bufferedBytes),
    },
  });
  [open] = cluster.nodes as [TestService];
  strict = [await cluster.addNode(low), await cluster.addNode(low)];
});

let addresses = 0;
/** As somebody else's computer: the nodes believe the balancer, which we are, about where a request came from. */
function elsewhere(): { headers: Record<string, string> } {
  addresses += 1;
  return { headers: { "x-forwarded-for": `203.0.113.${addresses}` } };
}

function split(replies: readonly { ok: boolean; error?: ProtocolError }[]) {
  return {
    granted: replies.filter(({ ok }) => ok).length,
    errors: replies.flatMap(({ ok, error }) => (ok || !error ? [] : [error])),
  };
}

const message = (text: string) => ({ room: roomId("lobby"), id: randomUUID() as never, text });

describe("a flood", () => {
  test("of one user's messages is limited over all nodes together, and nobody else is", async () => {
    const one = await signIn(strict[0], elsewhere());
    const other = await signIn(strict[1], { ...elsewhere(), token: one.token });
    const bystander = await signIn(strict[0], elsewhere());
    const startedMs = performance.now();
    const replies = await Promise.all(
      Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? one : other).ask("message:send", message(`${i}`))),
    );
    const seconds = (performance.now() - startedMs) / 1_000;
    const { granted, errors } = split(replies);
    expect(granted).toBeGreaterThanOrEqual(5);
    expect(granted).toBeLessThanOrEqual(5 + Math.ceil(2 * seconds));
    for (const error of errors) {
      expect(error.code).toBe("rate_limited");
      expect(error.retryAfterMs).toBeGreaterThan(0);
      expect(error.retryAfterMs).toBeLessThan(10_000);
    }
    await bystander.get("message:send", message("not me"));
    await eventually(async () => (await other.ask("message:send", message("later"))).ok, {
      timeoutMs: 5_000,
      everyMs: 250,
    });
  });

  test("of requests is limited on its connection, and the others of the user go on", async () => {
    const one = await signIn(strict[0], elsewhere());
    const other = await signIn(strict[0], { ...elsewhere(), token: one.token });
    const startedMs = performance.now();
    const replies = await Promise.all(Array.from({ length: 100 }, () => one.ask("users:list", { limit: 1 })));
    const seconds = (performance.now() - startedMs) / 1_000;
    const { granted, errors } = split(replies);
    expect(granted).toBeGreaterThanOrEqual(40);
    expect(granted).toBeLessThanOrEqual(40 + Math.ceil(10 * seconds));
    for (const error of errors) {
      expect(error.code).toBe("rate_limited");
      expect(error.retryAfterMs).toBeGreaterThan(0);
    }
    await other.get("users:list", { limit: 1 });
    expect(one.connected).toBe(true);
    await eventually(async () => (await one.ask("users:list", { limit: 1 })).ok);
  });

  test("of sign-ins from one address is limited on all nodes, over HTTP and in handshakes", async () => {
    const { headers } = elsewhere();
    const post = (at: TestService) =>
      fetch(`${at.url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify({ name: fresh("bot") }),
      });
    const answers = [];
    for (let i = 0; i < 8; i++) answers.push(await post(strict[i % 2] as TestService));
    expect(answers.slice(0, 6).map(({ status }) => status)).toEqual(Array(6).fill(201));
    const refused = answers.at(-1) as Response;
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: "rate_limited" } });
    const handshake = await refusedAt(strict[0], { headers });
    expect(handshake).toMatchObject({ code: "rate_limited" });
    expect(handshake?.retryAfterMs).toBeGreaterThan(0);
    await signIn(strict[0], elsewhere());
  });

  test("of connections from one address is limited on a node", async () => {
    const { headers } = elsewhere();
    const first = await signIn(strict[0], { headers });
    const { token } = first;
    const more = [];
    for (let i = 0; i < 3; i++) more.push(await signIn(strict[0], { headers, token }));
    expect(await refusedAt(strict[0], { headers, token })).toMatchObject({ code: "rate_limited" });
    more[0]?.leave();
    await eventually(() => signIn(strict[0], { headers, token }));
  });
});

describe("too much at once", () => {
  test("in a text is refused and named", async () => {
    const person = await signIn(strict[0], elsewhere());
    expect(person.welcome.limits).toMatchObject({ textBytes: 1_000, frameBytes: 4_096 });
    await person.say("é".repeat(500));
    expect(await person.refused("message:send", message(`${"é".repeat(500)}!`))).toMatchObject({
      code: "too_large",
      field: "text",
    });
  });

  test("in a frame cuts the connection, and a body is refused; the node takes no harm", async () => {
    const person = await signIn(strict[0], elsewhere());
    const bystander = await signIn(strict[0], elsewhere());
    person.socket.emit("message:send", message("x".repeat(5_000)));
    await eventually(() => !person.connected);
    expect(person.ended).toBe("transport close");
    await bystander.say("still here");
    const response = await fetch(`${strict[0].url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "x".repeat(5_000) }),
    });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: "too_large" } });
  });

  test("of rooms is refused", async () => {
    const person = await signIn(strict[0], elsewhere());
    for (let i = 0; i < 2; i++) await person.get("room:create", { name: fresh("room"), kind: "channel" });
    expect(await person.refused("room:create", { name: fresh("room"), kind: "channel" })).toMatchObject({
      code: "conflict",
    });
  });
});

describe("a client that answers pings but does not read", () => {
  test("is cut when too much waits for it, and the others get everything", async () => {
    const line = await startSlowLine(open);
    const slow = await signIn(line);
    const [speaker, hearer] = await Promise.all([signIn(open), signIn(open)]);
    line.stall();
    const said: string[] = [];
    const text = "a lot to read ".repeat(1_000);
    // The kernel buffers some megabytes before anything waits in the node.
    const cut = await eventually(
      async () => {
        const some = Array.from({ length: 4 }, (_, i) => `${said.length + i} ${text}`);
        said.push(...some);
        await Promise.all(some.map((one) => speaker.say(one)));
        return open.logged("cut a client that does not read")[0];
      },
      { timeoutMs: 50_000, everyMs: 0 },
    );
    expect(cut).toMatchObject({ user: slow.id });
    // Not much more than the limit was ever waiting.
    expect(Number(cut.bytes)).toBeGreaterThan(bufferedBytes);
    expect(Number(cut.bytes)).toBeLessThan(bufferedBytes + 100_000);
    const metrics = await (await fetch(`${open.url}/metrics`)).text();
    expect(Number(/^parley_slow_readers_cut_total\S* (\d+)/m.exec(metrics)?.[1])).toBe(1);
    await eventually(() => hearer.events().length >= said.length);
    expect(hearer.texts()).toEqual(said);
    expect(speaker.texts()).toEqual(said);
    line.goOn();
    await eventually(() => !slow.connected);
    expect(slow.ended).toMatch(/transport/);
  });
});

describe("a connection that does not say who it is", () => {
  test("is cut after its time", async () => {
    const { host } = new URL(strict[0].url);
    const manager = new Manager(`http://${host}`, {
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
    });
    stopWhenDone(async () => manager._close());
    const openedMs = await new Promise<number>((resolve, reject) => {
      manager.open((error) => (error ? reject(error) : resolve(performance.now())));
    });
    const closed = await new Promise<string>((resolve) => manager.once("close", resolve));
    expect(closed).toBe("transport close");
    expect(performance.now() - openedMs).toBeGreaterThan(500);
    expect(performance.now() - openedMs).toBeLessThan(3_000);
  });
});

describe("a malformed request", () => {
  let person: ChatClient;

  beforeAll(async () => {
    person = await signIn(open);
  });

  test.each([
    ["an unknown event", ["message:shout", {}], undefined],
    ["a name of JavaScript's own", ["__proto__", {}], undefined],
    ["another name of JavaScript's own", ["constructor", {}], undefined],
    ["no payload", ["message:send"], undefined],
    ["null", ["message:send", null], undefined],
    ["a text instead of an object", ["message:send", "hello"], undefined],
    ["a list instead of an object", ["message:send", []], undefined],
    ["binary", ["message:send", Buffer.from("hello")], "room"],
    ["no text", ["message:send", { room: "lobby", id: randomUUID() }], "text"],
    ["an empty text", ["message:send", { room: "lobby", id: randomUUID(), text: "" }], "text"],
    ["a blank text", ["message:send", { room: "lobby", id: randomUUID(), text: " \n " }], "text"],
    ["a number as text", ["message:send", { room: "lobby", id: randomUUID(), text: 5 }], "text"],
    ["an id that is none", ["message:send", { room: "lobby", id: "1", text: "a" }], "id"],
    ["a room with other letters", ["message:send", { room: "a:b", id: randomUUID(), text: "a" }], "room"],
    ["a room that would end a key", ["room:history", { room: "lobby}:log" }], "room"],
    ["a limit out of range", ["room:history", { room: "lobby", limit: 201 }], "limit"],
    ["two places", ["room:history", { room: "lobby", before: 2, after: 1 }], "before"],
    ["a cursor that is none", ["room:sync", { rooms: { lobby: "x" } }], "rooms.lobby"],
    ["a status that is none", ["presence:set", { status: "busy" }], "status"],
    ["nobody", ["dm:open", { to: {} }], "to"],
    ["two people", ["dm:open", { to: { name: "a", number: 1 } }], "to"],
  ] as const)("%s is answered with what is wrong", async (_, args, field) => {
    const reply = await person.askAnything(...(args as unknown as [string, ...unknown[]]));
    expect(reply.ok).toBe(false);
    expect(reply.error.code).toBe("invalid");
    expect(reply.error.message).not.toBe("");
    expect(reply.error.field).toBe(field);
    expect(person.connected).toBe(true);
  });

  test("without an acknowledgement harms nobody", async () => {
    person.socket.emit("message:shout", {});
    person.socket.emit("message:send");
    person.socket.emit("message:send", null);
    await person.say("still here");
    expect(person.connected).toBe(true);
  });

  test("below the protocol costs its connection only", async () => {
    const mallory = await signIn(open);
    for (const garbage of [
      "nonsense",
      '2["message:send"',
      "2[]",
      '5999-["x",{"_placeholder":true,"num":0}]',
    ]) {
      const one = await signIn(open, { token: mallory.token });
      // What the engine takes as a packet of Socket.IO.
      (one.socket.io.engine as unknown as { write(data: string): void }).write(garbage);
      await eventually(() => !one.connected, { timeoutMs: 3_000 });
    }
    expect(mallory.connected).toBe(true);
    await person.say("and still here");
  });
});

describe("a page of another origin", () => {
  test("may neither connect nor call, and nothing is done", async () => {
    const headers = { origin: "https://evil.example" };
    expect(await refusedAt(open, { headers })).toBeUndefined();
    const poll = await fetch(`${open.url}/socket.io/?EIO=4&transport=polling`, { headers });
    expect(poll.status).toBe(403);
    const post = await fetch(`${open.url}/api/session`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify({ name: "evil" }),
    });
    expect(post.status).toBe(403);
    expect(post.headers.get("access-control-allow-origin")).toBeNull();
    expect(await post.json()).toMatchObject({ error: { code: "forbidden" } });
    await signIn(open, { name: "evil" });
  });

  test("may when it is allowed, or when it is the very page that is served", async () => {
    await signIn(open, { headers: { origin: open.url } });
    await signIn(cluster, { headers: { origin: cluster.url } });
    const friendly = await cluster.addNode({ ALLOWED_ORIGINS: "https://friend.example" });
    const headers = { origin: "https://friend.example" };
    await signIn(friendly, { headers });
    expect(await refusedAt(friendly, { headers: { origin: "https://friend.example:8443" } })).toBeUndefined();
    const preflight = await fetch(`${friendly.url}/api/session`, {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "POST" },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe(headers.origin);
  });
});
