import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { type Address, type Client, connectClient } from "../../bench/load/client.ts";
import { retryDelayMs } from "../../web/client/connection.ts";
import { signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";
import { inTurns } from "./in-turns.ts";
import { share, spread } from "./share.ts";

export interface HerdOptions {
  readonly connections: number;
  readonly say?: (line: string) => void;
}

export interface HerdResult {
  /** When each connection was welcomed for good, in milliseconds after the balancer was killed, ascending. */
  readonly backMs: readonly number[];
  /** What was not as it is promised, in words. */
  readonly broken: readonly string[];
  readonly summary: string;
}

/** What is promised. */
const backWithinMs = 30_000;
/** The first attempts alone lie within half a second. */
const spreadOverMs = 300;
/** Nodes serve those who are there meanwhile. */
const servedWithinMs = 2_000;
const waitedForMs = 60_000;

/** Kills HAProxy under thousands of connections, starts it again, and sees how all of them come back. */
export async function herd(options: HerdOptions): Promise<HerdResult> {
  const cluster = await startCluster({
    presence: 2,
    nodes: 3,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_CONNECTIONS_PER_ADDRESS: "0" },
  });
  try {
    return await comeBack(cluster, options);
  } finally {
    await cluster.stop();
  }
}

/** A connection as cheap as it gets, which comes back when the client library would. */
interface Member {
  readonly token: string;
  client: Client;
  /** When it was welcomed last, on the clock of `performance.now()`. */
  welcomedMs: number;
  times: number;
}

async function comeBack(
  cluster: TestCluster,
  { connections, say = () => {} }: HerdOptions,
): Promise<HerdResult> {
  const { hostname, port } = new URL(cluster.url);
  const address: Address = { host: hostname, port: Number(port) };
  const members: Member[] = [];
  await inTurns(connections, 20, async (i) => {
    const { client, welcome } = await connectClient(address, { name: `member ${i}`, key: randomUUID() });
    members[i] = { client, token: String(welcome.token), welcomedMs: 0, times: 0 };
  });
  say(`${connections} connections are there`);

  // They are at the nodes without the balancer, and go on talking: among themselves without a pause, which shows how they are
  // served, and to everybody as people do. A hot room on top would be another load than a herd.
  const served: number[] = [];
  let going = true;
  const locals = await Promise.all(cluster.nodes.map((node) => signIn(node)));
  const rooms = await Promise.all(
    locals.map((local, i) => local.get("room:create", { name: `at node ${i + 1}`, kind: "channel" })),
  );
  const unserved: string[] = [];
  const talks = locals.map(async (local, i) => {
    const talkTo = async (room: string | undefined, everyMs: number) => {
      while (going) {
        const saidMs = performance.now();
        await local.say("is anybody there?", room);
        served.push(performance.now() - saidMs);
        await pause(everyMs);
      }
    };
    try {
      await Promise.all([talkTo(rooms[i]?.room.id, 20), talkTo("lobby", 1_000)]);
    } catch (error) {
      const why = local.ended === undefined ? "" : `, its connection ended: ${local.ended}`;
      unserved.push(`who stayed at node ${i + 1} was not served: ${(error as Error).message}${why}`);
    }
  });

  const attempts: number[] = [];
  const startedMs = performance.now();
  const since = () => performance.now() - startedMs;

  function stay(member: Member): void {
    member.client.onClose = () => {
      if (going) void goBack(member);
    };
  }
  async function goBack(member: Member): Promise<void> {
    for (let failures = 0; going; failures++) {
      await pause(retryDelayMs(failures, Math.random()));
      attempts.push(since());
      const greeting = await connectClient(address, { token: member.token }).catch(() => undefined);
      if (!greeting) continue;
      Object.assign(member, { client: greeting.client, welcomedMs: since(), times: member.times + 1 });
      if (member.client.open) return stay(member);
      failures = 0;
    }
  }
  for (const member of members) stay(member);

  /** However it ends: nobody goes on trying to come back. */
  async function endOfIt(): Promise<void> {
    going = false;
    await Promise.all(talks);
    for (const { client } of members) client.destroy();
  }
  try {
    await cluster.balancer.restart();
  } catch (error) {
    await endOfIt();
    throw error;
  }
  say(`the balancer is back after ${since().toFixed(0)} ms`);
  const [local] = locals;
  const listed = async () => ((await local?.get("users:list", { limit: 1 }))?.count ?? 0) - locals.length;
  const isBack = ({ times, client }: Member) => times > 0 && client.open;
  const progress = setInterval(() => {
    say(`${(since() / 1_000).toFixed(1)} s: ${members.filter(isBack).length} of ${connections} are back`);
  }, 2_000);
  await eventually(async () => members.every(isBack) && (await listed()) === connections, {
    timeoutMs: waitedForMs,
    everyMs: 100,
  }).catch(() => {});
  clearInterval(progress);
  const back = members.filter(isBack);
  const inTheEnd = await listed().catch(() => Number.NaN);
  const cutAgain = back.reduce((sum, { times }) => sum + times - 1, 0);
  await endOfIt();

  const backMs = back.map(({ welcomedMs }) => welcomedMs).sort((a, b) => a - b);
  const attemptsMs = attempts.sort((a, b) => a - b);
  const servedMs = served.sort((a, b) => a - b);
  const summary =
    `${back.length} of ${connections} connections back after ${spread(backMs)}, ${cutAgain} of them cut again meanwhile; ` +
    `${attempts.length} attempts, each second ${eachSecond(attemptsMs)}; welcomed each second ${eachSecond(backMs)}; ` +
    `those who stayed were answered after ${spread(servedMs)}; ${inTheEnd} on the list`;
  const all = share(backMs, 1);
  const broken = [
    ...unserved,
    ...(back.length < connections ? [`${connections - back.length} connections did not come back`] : []),
    ...(all > backWithinMs ? [`the last one was back after ${all.toFixed(0)} ms`] : []),
    ...(inTheEnd === connections ? [] : [`${inTheEnd} people on the list instead of ${connections}`]),
    // Coming back all together made the balancer take a node for dead.
    ...(cutAgain > 0 ? [`${cutAgain} connections were cut again after they were back`] : []),
    ...(share(attemptsMs, 0.9) - share(attemptsMs, 0.1) > spreadOverMs ? [] : ["they came back all at once"]),
    ...(share(servedMs, 0.99) > servedWithinMs ? [`those who stayed waited over ${servedWithinMs} ms`] : []),
  ];
  return { backMs, broken, summary };
}

/** How many fall into each second. */
function eachSecond(ascending: readonly number[]): string {
  const counts = Array.from({ length: Math.ceil((ascending.at(-1) ?? 0) / 1_000) }, () => 0);
  for (const ms of ascending) counts[Math.floor(ms / 1_000)] = (counts[Math.floor(ms / 1_000)] ?? 0) + 1;
  return counts.join(" ");
}
