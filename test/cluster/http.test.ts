import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import {
  clusterSchema,
  errorCatalogue,
  messagePageSchema,
  requests,
  sessionSchema,
} from "../../services/protocol/index.ts";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { clusterReport } from "../support/report.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let ada: ChatClient;

beforeAll(async () => {
  cluster = await startCluster({ nodes: 2, presence: 2 });
  ada = await signIn(cluster);
});

interface Call {
  method?: string;
  token?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

async function call(path: string, { method, token, body, headers = {} }: Call = {}) {
  const response = await fetch(`${cluster.url}${path}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = response.headers.get("content-type")?.includes("json") && text !== "";
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: json ? JSON.parse(text) : undefined,
  };
}

describe("sessions", () => {
  test("are made, renewed and ended", async () => {
    const name = fresh("http");
    const key = randomUUID();
    const made = await call("/api/session", { body: { name, key } });
    expect(made.status).toBe(201);
    const session = sessionSchema.parse(made.body);
    expect(session.user.name).toBe(name);
    expect(Date.parse(session.expiresAt)).toBeGreaterThan(Date.now());
    expect(made.headers.get("cache-control")).toBe("no-store");

    const lostAnswer = await call("/api/session", { body: { name, key } });
    expect(lostAnswer.status).toBe(201);
    expect(lostAnswer.body.user).toEqual(session.user);
    const taken = await call("/api/session", { body: { name: name.toUpperCase() } });
    expect(taken.status).toBe(409);
    expect(taken.body.error).toMatchObject({ code: "conflict", field: "name" });

    const renewed = await call("/api/session/renew", { method: "POST", token: session.token });
    expect(renewed.status).toBe(200);
    expect(sessionSchema.parse(renewed.body).user).toEqual(session.user);
    expect((await call("/api/session", { method: "DELETE", token: session.token })).status).toBe(204);
    const gone = await call("/api/session", { method: "DELETE", token: session.token });
    expect(gone.status).toBe(401);
    expect(gone.body.error.code).toBe("unauthorized");
  });

  test.each([
    ["no body", undefined, "POST", undefined],
    ["no JSON", "{", "POST", undefined],
    ["a list", [], "POST", undefined],
    ["no name", {}, "POST", "name"],
    ["a bad name", { name: "<script>" }, "POST", "name"],
    ["a short key", { name: "someone", key: "1" }, "POST", "key"],
  ] as const)("are not made with %s", async (_, body, method, field) => {
    const answer = await call("/api/session", { method, body });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe("invalid");
    expect(answer.body.error.message).not.toBe("");
    if (field) expect(answer.body.error.field).toBe(field);
  });
});

describe("users", () => {
  test("are listed in pages, and found by how their names begin", async () => {
    const mark = fresh("h");
    const people = await Promise.all(["a", "b", "c"].map((l) => signIn(cluster, { name: `${mark} ${l}` })));
    const first = await call(`/api/users?query=${encodeURIComponent(mark)}&limit=2`, { token: ada.token });
    expect(first.status).toBe(200);
    const page = requests["users:list"].answer.parse(first.body);
    expect(page.users.map(({ id }) => id)).toEqual(people.slice(0, 2).map(({ id }) => id));
    const rest = await call(`/api/users?query=${encodeURIComponent(mark)}&limit=2&cursor=${page.cursor}`, {
      token: ada.token,
    });
    expect(rest.body.users.map(({ id }: { id: string }) => id)).toEqual([people[2]?.id]);
    expect(rest.body.cursor).toBeUndefined();
    expect((await call("/api/users")).status).toBe(401);
    const wrong = await call("/api/users?limit=1000", { token: ada.token });
    expect(wrong.status).toBe(400);
    expect(wrong.body.error).toMatchObject({ code: "invalid", field: "limit" });
  });
});

describe("messages", () => {
  const post = (id: string | undefined, body: unknown, room = "lobby", token = ada.token) =>
    call(`/api/rooms/${room}/messages`, {
      token,
      body,
      headers: id === undefined ? {} : { "idempotency-key": id },
    });

  test("are stored once however often they are posted, and reach those who are connected", async () => {
    const id = randomUUID();
    const text = `posted ${id}`;
    const first = await post(id, { text });
    expect(first.status).toBe(201);
    const stored = requests["message:send"].answer.parse(first.body);
    await eventually(() => ada.texts().includes(text));
    expect(ada.events().find((event) => event.id === id)).toMatchObject({
      seq: stored.seq,
      n: stored.n,
      by: { id: ada.id },
    });
    const again = await post(id, { text });
    expect(again.status).toBe(200);
    expect(again.body).toEqual({ ...stored, duplicate: true });
    const other = await post(id, { text: "something else" });
    expect(other.status).toBe(409);
    expect(other.body.error.code).toBe("conflict");
    const { body } = await call("/api/rooms/lobby/messages", { token: ada.token });
    const { messages } = messagePageSchema.parse(body);
    expect(messages.filter((message) => message.id === id)).toHaveLength(1);
    // The same as over a socket, whichever way it is sent again.
    expect(await ada.get("message:send", { room: roomId("lobby"), id: id as never, text })).toMatchObject({
      seq: stored.seq,
      duplicate: true,
    });
  });

  test("are read in pages", async () => {
    const { room } = await ada.get("room:create", { name: fresh("pages"), kind: "channel" });
    for (let i = 1; i <= 5; i++) await post(randomUUID(), { text: `${i}` }, room.id);
    const newest = await call(`/api/rooms/${room.id}/messages?limit=2`, { token: ada.token });
    const page = messagePageSchema.parse(newest.body);
    expect(page.messages.map(({ text }) => text)).toEqual(["4", "5"]);
    expect(page.more).toBe(true);
    const before = await call(`/api/rooms/${room.id}/messages?limit=3&before=${page.messages[0]?.seq}`, {
      token: ada.token,
    });
    const older = messagePageSchema.parse(before.body);
    expect(older.messages.map(({ text }) => text)).toEqual(["1", "2", "3"]);
    expect(older.more).toBe(false);
  });

  test("are refused with the status of what is wrong", async () => {
    const id = randomUUID();
    const { room } = await ada.get("room:create", { name: fresh("mine"), kind: "private" });
    const stranger = await signIn(cluster);
    const cases = [
      [await post(undefined, { text: "a" }), 400, "invalid", "Idempotency-Key"],
      [await post("not-a-uuid", { text: "a" }), 400, "invalid", "Idempotency-Key"],
      [await post(id, {}), 400, "invalid", "text"],
      [await post(id, { text: "x".repeat(17_000) }), 413, "too_large", "text"],
      [await post(id, { text: "x".repeat(70_000) }), 413, "too_large", undefined],
      [await post(id, { text: "a" }, "a:b"), 400, "invalid", "room"],
      [await post(id, { text: "a" }, "nowhere"), 404, "not_found", "room"],
      [await post(id, { text: "a" }, room.id, stranger.token), 403, "forbidden", "room"],
      [await post(id, { text: "a" }, "lobby", "nonsense"), 401, "unauthorized", undefined],
    ] as const;
    for (const [answer, status, code, field] of cases) {
      expect(answer.status).toBe(status);
      expect(answer.status).toBe(errorCatalogue[code].status);
      expect(answer.body.error.code).toBe(code);
      expect(answer.body.error.field).toBe(field);
    }
    const read = await call(`/api/rooms/${room.id}/messages`, { token: stranger.token });
    expect(read.status).toBe(403);
  });
});

describe("the cluster report", () => {
  test("shows nodes, presence, Redis, and every user with address, node and devices", async () => {
    const second = await signIn(cluster, { token: ada.token });
    const report = clusterSchema.parse(
      await eventually(async () => {
        const found = await clusterReport(cluster);
        return found.users.find(({ id }) => id === ada.id)?.devices === 2 && found;
      }),
    );
    const ids = cluster.nodes.map((node) => node.logged("listening").at(-1)?.id);
    expect(report.nodes.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
    expect(report.nodes.map(({ pid }) => pid).toSorted()).toEqual(
      cluster.nodes.map(({ pid }) => pid).toSorted(),
    );
    expect(cluster.presence.map(({ pid }) => pid)).toContain(report.presence?.pid);
    expect(report.presence?.standbys).toBe(1);
    expect(report.redis).toMatchObject({ mode: "standalone", version: expect.stringMatching(/^\d+\.\d+/) });
    expect(report.users.find(({ id }) => id === ada.id)).toMatchObject({
      name: ada.name,
      number: ada.welcome.user.number,
      address: "127.0.0.1",
      devices: 2,
    });
    const { node } = report.users.find(({ id }) => id === ada.id) ?? {};
    expect([ada.welcome.node, second.welcome.node]).toContain(node);
    // A node says how it is with each refresh of its lease.
    await eventually(async () => {
      const { nodes, users } = await clusterReport(cluster);
      const connections = nodes.reduce((sum, one) => sum + one.connections, 0);
      return connections === users.reduce((sum, user) => sum + user.devices, 0);
    });
  });

  test("is for administrators", async () => {
    for (const token of [undefined, ada.token, `${cluster.adminToken}x`, ""]) {
      const answer = await call("/api/cluster", token === undefined ? {} : { token });
      expect(answer.status).toBe(401);
      expect(answer.body.error.code).toBe("unauthorized");
    }
    const off = await cluster.addNode({ ADMIN_TOKEN: "" });
    for (const token of ["", cluster.adminToken]) {
      const response = await fetch(`${off.url}/api/cluster`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(403);
    }
    await off.stop();
  });
});

describe("the OpenAPI document", () => {
  interface Operation {
    parameters?: { name: string; in: string; schema: unknown; required?: boolean }[];
    requestBody?: { content: Record<string, { schema: object }> };
    responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
    security?: Record<string, unknown>[];
  }
  interface Document {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
  }

  test("describes every endpoint, and nothing in it points nowhere", async () => {
    const { status, body } = await call("/api/openapi.json");
    expect(status).toBe(200);
    const document = body as Document;
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(document.info.title).not.toBe("");
    expect(document.info.version).not.toBe("");
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    expect(operations.map(({ path, method }) => `${method} ${path}`).toSorted()).toEqual(
      [
        "post /api/session",
        "post /api/session/renew",
        "delete /api/session",
        "get /api/users",
        "get /api/rooms/{id}/messages",
        "post /api/rooms/{id}/messages",
        "post /api/rooms/{id}/roles",
        "get /api/cluster",
      ].toSorted(),
    );
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const declared = (operation.parameters ?? []).filter((one) => one.in === "path");
      expect(declared.map(({ name }) => name)).toEqual(inPath);
      expect(declared.every(({ required }) => required)).toBe(true);
      for (const parameter of operation.parameters ?? []) expect(parameter.schema).toBeTypeOf("object");
      expect(Object.keys(operation.responses).length).toBeGreaterThan(0);
      for (const [code, response] of Object.entries(operation.responses)) {
        expect(code).toMatch(/^([1-5]\d\d|[1-5]XX|default)$/);
        expect(response.description).not.toBe("");
      }
      for (const requirement of operation.security ?? [])
        for (const scheme of Object.keys(requirement))
          expect(Object.keys(document.components.securitySchemes)).toContain(scheme);
    }
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, ref]) => ref ?? "",
    );
    for (const reference of references) {
      expect(reference).toMatch(/^#\//);
      const target = reference
        .slice(2)
        .split("/")
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], document);
      expect(target, reference).toBeDefined();
    }
  });

  test("names the statuses that the endpoints answer with", async () => {
    const { body } = await call("/api/openapi.json");
    const { responses } = (body as Document).paths["/api/session"]?.post ?? { responses: {} };
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(["201"]));
  });
});

describe("operations", () => {
  test("can see the named figures", async () => {
    await ada.say("something to count");
    await eventually(() => ada.texts().includes("something to count"));
    const figures = async () => {
      const texts = await Promise.all(
        cluster.nodes
          .filter(({ running }) => running)
          .map(async ({ url }) => (await fetch(`${url}/metrics`)).text()),
      );
      const sum = (name: string) =>
        texts.reduce((total, text) => {
          const values = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
          expect(values.length, name).toBe(1);
          return total + Number(values[0]?.[1]);
        }, 0);
      return sum;
    };
    const sum = await figures();
    for (const name of [
      "parley_connections",
      "parley_logs_followed",
      "parley_messages_sent_total",
      "parley_deliveries_total",
      "parley_fanout_batch_events_count",
      "parley_send_seconds_count",
    ])
      expect(sum(name), name).toBeGreaterThan(0);
    for (const name of [
      "parley_gap_events_repaired_total",
      "parley_history_resets_total",
      "parley_slow_readers_cut_total",
    ])
      expect(sum(name), name).toBe(0);
    expect(sum("parley_event_loop_delay_seconds")).toBeGreaterThanOrEqual(0);
    await eventually(async () => (await figures())("parley_redis_seconds_count") > 0);
    const sent = sum("parley_messages_sent_total");
    await ada.say("one more");
    expect((await figures())("parley_messages_sent_total")).toBe(sent + 1);
    for (const service of cluster.presence) {
      const text = await (await fetch(`${service.url}/metrics`)).text();
      expect(text).toMatch(/^parley_presence_leading\S* [01]$/m);
    }
  });

  test("find no message text and no secret in the logs", async () => {
    const secretText = `do not log ${randomUUID()}`;
    await ada.say(secretText);
    await ada.askAnything("message:send", { room: "lobby", id: "wrong", text: secretText });
    const key = randomUUID();
    const person = await signIn(cluster, { key });
    await eventually(() => cluster.nodes.some((node) => node.logs.some((line) => line.includes(person.id))));
    for (const node of cluster.nodes)
      for (const line of node.logs)
        for (const secret of [
          secretText,
          key,
          person.token,
          ada.token,
          cluster.tokenSecret,
          cluster.adminToken,
        ])
          expect(line).not.toContain(secret);
  });
});

describe("the page", () => {
  test("is served with strict headers", async () => {
    const { status, headers, text } = await call("/");
    expect(status).toBe(200);
    expect(headers.get("content-type")).toContain("text/html");
    expect(headers.get("cache-control")).toBe("no-cache");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|\*/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-powered-by")).toBeNull();
    const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(text) ?? [];
    const asset = await call(script ?? "");
    expect(asset.status).toBe(200);
    expect(asset.headers.get("content-type")).toContain("javascript");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect(asset.headers.get("x-content-type-options")).toBe("nosniff");
    // An API answer is no page, and is framed by nobody either.
    const api = await call("/api/openapi.json");
    expect(api.headers.get("x-content-type-options")).toBe("nosniff");
    expect(api.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  });

  test("answers at its own addresses, and nothing answers at others", async () => {
    const page = await call("/r/lobby");
    expect(page.status).toBe(200);
    expect(page.text).toBe((await call("/")).text);
    for (const path of [
      "/nothing.js",
      "/assets/nothing.css",
      "/api/nothing",
      "/api",
      "/%2e%2e/package.json",
    ]) {
      const answer = await call(path);
      expect(answer.status, path).toBe(404);
      expect(answer.body?.error.code, path).toBe("not_found");
    }
    for (const path of [
      "/..%2fpackage.json",
      "/..%2f..%2f..%2fetc%2fpasswd",
      "/assets/..%2f..%2f..%2fpackage.json",
    ])
      expect((await call(path)).text, path).not.toMatch(/"devDependencies"|root:/);
    const post = await call("/", { method: "POST", body: {} });
    expect(post.status).toBe(404);
    expect((await call("/", { method: "HEAD" })).status).toBe(200);
  });
});
