import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { presenceTimes } from "../../services/presence/times.ts";
import { roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { moveIn } from "../support/resident.ts";
import { eventually } from "../support/wait.ts";
import { watch } from "../support/watcher.ts";

let cluster: TestCluster;
let here: TestService;
let there: TestService;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    presence: 2,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
  [here, there] = cluster.nodes as [TestService, TestService];
});

afterEach(async () => {
  cluster.redis.resume();
  await cluster.redis.start();
  await cluster.ready();
});

const lobby = roomId("lobby");
const status = async (url: string) => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
};

describe("Redis", () => {
  test("away is said, and back is said; meanwhile the page loads and sends fail clearly", async () => {
    const [one, other] = await Promise.all([signIn(here), signIn(there)]);
    await one.say("before");
    await cluster.redis.kill();
    for (const client of [one, other]) {
      const [notice] = await eventually(
        () => {
          const told = client.of("server:degraded");
          return told.length > 0 && told;
        },
        { timeoutMs: 4_000 },
      );
      expect(notice?.payload.reason).toMatch(/\w+ \w+/);
    }

    const message = { room: lobby, id: randomUUID() as never, text: "while Redis is away" };
    const askedMs = performance.now();
    const error = await one.refused("message:send", message);
    expect(performance.now() - askedMs).toBeLessThan(2_000);
    expect(error).toMatchObject({ code: "unavailable" });
    expect(error.retryAfterMs).toBeGreaterThan(0);
    for (const [request, payload] of [
      ["room:history", { room: lobby }],
      ["users:list", {}],
      ["room:create", { name: "not now", kind: "channel" }],
    ] as const) {
      expect(await other.refused(request, payload)).toMatchObject({ code: "unavailable" });
    }
    // The page, through the balancer, although no node is ready.
    const page = await fetch(cluster.url);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("<!doctype html>");
    for (const node of [here, there]) {
      expect(await status(`${node.url}/lb`)).toBe(200);
      expect(await status(`${node.url}/healthz`)).toBe(200);
      expect(await status(`${node.url}/readyz`)).toBe(503);
    }
    // Somebody new is not refused, which would send them away for good: the connection closes, and they try again.
    await expect(signIn(here)).rejects.toMatchObject({ data: undefined });
    const session = await fetch(`${here.url}/api/session`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "not yet" }),
    });
    expect(session.status).toBe(503);
    expect(await session.json()).toMatchObject({ error: { code: "unavailable" } });

    await cluster.redis.start();
    for (const client of [one, other]) {
      await eventually(() => client.of("server:recovered").length > 0, { timeoutMs: 5_000 });
      expect(client.connected).toBe(true);
      expect(client.of("server:degraded")).toHaveLength(1);
    }
    await cluster.ready();
    const { messages } = await one.get("room:history", { room: lobby, limit: 200 });
    expect(messages.map(({ text }) => text)).toEqual(["before"]);
    const again = await one.get("message:send", message);
    expect(again.duplicate).toBeUndefined();
    await eventually(() => other.texts().includes("while Redis is away"));
    expect(other.texts()).toEqual(["before", "while Redis is away"]);
  });

  test("killed while people talk loses nothing that was acknowledged", async () => {
    const residents = await Promise.all(Array.from({ length: 4 }, () => moveIn(cluster.url)));
    const spoken: { id: string; seq: number }[] = [];
    let talking = true;
    const talks = residents.map(async (resident) => {
      for (let i = 0; talking; i++) spoken.push(await resident.say(`${resident.name} says ${i}`));
    });
    const enough = (count: number) => eventually(() => spoken.length >= count, { timeoutMs: 20_000 });
    await enough(200);
    await cluster.redis.kill();
    const before = spoken.length;
    await eventually(() => residents.every(({ told }) => told.some(({ type }) => type === "degraded")));
    await cluster.redis.start();
    await enough(before + 100);
    talking = false;
    await Promise.all(talks);

    const last = Math.max(...spoken.map(({ seq }) => seq));
    const ids = new Set(spoken.map(({ id }) => id));
    const places = spoken.map(({ seq }) => seq).toSorted((a, b) => a - b);
    expect(new Set(places).size).toBe(places.length);
    for (const resident of residents) {
      await resident.reached(last);
      expect(resident.faults).toEqual([]);
      expect(resident.events.filter(({ id }) => ids.has(id)).map(({ seq }) => seq)).toEqual(places);
      expect(resident.nodes).toHaveLength(1);
      resident.leave();
    }
  });

  test.each([
    ["killed", async () => cluster.redis.kill(), async () => cluster.redis.start()],
    ["standing still", async () => cluster.redis.pause(), async () => cluster.redis.resume()],
  ] as const)(
    "%s for longer than a lease reaps nobody who is there, and keeps no ghost",
    async (_, away, back) => {
      const watcher = await watch(here);
      const stayers = await Promise.all([signIn(here), signIn(there), signIn(there)]);
      const leaver = await signIn(there);
      for (const person of [...stayers, leaver]) await watcher.sees(person, true, { withinMs: 2_000 });
      const awayMs = performance.now();
      await away();
      leaver.leave();
      // Time goes on for the leases while nobody can refresh them.
      await eventually(
        () => performance.now() - awayMs > presenceTimes.leaseTtlMs + presenceTimes.reapGraceMs,
      );
      await back();
      const backMs = performance.now();
      await eventually(async () => {
        expect((await watcher.client.ask("users:list", {})).ok).toBe(true);
        return true;
      });
      // The longest that anything may take: a lease until somebody is reaped at all, and the grace.
      const { user } = await watcher.sees(leaver, false, { withinMs: 20_000 });
      expect(user).toMatchObject({ id: leaver.id, status: "offline" });
      expect(performance.now() - backMs).toBeLessThan(20_000);
      for (const person of stayers) expect(watcher.seen(person)).toHaveLength(1);
      for (const node of [here, there]) {
        const reader = await signIn(node);
        const { users } = await reader.get("users:list", { limit: 200 });
        const ids = users.map(({ id }) => id as string);
        expect(ids).toEqual(expect.arrayContaining(stayers.map(({ id }) => id)));
        expect(ids).not.toContain(leaver.id);
        expect(new Set(users.map(({ number }) => number)).size).toBe(users.length);
      }
      // And it goes on as if nothing had been.
      const comer = await signIn(there);
      await watcher.sees(comer, true, { withinMs: 1_000 });
      await stayers[0]?.say("all of us are here");
      for (const person of stayers) await eventually(() => person.texts().includes("all of us are here"));
    },
  );
});
