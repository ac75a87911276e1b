import type { TestCluster, TestService } from "../support/cluster.ts";
import type { ServiceClock } from "../support/service-clock.ts";
import type { RedisCluster, ReplicatedRedis } from "../support/topologies.ts";
import type { AofTail } from "./aof-tail.ts";
import type { Disturbs } from "./history.ts";
import { losingFaults } from "./losing-faults.ts";
import type { Random } from "./random.ts";
import { fillRedis } from "./redis-admin.ts";
import type { Direction, RedisLine, Which } from "./redis-line.ts";

/** Something that goes wrong and is mended again. */
export interface Fault {
  readonly what: string;
  readonly disturbs: Disturbs;
  /** After it is mended, nobody has an excuse once this has passed. */
  readonly settleMs: number;
  /** So long after it began nobody has an excuse, though it goes on; without it, there is no such time. */
  readonly atMostMs?: number;
  /** What Redis took until so long before it began, or while it lasts, may be lost. */
  readonly losesMs?: number;
  /** How long it lasts. */
  readonly lastsMs: number;
  begin(): Promise<void>;
  end(): Promise<void>;
}

/** What kind of Redis it is. `everysec`: one server that flushes once a second. */
export const topologies = ["standalone", "everysec", "sentinel", "cluster"] as const;
export type Topology = (typeof topologies)[number];

export interface Target {
  readonly cluster: TestCluster;
  readonly topology: Topology;
  /** Of `sentinel` and `cluster`. */
  readonly redis?: ReplicatedRedis & Partial<RedisCluster>;
  /** Of `everysec`. */
  readonly aof?: AofTail;
  /** By the name of the service. */
  readonly lines: ReadonlyMap<string, RedisLine>;
  readonly clocks: ReadonlyMap<string, ServiceClock>;
}

export type MakeFault = (target: Target, random: Random) => Fault;

/** DESIGN: users of a killed node are gone within 12 s, within 20 s if the leading presence service dies with it. */
const nodeSettleMs = 12_000;
const presenceSettleMs = 12_000;
/** A lease must be taken anew, registrations be compared, a whole lease be waited for before anybody is reaped. */
const redisSettleMs = 15_000;
const lostSettleMs = 10_000;
const longFreezeMs = 30_000;
const hourMs = 3_600_000;

/** Each kind of fault, and who may feel it. */
export const faultKinds = {
  "node-kill": ({ cluster }, random) => {
    const node = random.pick(cluster.nodes);
    return {
      what: `kill -9 of ${node.name}`,
      disturbs: onNode(node),
      settleMs: nodeSettleMs,
      lastsMs: random.between(500, 4_000),
      begin: () => node.kill(),
      end: () => bringBack(node),
    };
  },
  "node-freeze": ({ cluster }, random) => freezeNode(random.pick(cluster.nodes), random.between(500, 12_000)),
  "node-freeze-long": ({ cluster }, random) => freezeNode(random.pick(cluster.nodes), longFreezeMs),
  "presence-kill": ({ cluster }, random) => {
    const service = random.pick(cluster.presence);
    return {
      what: `kill -9 of ${service.name}`,
      disturbs: "all",
      settleMs: presenceSettleMs,
      atMostMs: presenceSettleMs,
      lastsMs: random.between(500, 4_000),
      begin: () => service.kill(),
      end: () => bringBack(service),
    };
  },
  "presence-freeze": ({ cluster }, random) =>
    freezePresence(random.pick(cluster.presence), random.between(500, 12_000)),
  "presence-freeze-long": ({ cluster }, random) =>
    freezePresence(random.pick(cluster.presence), longFreezeMs),
  "rolling-restart": ({ cluster }) => ({
    what: "SIGTERM and start of every node, one after the other",
    // Nobody is shown as gone by it.
    disturbs: "none",
    settleMs: 0,
    lastsMs: 0,
    async begin() {
      for (const node of cluster.nodes) {
        await node.stop();
        await node.start();
        await cluster.ready();
      }
    },
    end: async () => {},
  }),
  "balancer-restart": ({ cluster }) => ({
    what: "restart of HAProxy",
    disturbs: "none",
    settleMs: 0,
    lastsMs: 0,
    begin: () => cluster.balancer.restart(),
    end: async () => {},
  }),
  "redis-kill": ({ cluster }, random) => ({
    what: "kill -9 of Redis",
    disturbs: "all",
    settleMs: redisSettleMs,
    lastsMs: random.between(200, 5_000),
    begin: () => cluster.redis.kill(),
    end: () => cluster.redis.start(),
  }),
  "redis-freeze": ({ cluster }, random) => ({
    what: "SIGSTOP of Redis",
    disturbs: "all",
    settleMs: redisSettleMs,
    lastsMs: random.between(500, 9_000),
    begin: async () => cluster.redis.pause(),
    end: async () => cluster.redis.resume(),
  }),
  "redis-full": ({ cluster }, random) => {
    let empty: (() => Promise<void>) | undefined;
    return {
      what: "Redis full, noeviction",
      disturbs: "all",
      settleMs: redisSettleMs,
      lastsMs: random.between(2_000, 8_000),
      async begin() {
        empty = await fillRedis(cluster.redis.url);
      },
      end: async () => empty?.(),
    };
  },
  "redis-cut": (target, random) =>
    onLines(target, random, "all", "Redis unreachable", (line) => line.cut("all")),
  "redis-black-hole": (target, random) => swallow(target, random, "both"),
  "redis-requests-lost": (target, random) => swallow(target, random, "requests"),
  "redis-answers-lost": (target, random) => swallow(target, random, "answers"),
  "redis-throttled": (target, random) => {
    const rate = random.pick([1_000, 4_000, 16_000]);
    return onLines(target, random, "all", `Redis at ${rate} bytes a second`, (line) => line.throttle(rate));
  },
  "node-without-redis": ({ cluster, lines }, random) => {
    const node = random.pick(cluster.nodes);
    const only = new Map([[node.name, named(lines, node)]]);
    return {
      ...swallow({ lines: only }, random, random.pick(["both", "requests", "answers"]), node.name),
      disturbs: onNode(node),
    };
  },
  "subscriber-cut": (target, random) =>
    onLines(target, random, "subscriber", "subscriptions unreachable", (line) => line.cut("subscriber")),
  "subscriber-deaf": (target, random) =>
    onLines(target, random, "subscriber", "subscriptions swallowed", (line) => line.blackHole("subscriber")),
  "redis-slow-5": (target, random) => slow(target, random, 5),
  "redis-slow-200": (target, random) => slow(target, random, 200),
  "redis-slow-2000": (target, random) => slow(target, random, 2_000),
  "lost-publications": ({ lines }, random) => {
    const ends: (() => void)[] = [];
    const probability = random.pick([0.1, 0.5, 1]);
    return {
      what: `published messages lost with probability ${probability}`,
      disturbs: "all",
      settleMs: lostSettleMs,
      lastsMs: random.between(500, 4_000),
      async begin() {
        for (const [name, line] of lines) ends.push(line.lose(probability, random.fork(name)));
      },
      async end() {
        for (const end of ends) end();
      },
    };
  },
  "clock-fast": (target, random) => wrongClock(target, random, hourMs),
  "clock-slow": (target, random) => wrongClock(target, random, -hourMs),
  ...losingFaults,
} satisfies Record<string, MakeFault>;

export type FaultKind = keyof typeof faultKinds;
const allFaultKinds = Object.keys(faultKinds) as FaultKind[];

/** What can go wrong with that kind of Redis; lines that tests hold lead to a single server only. */
export function kindsFor(topology: Topology): FaultKind[] {
  const own: Record<Topology, FaultKind[]> = {
    standalone: [],
    everysec: ["redis-loses-second"],
    sentinel: ["redis-failover"],
    cluster: ["redis-failover", "redis-slot-moves"],
  };
  const single = topology === "standalone" || topology === "everysec";
  const common = allFaultKinds.filter(
    (kind) => !(kind in losingFaults) && (single || laneOf(kind) !== "redis"),
  );
  return [...common, ...own[topology]];
}

/** Of the faults of one lane there is one at a time; those of Redis and of the lines to it strike while processes come and go. */
export function laneOf(kind: FaultKind): "processes" | "redis" | "clocks" {
  if (kind.startsWith("clock")) return "clocks";
  return /redis|subscriber|publications/.test(kind) ? "redis" : "processes";
}

function freezeNode(node: TestService, lastsMs: number): Fault {
  return { ...freeze(node, lastsMs), disturbs: onNode(node), settleMs: nodeSettleMs };
}

/** The other one takes over, and the one that was frozen must not take it back. */
function freezePresence(service: TestService, lastsMs: number): Fault {
  const settles = { settleMs: presenceSettleMs, atMostMs: presenceSettleMs };
  return { ...freeze(service, lastsMs), disturbs: "all", ...settles };
}

function freeze(service: TestService, lastsMs: number) {
  return {
    what: `SIGSTOP of ${service.name}`,
    lastsMs,
    begin: () => service.kill("SIGSTOP"),
    end: () => service.kill("SIGCONT"),
  };
}

function slow(target: Target, random: Random, delayMs: number): Fault {
  const fault = onLines(target, random, "all", `Redis ${delayMs} ms away`, (line) => line.slow(delayMs));
  return delayMs < 100 ? { ...fault, disturbs: "none", settleMs: 0 } : fault;
}

function onLines(
  { lines }: Pick<Target, "lines">,
  random: Random,
  which: Which,
  what: string,
  begin: (line: RedisLine) => () => void,
): Fault {
  const ends: (() => void)[] = [];
  return {
    what,
    disturbs: "all",
    settleMs: which === "all" ? redisSettleMs : lostSettleMs,
    lastsMs: random.between(1_000, 9_000),
    async begin() {
      for (const line of lines.values()) ends.push(begin(line));
    },
    async end() {
      for (const end of ends) end();
    },
  };
}

/** Afterwards what was held comes through late, or is lost. */
function swallow(
  target: Pick<Target, "lines">,
  random: Random,
  direction: Direction,
  whose = "everybody",
): Fault {
  const isLost = random.chance(0.5);
  const what = {
    both: "nothing comes through",
    requests: "no request comes through",
    answers: "no answer comes through",
  }[direction];
  return onLines(
    target,
    random,
    "all",
    `Redis unreachable for ${whose}: ${what}, ${isLost ? "ever" : "until later"}`,
    (line) => {
      const end = line.blackHole("all", direction);
      return () => end(isLost);
    },
  );
}

/** Nobody may feel anything of it. */
function wrongClock({ cluster, clocks }: Target, random: Random, ms: number): Fault {
  const service = random.pick([...cluster.nodes, ...cluster.presence]);
  const clock = named(clocks, service);
  return {
    what: `clock of ${service.name} an hour ${ms > 0 ? "fast" : "slow"}`,
    disturbs: "none",
    settleMs: 0,
    lastsMs: random.between(3_000, 20_000),
    begin: () => clock.shift(ms, service),
    end: () => clock.shift(0, service),
  };
}

function onNode(node: TestService): Disturbs {
  return { nodes: [String(node.logged("listening").at(-1)?.id)] };
}

/** What belongs to that service. */
function named<T>(all: ReadonlyMap<string, T>, { name }: TestService): T {
  const one = all.get(name);
  if (!one) throw new Error(`${name} has none`);
  return one;
}

async function bringBack(service: TestService): Promise<void> {
  if (!service.running) await service.start();
}
