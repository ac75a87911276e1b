import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { presenceTimes } from "../../services/presence/times.ts";
import { roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { moveIn } from "../support/resident.ts";
import { openTerminal } from "../support/terminal-process.ts";
import { eventually } from "../support/wait.ts";
import { watch } from "../support/watcher.ts";

let cluster: TestCluster;
/** A second one, because some things take long and can happen side by side. */
let second: TestCluster;

beforeAll(async () => {
  const env = { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" };
  [cluster, second] = await Promise.all([
    startCluster({ env, presence: 2 }),
    startCluster({ env, presence: 2, balancer: false }),
  ]);
});

const lobby = roomId("lobby");
const status = async (url: string) => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
};

const nodesOf = ({ nodes }: TestCluster) => nodes as [TestService, TestService];

/** Redis goes and comes back, both by `how`, while some are there and one leaves. */
async function outlastLease(
  on: TestCluster,
  how: { away: () => Promise<void> | void; back: () => Promise<void> | void },
): Promise<void> {
  const [here, there] = nodesOf(on);
  const watcher = await watch(here);
  const stayers = await Promise.all([signIn(here), signIn(there), signIn(there)]);
  const leaver = await signIn(there);
  for (const person of [...stayers, leaver]) await watcher.sees(person, true, { withinMs: 2_000 });
  const awayMs = performance.now();
  await how.away();
  leaver.leave();
  // Time goes on for the leases while nobody can refresh them.
  await eventually(() => performance.now() - awayMs > presenceTimes.leaseTtlMs + presenceTimes.reapGraceMs);
  await how.back();
  // Nobody is reaped before a whole lease has passed, and it takes a grace to be gone.
  const { user } = await watcher.sees(leaver, false, { withinMs: 15_000 });
  expect(user).toMatchObject({ id: leaver.id, status: "offline" });
  for (const person of stayers) {
    expect(person.connected).toBe(true);
    expect(watcher.seen(person)).toHaveLength(1);
  }
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
}

describe.concurrent("an absence of Redis that is longer than a lease reaps nobody who is there, keeps no ghost", () => {
  test("when it was killed", () =>
    outlastLease(cluster, { away: () => cluster.redis.kill(), back: () => cluster.redis.start() }));

  test("when it stood still", () =>
    outlastLease(second, { away: () => second.redis.pause(), back: () => second.redis.resume() }));
});

describe("Redis", () => {
  test("away is said, and back is said; meanwhile the page loads and sends fail clearly", async () => {
    const [here, there] = nodesOf(cluster);
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
    expect(messages.at(-1)?.text).toBe("before");
    const again = await one.get("message:send", message);
    expect(again.duplicate).toBeUndefined();
    await eventually(() => other.texts().includes("while Redis is away"));
    expect(other.texts()).toEqual(["before", "while Redis is away"]);
  });

  test("away is said at a terminal, with what becomes of what one types, which goes out once when it is back", async () => {
    const [here, there] = nodesOf(second);
    const other = await signIn(there);
    const { typed, says, said, leave } = openTerminal(here.url);
    await says(/Signed in as #\d+ /);
    typed("typed before");
    await eventually(() => other.texts().includes("typed before"));
    await second.redis.kill();
    await says(/The server has trouble \(.+\); what you send waits\./);
    typed("typed meanwhile");
    typed("and after that");
    // Somebody else's attempt is refused: what was typed has had nowhere to go, either.
    const attempt = { room: lobby, id: randomUUID() as never, text: "not now" };
    expect(await other.refused("message:send", attempt)).toMatchObject({ code: "unavailable" });
    expect(other.texts()).toEqual(["typed before"]);
    await second.redis.start();
    await says("The server has recovered.");
    typed("typed after");
    await eventually(() => other.texts().includes("typed after"), { timeoutMs: 10_000 });
    const all = ["typed before", "typed meanwhile", "and after that", "typed after"];
    expect(other.texts()).toEqual(all);
    const { messages } = await other.get("room:history", { room: lobby, limit: 200 });
    expect(messages.map(({ text }) => text).filter((text) => text !== "all of us are here")).toEqual(all);
    expect(await leave()).toBe(0);
    expect(said().match(/has trouble/g)).toHaveLength(1);
    expect(said().match(/has recovered/g)).toHaveLength(1);
    expect(said()).not.toMatch(/[Nn]ot delivered/);
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
});
