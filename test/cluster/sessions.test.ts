import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, fresh, refusedAt, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { signToken, unsignedToken } from "../support/tokens.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let here: TestService;
let there: TestService;

const promisedMs = 1_000;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
  [here, there] = cluster.nodes as [TestService, TestService];
});

function call(method: "POST" | "DELETE" | "GET", path: string, token: string, at: { url: string } = cluster) {
  return fetch(`${at.url}${path}`, { method, headers: { authorization: `Bearer ${token}` } });
}

/** The server ended it for good, and said why before. */
function expectEnded(client: ChatClient): void {
  expect(client.ended).toBe("io server disconnect");
  const last = client.heard.at(-1);
  expect(last?.name).toBe("session:ended");
  expect(last?.payload).toMatchObject({ code: "unauthorized" });
}

async function expectRefusedEverywhere(token: string): Promise<void> {
  for (const node of [here, there]) {
    expect(await refusedAt(node, { token })).toMatchObject({ code: "unauthorized" });
    for (const [method, path] of [
      ["GET", "/api/users"],
      ["POST", "/api/session/renew"],
      ["DELETE", "/api/session"],
      ["GET", "/api/rooms/lobby/messages"],
    ] as const) {
      const response = await call(method, path, token, node);
      expect(response.status, `${method} ${path}`).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: "unauthorized" } });
    }
  }
}

describe("signing out", () => {
  test("closes every socket of the session on every node within a second, and the token is worth nothing", async () => {
    const one = await signIn(here);
    const others = await Promise.all([
      signIn(here, { token: one.token }),
      signIn(there, { token: one.token }),
      signIn(cluster, { token: one.token, transport: "polling" }),
    ]);
    const stranger = await signIn(there);
    const askedMs = performance.now();
    expect((await call("DELETE", "/api/session", one.token, here)).status).toBe(204);
    await eventually(() => [one, ...others].every(({ connected }) => !connected), { timeoutMs: promisedMs });
    expect(performance.now() - askedMs).toBeLessThan(promisedMs);
    for (const client of [one, ...others]) expectEnded(client);
    expect(stranger.connected).toBe(true);
    await expectRefusedEverywhere(one.token);
  });

  test("frees the name at once", async () => {
    const holder = await signIn(here);
    const { name } = holder;
    expect(await refusedAt(there, { name })).toMatchObject({ code: "conflict", field: "name" });
    await call("DELETE", "/api/session", holder.token);
    const next = await signIn(there, { name });
    expect(next.id).not.toBe(holder.id);
  });

  test("in the middle of a sign-in leaves nobody connected", async () => {
    for (let i = 0; i < 5; i++) {
      const one = await signIn(here);
      const racing = signIn(there, { token: one.token }).catch(() => undefined);
      await call("DELETE", "/api/session", one.token, here);
      const late = await racing;
      await eventually(() => !one.connected && !late?.connected, { timeoutMs: promisedMs });
    }
  });
});

describe("a token", () => {
  test("that runs out ends the live sockets that came with it", async () => {
    const person = await signIn(here);
    const user = { id: person.id, name: person.name };
    const token = await signToken({ secret: cluster.tokenSecret, user, expiresInMs: 2_000 });
    const clients = await Promise.all([signIn(here, { token }), signIn(there, { token })]);
    await eventually(() => clients.every(({ connected }) => !connected), { timeoutMs: 5_000 });
    for (const client of clients) expectEnded(client);
    expect(person.connected).toBe(true);
    await expectRefusedEverywhere(token);
  });

  test("can be renewed while it is good, for the same session", async () => {
    const person = await signIn(here);
    const user = { id: person.id, name: person.name };
    const token = await signToken({ secret: cluster.tokenSecret, user });
    const response = await call("POST", "/api/session/renew", token, there);
    expect(response.status).toBe(200);
    const session = (await response.json()) as { token: string; user: unknown; expiresAt: string };
    expect(session.user).toEqual(user);
    expect(Date.parse(session.expiresAt)).toBeGreaterThan(Date.now() + 60_000);
    const renewed = await signIn(there, { token: session.token });
    await call("DELETE", "/api/session", token);
    // One session, however many tokens it had.
    await eventually(() => !renewed.connected, { timeoutMs: promisedMs });
    await expectRefusedEverywhere(session.token);
  });

  test("that is forged is refused on every node", async () => {
    const user = { id: `u${randomUUID()}`, name: fresh("mallory") };
    const secret = cluster.tokenSecret;
    const good = await signToken({ secret, user });
    const [header, claims, signature] = good.split(".");
    const otherClaims = (await signToken({ secret, user: { ...user, id: "uvictim" } })).split(".")[1];
    const forged = [
      await signToken({ secret: "another secret of more than thirty-two characters", user }),
      await signToken({ secret, user, expiresInMs: -5_000 }),
      await signToken({ secret, user, issuer: "somebody else" }),
      await signToken({ secret: `${secret}${secret}`, user, algorithm: "HS512" }),
      await signToken({ secret, user, without: "sid" }),
      await signToken({ secret, user, without: "exp" }),
      await signToken({ secret, user: { ...user, id: "{x}:*" } }),
      await signToken({ secret, user, session: "a b" }),
      unsignedToken(user),
      `${header}.${claims}.`,
      `${header}.${otherClaims}.${signature}`,
      "nonsense",
    ];
    for (const token of forged) {
      expect(await refusedAt(here, { token }), token).toMatchObject({ code: "unauthorized" });
      expect((await call("GET", "/api/users", token)).status).toBe(401);
    }
    // So it was not for something else that they were refused.
    expect((await signIn(here, { token: good })).id).toBe(user.id);
  });
});

describe("a handshake", () => {
  test("with name and key is the same person again, and with another key is refused", async () => {
    const name = fresh("ada");
    const key = randomUUID();
    const first = await signIn(here, { name, key });
    const again = await signIn(there, { name: `  ${name.toUpperCase()} `, key });
    expect(again.id).toBe(first.id);
    expect(again.welcome.user.number).toBe(first.welcome.user.number);
    expect(again.token).not.toBe(first.token);
    expect(await refusedAt(there, { name, key: randomUUID() })).toMatchObject({
      code: "conflict",
      field: "name",
    });
  });

  test("names what is wrong with it", async () => {
    for (const name of ["", "   ", "x".repeat(33), "<b>", "a\u0000b", "emoji 🙂", "a/b"])
      expect(await refusedAt(here, { name }), JSON.stringify(name)).toMatchObject({ code: "invalid" });
    expect(await refusedAt(here, { name: fresh("short"), key: "short" })).toMatchObject({ code: "invalid" });
    expect(await refusedAt(here, { token: "" })).toMatchObject({ code: "invalid" });
    for (const name of ["x".repeat(32), "Ünï-cödé_1.0", "李雷", "श्री", "two  words"]) {
      const person = await signIn(here, { name });
      expect(person.name).toBe(name.normalize("NFKC").replace(/\s+/g, " "));
    }
  });

  test("through the API and then with its token is one person", async () => {
    const response = await fetch(`${cluster.url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: fresh("eve"), key: randomUUID() }),
    });
    expect(response.status).toBe(201);
    const session = (await response.json()) as { token: string; user: { id: string; name: string } };
    const client = await signIn(cluster, { token: session.token });
    expect(client.welcome.user).toMatchObject(session.user);
    expect(client.welcome.token).toBeUndefined();
  });
});
