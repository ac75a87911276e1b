import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { createClient } from "../../web/client/index.ts";
import { signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";
import { checkLogs } from "./check-logs.ts";
import { checkTimes } from "./check-times.ts";
import { checkViews } from "./check-views.ts";
import { createHistory, type Entry, entriesOf } from "./history.ts";
import { inTurns } from "./in-turns.ts";
import { createRandom } from "./random.ts";
import { readRoom } from "./readings.ts";
import { share, spread } from "./share.ts";
import { createMemoryStore, openTab, type Tab } from "./tab.ts";
import type { Violation } from "./violation.ts";

export interface DeployOptions {
  readonly seed: string;
  readonly people: number;
  /** What each node is given to hand its clients over. */
  readonly drainSeconds: number;
  readonly say?: (line: string) => void;
}

export interface DeployResult {
  readonly entries: readonly Entry[];
  readonly sent: number;
  readonly acknowledged: number;
  readonly violations: readonly Violation[];
  /** What was not as it is promised besides what the checker found, in words. */
  readonly broken: readonly string[];
  /** For each client, the longest time that it was not connected, in milliseconds, ascending. */
  readonly awayMs: readonly number[];
  readonly summary: string;
}

/** What is promised of 99 in 100. */
const awayAtMostMs = 2_000;
const nodes = 3;
const roomSize = 20;
/** Messages a second of all people together. */
const pace = 100;
/** One in so many goes to the lobby, where everybody looks. */
const toEverybody = 50;
/** People whom one watcher has on screen: a page of the list. */
const watched = 200;

/** Replaces every node, one after the other, while everybody talks; what each client saw is checked. */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const cluster = await startCluster({
    presence: 2,
    nodes,
    env: {
      DRAIN_SECONDS: String(options.drainSeconds),
      LIMIT_MESSAGES_PER_SECOND: "0",
      LIMIT_CONNECTIONS_PER_ADDRESS: "0",
      // The readings at the end go through all rooms.
      LIMIT_EVENTS_PER_SECOND: "0",
    },
  });
  try {
    return await replaceAll(cluster, options);
  } finally {
    await cluster.stop();
  }
}

async function replaceAll(
  cluster: TestCluster,
  { seed, people, say = () => {} }: DeployOptions,
): Promise<DeployResult> {
  const history = createHistory();
  const random = createRandom(seed);
  const host = await signIn(cluster, { name: "host" });
  const lobby = host.welcome.rooms.find(({ id }) => id === "lobby");
  if (!lobby) throw new Error("there is no lobby");
  const rooms = [lobby];
  for (let i = 0; i < people / roomSize; i++) {
    const { room } = await host.get("room:create", { name: `room ${i}`, kind: "channel" });
    rooms.push(room);
  }
  for (const { id, seq, n } of rooms) history.add({ type: "room", room: id, seq, n });

  const roomOf = (person: number) => rooms[1 + Math.floor(person / roomSize)] ?? lobby;

  const tabs: Tab[] = [];
  await inTurns(people, 20, async (i) => {
    if (i > 0 && i % 250 === 0) say(`${i} of ${people} people came in`);
    const user = nameOf(i);
    const tab = openTab({
      name: user,
      user,
      key: randomUUID(),
      url: cluster.url,
      device: { store: createMemoryStore(), outbox: user, acknowledged: new Set() },
      history,
      random: random.fork(user).next,
      watches: false,
    });
    tabs[i] = tab;
    await eventually(() => tab.client.connection === "online", { timeoutMs: 30_000 });
    await tab.client.request("room:join", { room: roomOf(i).id });
    await tab.client.request("room:focus", { room: lobby.id });
  });
  const gone = new Set<string>();
  const watchers = Array.from({ length: Math.ceil(people / watched) }, (_, i) =>
    watch(cluster.url, i, Math.min(watched, people - i * watched), gone),
  );
  await eventually(() => watchers.every(({ complete }) => complete), { timeoutMs: 20_000 });
  say(`${people} people are in`);

  let talking = true;
  const talks = tabs.map(async (tab, i) => {
    const chances = random.fork(`talk ${i}`);
    for (let said = 1; talking; said++) {
      const untilMs = performance.now() + (chances.next() * 2 * people * 1_000) / pace;
      while (talking && performance.now() < untilMs) await pause(Math.min(250, untilMs - performance.now()));
      if (!talking) return;
      tab.send(said % toEverybody === 0 ? lobby.id : roomOf(i).id, `${tab.name} says ${said}`);
    }
  });
  const replacedMs = history.now();
  for (const node of cluster.nodes) {
    await node.stop();
    await node.start();
    await cluster.ready();
    const made = entriesOf(history.entries, "send").length;
    say(
      `${((history.now() - replacedMs) / 1_000).toFixed(1)} s: ${node.name} is replaced; ${made} messages so far`,
    );
  }
  const tookMs = history.now() - replacedMs;
  talking = false;
  history.add({ type: "quiet" });
  await Promise.all(talks);
  await eventually(
    () => {
      for (const { name, client } of tabs) {
        if (client.connection !== "online") throw new Error(`${name} is ${client.connection}`);
        if (client.outbox.length > 0) throw new Error(`${name} waits: ${JSON.stringify(client.outbox)}`);
      }
      return true;
    },
    { timeoutMs: 20_000 },
  );
  await eventually(() => reached(history.entries, tabs), { timeoutMs: 20_000, everyMs: 500 }).catch(() => {});
  history.add({ type: "settled" });
  for (const node of cluster.nodes) {
    const reader = await signIn(node, { token: host.token });
    for (const room of rooms) await readRoom(reader, node.name, room, history);
    reader.leave();
  }
  for (const watcher of watchers) watcher.close();
  for (const tab of tabs) tab.close();

  const { entries } = history;
  const awayMs = absencesOf(entries);
  const violations = [
    ...checkLogs(entries),
    ...checkTimes(entries),
    ...checkViews(entries, { resets: "never" }),
  ];
  const sent = entriesOf(entries, "send").length;
  const acknowledged = entriesOf(entries, "acknowledged").length;
  const moves = entriesOf(entries, "offline").filter(({ why }) => why === "cut").length;
  const summary =
    `${nodes} nodes replaced in ${(tookMs / 1_000).toFixed(1)} s under ${people} people: ${sent} messages, ` +
    `${acknowledged} acknowledgements, ${moves} moves; away ${spread(awayMs)} at the longest; ` +
    `${gone.size} shown as gone, ${violations.length} violations`;
  const broken = [
    ...[...gone].map((one) => `shown as gone: ${one}`),
    ...(acknowledged < sent ? [`${sent - acknowledged} messages were never acknowledged`] : []),
    ...(awayMs.length < people ? [`${people - awayMs.length} people never came in`] : []),
    ...(share(awayMs, 0.99) > awayAtMostMs ? [`one in a hundred was away for over ${awayAtMostMs} ms`] : []),
  ];
  return { entries, sent, acknowledged, violations, broken, awayMs, summary };
}

function nameOf(person: number): string {
  const group = Math.floor(person / watched);
  return `group ${group} person ${person}`;
}

/** Somebody who has a page of people on screen, and remembers who was shown as gone. */
function watch(url: string, group: number, size: number, gone: Set<string>) {
  const client = createClient({ url, credentials: { name: `watcher ${group}`, key: randomUUID() } });
  let complete = false;
  client.listen((event) => {
    if (event.type !== "users-changed" || !complete) return;
    for (const { user, online } of event.changes) if (!online) gone.add(`${user.name} for watcher ${group}`);
  });
  client.watchUsers({ query: `group ${group} `, limit: watched }, ({ users }) => {
    if (users.length === size) complete = true;
    else if (complete) gone.add(`${size - users.length} people of a page of watcher ${group}`);
    else client.watchUsers({ query: `group ${group} `, limit: watched }, () => {});
  });
  client.connect();
  return {
    get complete() {
      return complete;
    },
    close: () => client.close(),
  };
}

/** Whether everybody shows what anybody is known to have been told. */
function reached(entries: readonly Entry[], tabs: readonly Tab[]): boolean {
  const heads = new Map<string, number>();
  for (const { room, seq } of entriesOf(entries, "acknowledged"))
    heads.set(room, Math.max(heads.get(room) ?? 0, seq));
  return tabs.every((tab) => [...heads].every(([room, seq]) => (tab.position(room) ?? seq) >= seq));
}

function absencesOf(entries: readonly Entry[]): number[] {
  const longest = new Map<string, number>();
  const since = new Map<string, number>();
  for (const entry of entries) {
    if (entry.type === "offline" && entry.why === "cut") since.set(entry.client, entry.t);
    else if (entry.type === "online") {
      const ms = entry.t - (since.get(entry.client) ?? entry.t);
      longest.set(entry.client, Math.max(longest.get(entry.client) ?? 0, ms));
    }
  }
  return [...longest.values()].sort((a, b) => a - b);
}
