import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { clusterReport } from "../support/report.ts";
import { createServiceClock, type ServiceClock } from "../support/service-clock.ts";
import { startRedisCluster, startSentinels } from "../support/topologies.ts";
import { eventually } from "../support/wait.ts";
import { watchAofTail } from "./aof-tail.ts";
import { promisedListRules } from "./check-list.ts";
import { check } from "./checker.ts";
import { type Crowd, gather } from "./crowd.ts";
import { type Fault, type FaultKind, faultKinds, laneOf, type Target, type Topology } from "./faults.ts";
import { createHistory, type Entry } from "./history.ts";
import { sideBySide } from "./in-turns.ts";
import { countLost } from "./losses.ts";
import { createRandom, type Random } from "./random.ts";
import { type RedisLine, startRedisLine } from "./redis-line.ts";
import type { Violation } from "./violation.ts";

export interface RunOptions {
  readonly seed: string;
  /** Each of them happens at least once. */
  readonly faults: readonly FaultKind[];
  /** How long faults come and go, in milliseconds; without it, each fault of the list happens once. */
  readonly actMs?: number;
  readonly people?: number;
  readonly terminals?: number;
  readonly everyMs?: number;
  /** Somebody vanishes at the beginning, and others one after the other. */
  readonly vanish?: boolean;
  readonly say?: (line: string) => void;
}

export interface RunResult {
  readonly seed: string;
  readonly entries: readonly Entry[];
  readonly violations: readonly Violation[];
  readonly sent: number;
  readonly acknowledged: number;
  /** The line that says how it went. */
  readonly summary: string;
}

/** What a busy machine may add to each time limit of the list. */
const slackMs = 2_000;
const settleWithinMs = 40_000;
/** DESIGN: what pub/sub lost, the last message included, is repaired within 10 s. */
const repairWithinMs = 10_000 + slackMs;

/** A cluster of which every service has a clock of its own and, where there is one Redis, a line to it. */
export async function startTarget(
  nodes = 3,
  topology: Topology = "standalone",
): Promise<Target & { stop(): Promise<void> }> {
  const lines = new Map<string, RedisLine>();
  const clocks = new Map<string, ServiceClock>();
  const redis =
    topology === "sentinel"
      ? await startSentinels()
      : topology === "cluster"
        ? await startRedisCluster()
        : undefined;
  const cluster = await startCluster({
    presence: 2,
    nodes,
    ...(redis ? { redisAt: redis } : {}),
    ...(topology === "everysec" ? { redis: { appendfsync: "everysec" } } : {}),
    // Without the limit, the first thing that a send asks of Redis is to store the message: the harder case.
    env: { LIMIT_MESSAGES_PER_SECOND: "0" },
    envFor(name) {
      const clock = createServiceClock();
      clocks.set(name, clock);
      return clock.env;
    },
    async redisUrlFor(name, url) {
      // Sentinels and clusters tell their clients where to go: around any line.
      if (redis) return url;
      const line = await startRedisLine(url);
      lines.set(name, line);
      return line.url;
    },
  });
  const aof = topology === "everysec" ? watchAofTail(cluster.redis.dir) : undefined;
  return {
    cluster,
    topology,
    ...(redis ? { redis } : {}),
    ...(aof ? { aof } : {}),
    lines,
    clocks,
    async stop() {
      await cluster.stop();
      for (const line of lines.values()) line.close();
    },
  };
}

/** People act, things go wrong, everything is mended, and what happened is checked. */
export async function run(target: Target, options: RunOptions): Promise<RunResult> {
  const random = createRandom(options.seed);
  const history = createHistory();
  await healed(target.cluster);
  const crowd = await gather({
    url: target.cluster.url,
    nodeUrls: () => target.cluster.nodes.filter(({ running }) => running).map(({ url }) => url),
    history,
    random: random.fork("crowd"),
    people: options.people ?? 8,
    terminals: options.terminals ?? 3,
    everyMs: options.everyMs ?? 300,
    vanish: options.vanish ?? false,
    slackMs,
  });
  try {
    return await act(target, options, random, crowd);
  } finally {
    crowd.leave();
  }
}

async function act(target: Target, options: RunOptions, random: Random, crowd: Crowd): Promise<RunResult> {
  const { seed, say = () => {} } = options;
  const { history } = crowd;
  let numbers = 0;

  /** One after the other, each after a while. */
  async function lane(kinds: readonly FaultKind[], chances: Random, goOn: () => boolean): Promise<void> {
    if (kinds.length === 0) return;
    const first = chances.shuffle(kinds);
    const untilMs = history.now() + (options.actMs ?? 0);
    for (let i = 0; goOn() && (i < kinds.length || history.now() < untilMs); i++) {
      const kind = first[i] ?? chances.pick(kinds);
      await after(chances.between(300, 2_500));
      const mend = await strike(kind, faultKinds[kind](target, chances.fork(`${kind} ${i}`)));
      await mend();
    }
    await after(chances.between(300, 1_500));
  }

  /** Resolves with what mends it, when it has lasted. */
  async function strike(kind: FaultKind, fault: Fault): Promise<() => Promise<void>> {
    numbers += 1;
    const { what, disturbs, settleMs, atMostMs, losesMs } = fault;
    const entry = {
      type: "fault" as const,
      fault: numbers,
      what,
      disturbs,
      settleMs,
      ...(atMostMs === undefined ? {} : { atMostMs }),
      ...(losesMs === undefined ? {} : { losesMs }),
    };
    history.add({ ...entry, phase: "begin" });
    const { sent, acknowledged, online, clients } = crowd.progress();
    say(
      `${(history.now() / 1_000).toFixed(1).padStart(7)} s  ${kind}: ${what} for ${fault.lastsMs} ms (${acknowledged} of ${sent} acknowledged, ${online} of ${clients} online)`,
    );
    await fault.begin();
    await after(fault.lastsMs);
    return async () => {
      await fault.end();
      history.add({ ...entry, phase: "end" });
    };
  }

  await after(1_000);
  const lanes = (["processes", "redis", "clocks"] as const).map((name) => {
    const kinds = options.faults.filter((kind) => laneOf(kind) === name && kind !== "lost-publications");
    return (goOn: () => boolean) => lane(kinds, random.fork(name), goOn);
  });
  if (options.actMs === undefined) for (const begin of lanes) await begin(() => true);
  else await sideBySide(lanes);

  await target.cluster.ready();
  // The last messages are among those that are lost, and nothing that follows can give them away.
  const loses = options.faults.includes("lost-publications");
  const mendLoss = loses
    ? await strike("lost-publications", faultKinds["lost-publications"](target, random.fork("loss")))
    : undefined;
  await crowd.quiet();
  const tookMs = await crowd.settle(loses ? repairWithinMs : settleWithinMs);
  await mendLoss?.();
  await crowd.read(target.cluster.nodes);
  // Without what follows: in the end everybody leaves.
  const entries = [...history.entries];
  const violations = check(entries, {
    resets: "never",
    list: { ...promisedListRules, slackMs },
  });
  const { sent, acknowledged } = crowd.progress();
  const { lost, back } = countLost(entries);
  let summary = `seed ${seed}: ${numbers} faults, ${sent} messages, ${acknowledged} acknowledgements${lost > 0 ? `, of which Redis lost ${lost} and ${back} came back` : ""}, ${entries.length} records, together again after ${(tookMs / 1_000).toFixed(1)} s, ${violations.length} violations`;
  if (violations.length > 0) {
    const file = join(tmpdir(), `parley-history-${seed.replaceAll(/[^\w-]/g, "_")}.json`);
    writeFileSync(file, JSON.stringify(entries));
    summary += `; the whole history is in ${file}`;
  }
  return { seed, entries, violations, sent, acknowledged, summary };
}

/** Nobody of an earlier run is on the list any more. */
async function healed(cluster: TestCluster): Promise<void> {
  await cluster.ready();
  await eventually(
    async () => {
      const { users } = await clusterReport(cluster);
      if (users.length > 0) throw new Error(`still on the list: ${JSON.stringify(users)}`);
      return true;
    },
    { timeoutMs: 30_000, everyMs: 200 },
  );
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
