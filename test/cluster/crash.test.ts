import { beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { clusterReport } from "../support/report.ts";
import { eventually } from "../support/wait.ts";
import { type Watcher, watch } from "../support/watcher.ts";

let cluster: TestCluster;
/** Two that stay, and one for each misfortune. */
let stays: TestService;
let staysToo: TestService;
let killed: TestService;
let frozen: TestService;
let killedWithLeader: TestService;

const promised = { signInMs: 1_000, nodeKilledMs: 12_000, withLeaderMs: 20_000, takeoverMs: 5_000 };

beforeAll(async () => {
  cluster = await startCluster({ nodes: 5, presence: 2 });
  [stays, staysToo, killed, frozen, killedWithLeader] = cluster.nodes as [
    TestService,
    TestService,
    TestService,
    TestService,
    TestService,
  ];
});

async function watchEverywhere(): Promise<Watcher[]> {
  return Promise.all([stays, staysToo].map((node) => watch(node)));
}

/** They are on every screen before something happens to them. */
async function present(watchers: readonly Watcher[], people: readonly { id: string }[]): Promise<void> {
  for (const watcher of watchers)
    for (const person of people) await watcher.sees(person, true, { withinMs: promised.signInMs });
}

/** Comes back on another node as soon as the connection is lost. */
async function comeBack(client: ChatClient, at: TestService): Promise<ChatClient> {
  await eventually(() => !client.connected);
  const back = await signIn(at, { token: client.token });
  expect(back.welcome.user).toEqual(client.welcome.user);
  return back;
}

async function listed(at: TestService): Promise<string[]> {
  const reader = await signIn(at);
  const { users } = await reader.get("users:list", { limit: 200 });
  reader.leave();
  return users.map(({ id }) => id);
}

async function leader(): Promise<TestService> {
  const { presence } = await clusterReport(cluster, stays);
  const service = cluster.presence.find(({ pid }) => pid === presence?.pid);
  if (!service) throw new Error("no presence service leads");
  return service;
}

describe.concurrent("a node", () => {
  test("that is killed takes those with it who do not come back, and nobody else", async () => {
    const watchers = await watchEverywhere();
    const gone = await Promise.all([signIn(killed), signIn(killed)]);
    const back = await Promise.all([signIn(killed), signIn(killed)]);
    const onBoth = await signIn(killed);
    await signIn(staysToo, { token: onBoth.token });
    await present(watchers, [...gone, ...back, onBoth]);
    const node = gone[0]?.welcome.node;

    const killedMs = performance.now();
    await killed.kill();
    await Promise.all(back.map((client, i) => comeBack(client, i % 2 === 0 ? stays : staysToo)));
    for (const watcher of watchers)
      for (const person of gone) {
        const { atMs } = await watcher.sees(person, false, { withinMs: promised.nodeKilledMs });
        expect(atMs - killedMs).toBeLessThan(promised.nodeKilledMs);
      }
    // The dead node's users went in one go: whoever was still to follow them would have.
    await eventually(async () => {
      const { nodes } = await clusterReport(cluster, stays);
      return !nodes.some(({ id }) => id === node);
    });
    for (const watcher of watchers)
      for (const person of [...back, onBoth]) expect(watcher.seen(person)).toHaveLength(1);
    for (const at of [stays, staysToo]) {
      const ids = await listed(at);
      expect(ids).toEqual(expect.arrayContaining([...back, onBoth].map(({ id }) => id)));
      for (const person of gone) expect(ids).not.toContain(person.id);
    }
  });

  test("that stood still is out, and registers its people again when it goes on", async () => {
    const watchers = await watchEverywhere();
    const person = await signIn(frozen);
    const speaker = await signIn(stays);
    await present(watchers, [person]);
    await frozen.kill("SIGSTOP");
    try {
      for (const watcher of watchers) await watcher.sees(person, false, { withinMs: promised.nodeKilledMs });
      await speaker.say("while you stood still");
    } finally {
      await frozen.kill("SIGCONT");
    }
    const resumedMs = performance.now();
    for (const watcher of watchers) await watcher.sees(person, true, { withinMs: 5_000, sinceMs: resumedMs });
    // Neither it nor its client took notice; what was said meanwhile is delivered.
    expect(person.connected).toBe(true);
    await eventually(() => person.texts().includes("while you stood still"));
    await eventually(async () => (await fetch(`${frozen.url}/readyz`)).ok);
    expect(frozen.logged("registering again").length).toBeGreaterThan(0);
    const { users } = await person.get("users:list", { limit: 200 });
    expect(users.filter(({ id }) => id === person.id)).toMatchObject([
      { number: person.welcome.user.number, status: "online" },
    ]);
    for (const watcher of watchers)
      expect(watcher.seen(person).map(({ online }) => online)).toEqual([true, false, true]);
  });
});

describe("the leading presence service", () => {
  test("when killed is replaced, and changes are told again", async () => {
    const watchers = await watchEverywhere();
    const old = await leader();
    const killedMs = performance.now();
    await old.kill();
    // Signing in works while nobody leads, and is told as soon as somebody does.
    const comer = await signIn(stays);
    expect(performance.now() - killedMs).toBeLessThan(2_000);
    for (const watcher of watchers) await watcher.sees(comer, true, { withinMs: promised.takeoverMs });
    expect((await leader()).pid).not.toBe(old.pid);
    const next = await signIn(staysToo);
    for (const watcher of watchers) await watcher.sees(next, true, { withinMs: promised.signInMs });
    await old.start();
    await eventually(async () => (await clusterReport(cluster, stays)).presence?.standbys === 1);
  });

  test("killed together with a node: gone within 20 s, those who come back never", async () => {
    const watchers = await watchEverywhere();
    const gone = await signIn(killedWithLeader);
    const back = await signIn(killedWithLeader);
    await present(watchers, [gone, back]);
    const killedMs = performance.now();
    await Promise.all([(await leader()).kill(), killedWithLeader.kill()]);
    await comeBack(back, stays);
    for (const watcher of watchers) {
      const { atMs } = await watcher.sees(gone, false, { withinMs: promised.withLeaderMs });
      expect(atMs - killedMs).toBeLessThan(promised.withLeaderMs);
    }
    for (const watcher of watchers) expect(watcher.seen(back)).toHaveLength(1);
    const ids = await listed(staysToo);
    expect(ids).toContain(back.id);
    expect(ids).not.toContain(gone.id);
  });
});
