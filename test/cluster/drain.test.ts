import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { clusterReport } from "../support/report.ts";
import { moveIn } from "../support/resident.ts";
import { eventually } from "../support/wait.ts";
import { watch } from "../support/watcher.ts";

let cluster: TestCluster;

/** What the node is given, and what a node allows itself beyond it. */
const drainMs = 3_000;
const beyondMs = 5_000;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    env: {
      DRAIN_SECONDS: String(drainMs / 1_000),
      LIMIT_MESSAGES_PER_SECOND: "0",
      LIMIT_EVENTS_PER_SECOND: "0",
    },
  });
});

afterEach(async () => {
  for (const node of cluster.nodes) if (!node.running) await node.start();
  await cluster.ready();
});

const status = async (url: string) => {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
};

function idOf(node: TestService): unknown {
  return node.logged("listening").at(-1)?.id;
}

describe("a node that is told to stop", () => {
  test("hands its people over to the others; nobody misses a message or flickers", async () => {
    const residents = await Promise.all(Array.from({ length: 12 }, () => moveIn(cluster.url)));
    const leaving = cluster.nodes[1] as TestService;
    const moved = residents.filter(({ nodes }) => nodes[0] === idOf(leaving));
    const others = residents.filter(({ nodes }) => nodes[0] !== idOf(leaving));
    expect(moved.length).toBeGreaterThan(1);
    const watcher = await watch(cluster.nodes[0] as TestService);

    const spoken: { id: string; seq: number }[] = [];
    let talking = true;
    const talks = residents.map(async (resident) => {
      for (let i = 0; talking; i++) spoken.push(await resident.say(`${resident.name} says ${i}`));
    });
    const enough = (count: number) => eventually(() => spoken.length >= count, { timeoutMs: 20_000 });
    await enough(100);

    const toldMs = performance.now();
    const stopped = leaving.stop();
    await eventually(async () => (await status(`${leaving.url}/lb`)) === 404, { timeoutMs: 1_000 });
    expect(await status(`${leaving.url}/readyz`)).toBe(503);
    expect(await status(`${leaving.url}/healthz`)).toBe(200);
    expect(await stopped).toEqual({ code: 0, signal: null });
    expect(performance.now() - toldMs).toBeLessThan(drainMs + beyondMs);
    // The lease went with it, and did not have to run out.
    const { nodes } = await clusterReport(cluster);
    expect(nodes.map(({ id }) => id)).not.toContain(idOf(leaving));
    expect(nodes).toHaveLength(2);

    await enough(spoken.length + 50);
    talking = false;
    await Promise.all(talks);
    const last = Math.max(...spoken.map(({ seq }) => seq));
    const ids = new Set(spoken.map(({ id }) => id));
    const places = spoken.map(({ seq }) => seq).toSorted((a, b) => a - b);
    for (const resident of residents) {
      await resident.reached(last);
      expect(resident.faults).toEqual([]);
      expect(resident.events.filter(({ id }) => ids.has(id)).map(({ seq }) => seq)).toEqual(places);
    }
    for (const { nodes: visited, told } of moved) {
      expect(told.some(({ type }) => type === "draining")).toBe(true);
      expect(visited).toHaveLength(2);
      expect(visited[1]).not.toBe(idOf(leaving));
    }
    for (const { nodes: visited } of others) expect(visited).toHaveLength(1);

    // Somebody who really leaves now is seen leaving: had one of the others been away, that was seen before.
    const [leaver, ...stayers] = residents;
    leaver?.leave();
    await watcher.sees({ id: leaver?.client.me?.id ?? "" }, false, { withinMs: 7_000 });
    for (const stayer of stayers)
      for (const { online } of watcher.seen({ id: stayer.client.me?.id ?? "" })) expect(online).toBe(true);
    for (const resident of residents) resident.leave();
  });

  test("tells its people in waves, and closes the transport of those who stay", async () => {
    const leaving = cluster.nodes[2] as TestService;
    const clients = await Promise.all(Array.from({ length: 20 }, () => signIn(leaving)));
    const stopped = leaving.stop();
    await eventually(() => clients.every(({ connected }) => !connected));
    for (const client of clients) {
      const [notice] = client.of("server:draining");
      expect(notice?.payload.reconnectInMs).toBeGreaterThanOrEqual(0);
      // Not "io server disconnect", after which stock clients stay away.
      expect(client.ended).toBe("transport close");
    }
    const times = clients.map((client) => client.of("server:draining")[0]?.atMs ?? 0);
    expect(new Set(times.map((atMs) => Math.round(atMs / 50))).size).toBeGreaterThan(4);
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  test("takes what it was asked before, and nobody new", async () => {
    const leaving = cluster.nodes[0] as TestService;
    const speaker = await signIn(leaving);
    const hearer = await signIn(cluster.nodes[1] as TestService);
    const stopped = leaving.stop();
    await eventually(async () => (await status(`${leaving.url}/lb`)) === 404, { timeoutMs: 1_000 });
    await speaker.say("last words");
    await eventually(() => hearer.texts().includes("last words"));
    await eventually(() => speaker.of("server:draining").length > 0);
    await expect(signIn(leaving)).rejects.toMatchObject({ data: undefined });
    // Through the balancer they land elsewhere.
    const elsewhere = await signIn(cluster);
    expect(elsewhere.welcome.node).not.toBe(idOf(leaving));
    const { messages } = await elsewhere.get("room:history", { room: roomId("lobby"), limit: 1 });
    expect(messages).toMatchObject([{ text: "last words" }]);
    expect(await stopped).toEqual({ code: 0, signal: null });
  });

  test("without anybody on it is gone at once", async () => {
    const empty = await cluster.addNode();
    const toldMs = performance.now();
    expect(await empty.stop()).toEqual({ code: 0, signal: null });
    expect(performance.now() - toldMs).toBeLessThan(drainMs);
  });
});
