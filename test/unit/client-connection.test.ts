import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { retryDelayMs } from "../../web/client/connection.ts";
import { ClientError } from "../../web/client/index.ts";
import { batch, lobby, roomAt, startClient } from "./client-stand-in.ts";

const startMs = 1_800_000_000_000;
beforeEach(() => void vi.useFakeTimers({ now: startMs }));
afterEach(() => void vi.useRealTimers());

const guest = { name: "ada", key: "0123456789abcdef" };
const states = (of: ReturnType<typeof startClient>["of"]) => of("connection").map((event) => event.state);

/** A token that runs out so many milliseconds after the start. */
function jwt(lifetimeMs: number, mark = "x") {
  const body = Buffer.from(JSON.stringify({ exp: (startMs + lifetimeMs) / 1000, mark }));
  return `head.${body.toString("base64url")}.signature`;
}

/** Answers each call with the next of these; the last one for ever. */
function answering(...answers: (Response | Error)[]) {
  const calls: { method: string; path: string; token: string }[] = [];
  const fetch = (input: unknown, init?: RequestInit) => {
    const headers = init?.headers as { authorization: string };
    calls.push({
      method: init?.method ?? "GET",
      path: new URL(String(input)).pathname,
      token: headers.authorization.replace("Bearer ", ""),
    });
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer instanceof Response
      ? Promise.resolve(answer.clone())
      : Promise.reject(answer ?? new Error("nothing to answer"));
  };
  return { calls, fetch: fetch as typeof globalThis.fetch };
}

const renewedTo = (token: string, lifetimeMs: number) =>
  Response.json({
    token,
    user: { id: "u1", name: "ada" },
    expiresAt: new Date(startMs + lifetimeMs).toISOString(),
  });
const refused = () => new Response("{}", { status: 401 });

describe("coming back", () => {
  it("begins within half a second, slows down to five, and is spread at random", () => {
    expect(retryDelayMs(0, 0)).toBe(0);
    expect(retryDelayMs(0, 0.999)).toBeLessThanOrEqual(500);
    for (let failures = 1; failures < 40; failures += 1) {
      expect(retryDelayMs(failures, 0.999)).toBeLessThanOrEqual(5_000);
      expect(retryDelayMs(failures, 0)).toBeGreaterThanOrEqual(250);
    }
    expect(retryDelayMs(9, 0)).not.toBe(retryDelayMs(9, 0.5));
  });

  it("uses the token of the welcome from the second handshake on", async () => {
    const { server, client, of } = startClient();
    server.welcome({ token: "t1" });
    expect(client.token).toBe("t1");
    expect(of("token")).toEqual([{ type: "token", token: "t1" }]);
    server.cut();
    await vi.advanceTimersByTimeAsync(0);
    expect(server.handshakes).toEqual([guest, { token: "t1" }]);
    server.welcome();
    expect(states(of)).toEqual(["online", "offline", "online"]);
  });

  it("tells the welcome before anything else of a connection", () => {
    const { server, told } = startClient();
    server.welcome();
    expect(told.map((event) => event.type)).toEqual(["welcome", "connection"]);
  });

  it("backs off while handshakes fail, also when transports open without a welcome", async () => {
    const { server } = startClient({ random: () => 0.5 });
    server.refuseHandshake();
    await vi.advanceTimersByTimeAsync(250);
    expect(server.handshakes).toHaveLength(2);
    server.cut();
    await vi.advanceTimersByTimeAsync(749);
    expect(server.handshakes).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.handshakes).toHaveLength(3);
  });

  it("gives up on a connection that brings no welcome", async () => {
    const { server, client } = startClient();
    await vi.advanceTimersByTimeAsync(10_001);
    expect(client.connection).toBe("offline");
    expect(server.handshakes.length).toBeGreaterThan(1);
  });

  describe("to a node that goes away", () => {
    /** Told to move, and at the moment that was chosen for it. */
    async function moving() {
      const tab = startClient({ random: () => 0.5 });
      tab.server.welcome();
      tab.server.tell("server:draining", { reconnectInMs: 10_000 });
      await vi.advanceTimersByTimeAsync(2_499);
      expect(tab.server.handshakes).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(1);
      expect(tab.server.handshakes).toHaveLength(2);
      return tab;
    }

    it("lasts until another node has welcomed it, and is then left in the same turn", async () => {
      const { server, client, of, seqs } = await moving();
      expect(client.connection).toBe("online");
      server.before.tell("room:events", batch(1, 1));
      const sending = client.send(lobby, "on the way");
      const first = server.waiting("message:send");
      server.welcome({ rooms: [roomAt(1)], node: "n2" });
      expect(server.before.open).toBe(false);
      // What the old node did not answer is asked again, with the same id.
      expect(server.waiting("message:send")).toEqual(first);
      expect(first).toMatchObject([{ id: sending }]);
      server.before.tell("room:events", batch(2, 2));
      server.tell("room:events", batch(2, 2));
      expect(seqs()).toEqual([1, 2]);
      expect(states(of)).toEqual(["online", "connecting", "online"]);
      expect(of("draining")).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(server.handshakes).toHaveLength(2);
    });

    it("stays when the other one will not have it, which is tried again", async () => {
      const { server, client } = await moving();
      server.refuseHandshake();
      expect(client.connection).toBe("online");
      await vi.advanceTimersByTimeAsync(250);
      expect(server.handshakes).toHaveLength(3);
      server.welcome();
      expect(client.connection).toBe("online");
      expect(server.before.open).toBe(false);
    });

    it("is missed only until the other one answers when it ends before that", async () => {
      const { server, client, of } = await moving();
      server.before.cut();
      expect(client.connection).toBe("connecting");
      server.welcome();
      expect(states(of)).toEqual(["online", "connecting", "online"]);
      expect(server.handshakes).toHaveLength(2);
    });

    it("and the one under way end together when the client closes", async () => {
      const { server, client } = await moving();
      client.close();
      expect(client.connection).toBe("ended");
      expect(server.before.open).toBe(false);
      server.welcome();
      expect(client.connection).toBe("ended");
    });
  });

  it("comes back at once when one's own log is void", async () => {
    const { server } = startClient();
    server.welcome();
    server.tell("me:reset", {});
    await vi.advanceTimersByTimeAsync(0);
    expect(server.handshakes).toHaveLength(2);
    server.welcome({ me: "9-bb" as never });
    expect(server.waiting("me:sync")).toEqual([]);
  });
});

describe("a refused handshake", () => {
  it.each(["conflict", "invalid", "forbidden"] as const)("ends with %s and its reason", async (code) => {
    const { server, client, of } = startClient();
    server.refuseHandshake({ code, message: "Ada is somebody else." });
    expect(client.connection).toBe("ended");
    expect(of("connection").at(-1)?.error?.message).toContain("Ada");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.handshakes).toHaveLength(1);
  });

  it("is tried again when it is for now only, not sooner than told", async () => {
    const { server, client } = startClient();
    server.refuseHandshake({
      code: "rate_limited",
      message: "Slower",
      retryAfterMs: 3_000,
    });
    expect(client.connection).toBe("offline");
    await vi.advanceTimersByTimeAsync(2_999);
    expect(server.handshakes).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(server.handshakes).toHaveLength(2);
  });

  it("of a token renews it, and ends if that is refused", async () => {
    const { fetch, calls } = answering(renewedTo("t2", 3_600_000), refused());
    const { server, client, of } = startClient({
      credentials: { token: "t1" },
      fetch,
    });
    server.refuseHandshake({ code: "unauthorized", message: "Too old" });
    await vi.advanceTimersByTimeAsync(0);
    expect(server.handshakes).toEqual([{ token: "t1" }, { token: "t2" }]);
    server.welcome();
    expect(of("token")).toEqual([{ type: "token", token: "t2" }]);
    vi.setSystemTime(startMs + 120_000);
    server.cut("io server disconnect");
    await vi.advanceTimersByTimeAsync(0);
    expect(client.connection).toBe("ended");
    expect(calls.map((call) => call.token)).toEqual(["t1", "t2"]);
    expect(calls[0]).toMatchObject({
      method: "POST",
      path: "/api/session/renew",
    });
  });

  it("of a token signs in by name and key where those are held", async () => {
    const { fetch } = answering(refused());
    const { server } = startClient({ fetch });
    server.welcome({ token: "t1" });
    server.cut();
    await vi.advanceTimersByTimeAsync(0);
    server.refuseHandshake({ code: "unauthorized", message: "Unknown" });
    await vi.advanceTimersByTimeAsync(0);
    expect(server.handshakes).toEqual([guest, { token: "t1" }, guest]);
  });

  it("of a kept token signs in by name and key that were kept beside it, without that token", async () => {
    const { server, of } = startClient({
      credentials: { ...guest, token: jwt(-1) },
      fetch: answering(refused()).fetch,
    });
    expect(server.handshakes).toEqual([{ token: jwt(-1) }]);
    server.refuseHandshake({ code: "unauthorized", message: "Expired" });
    await vi.advanceTimersByTimeAsync(0);
    expect(server.handshakes.at(-1)).toEqual(guest);
    expect(states(of)).not.toContain("ended");
  });

  it("waits for a server that cannot be asked for a renewal", async () => {
    const { fetch } = answering(new Error("down"));
    const { server, client } = startClient({
      credentials: { token: "t1" },
      fetch,
    });
    server.refuseHandshake({ code: "unauthorized", message: "Too old" });
    await vi.advanceTimersByTimeAsync(0);
    expect(client.connection).toBe("offline");
  });
});

describe("a session that the server ends", () => {
  it("stays ended after a sign-out elsewhere, though name and key are held", async () => {
    const { fetch } = answering(refused());
    const { server, client, of } = startClient({ fetch });
    server.welcome({ token: jwt(3_600_000) });
    server.tell("session:ended", {
      code: "unauthorized",
      message: "You signed out.",
    });
    server.cut("io server disconnect");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(client.connection).toBe("ended");
    expect(of("connection").at(-1)?.error?.message).toBe("You signed out.");
    expect(server.handshakes).toHaveLength(1);
  });

  it("goes on by name and key when its token ran out", async () => {
    const { fetch } = answering(refused());
    const { server } = startClient({ fetch });
    server.welcome({ token: jwt(60_000) });
    vi.setSystemTime(startMs + 61_000);
    server.tell("session:ended", {
      code: "unauthorized",
      message: "The token ran out.",
    });
    server.cut("io server disconnect");
    await vi.advanceTimersByTimeAsync(0);
    expect(server.handshakes).toEqual([guest, guest]);
  });

  it("does not go round in circles", async () => {
    const { fetch } = answering(renewedTo("t2", 3_600_000));
    const { server, client } = startClient({
      credentials: { token: "t1" },
      fetch,
    });
    server.welcome();
    server.cut("io server disconnect");
    await vi.advanceTimersByTimeAsync(0);
    server.welcome();
    server.cut("io server disconnect");
    await vi.advanceTimersByTimeAsync(0);
    expect(client.connection).toBe("ended");
  });
});

describe("the token", () => {
  it("is renewed before it runs out, and again; a cut for the old one is no end", async () => {
    const second = jwt(7_200_000, "second");
    const { fetch, calls } = answering(new Response("{}", { status: 503 }), renewedTo(second, 7_200_000));
    const { server, client, of } = startClient({ fetch });
    server.welcome({ token: jwt(3_600_000) });
    await vi.advanceTimersByTimeAsync(3_600_000 * 0.6);
    expect(calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(client.token).toBe(second);
    expect(of("token")).toHaveLength(2);
    server.cut("io server disconnect");
    await vi.advanceTimersByTimeAsync(0);
    expect(server.handshakes.at(-1)).toEqual({ token: second });
    expect(client.connection).toBe("connecting");
  });

  it("is ended by signing out, and nothing runs on", async () => {
    const { fetch, calls } = answering(new Response(null, { status: 204 }));
    const { server, client } = startClient({ fetch });
    server.welcome({ token: "t1" });
    client.send(lobby, "never mind");
    await client.signOut();
    expect(calls).toEqual([{ method: "DELETE", path: "/api/session", token: "t1" }]);
    expect(client.connection).toBe("ended");
    expect(client.outbox).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("that could not be ended is said", async () => {
    const { server, client } = startClient();
    server.welcome({ token: "t1" });
    const refused = expect(client.signOut()).rejects.toMatchObject({ code: "unavailable" });
    expect(client.connection).toBe("ended");
    await vi.advanceTimersByTimeAsync(31_000);
    await refused;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is ended once somebody answers, when the first one asked does not", async () => {
    const { fetch, calls } = answering(
      new Response(null, { status: 503 }),
      new Response(null, { status: 204 }),
    );
    const { server, client } = startClient({ fetch });
    server.welcome({ token: "t1" });
    const ended = client.signOut();
    await vi.advanceTimersByTimeAsync(1_000);
    await ended;
    expect(calls).toHaveLength(2);
  });
});

describe("a request", () => {
  it("rejects with the error of the server", async () => {
    const { server, client } = startClient();
    server.welcome();
    const listing = client.request("users:list", { limit: 0 });
    server.refuse("users:list", { code: "invalid", field: "limit" });
    const error = await listing.catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(ClientError);
    expect(error).toMatchObject({ code: "invalid", field: "limit" });
  });

  it("rejects at once without a connection, and when it is lost", async () => {
    const { server, client } = startClient();
    await expect(client.request("users:list", {})).rejects.toMatchObject({
      code: "unavailable",
    });
    server.welcome();
    const listing = client.request("users:list", {});
    server.cut();
    await expect(listing).rejects.toMatchObject({ code: "unavailable" });
  });
});

it("a listener that fails harms no other, and the order is the same for all", async () => {
  const faults: (() => void)[] = [];
  vi.stubGlobal("queueMicrotask", (task: () => void) => faults.push(task));
  const { server, client } = startClient();
  const order: string[] = [];
  client.listen((event) => {
    if (event.type !== "welcome") return;
    client.send(lobby, "one");
    order.push("first:welcome");
    throw new Error("a fault of the page");
  });
  const stop = client.listen((event) => order.push(event.type));
  server.welcome();
  stop();
  server.tell("server:recovered", {});
  expect(order).toEqual(["first:welcome", "welcome", "outbox", "connection"]);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toThrow("a fault of the page");
  vi.unstubAllGlobals();
});
