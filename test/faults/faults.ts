import type { TestCluster, TestService } from "../support/cluster.ts";
import type { Disturbs } from "./history.ts";
import type { Random } from "./random.ts";
import { fillRedis } from "./redis-admin.ts";
import type { RedisLine, Which } from "./redis-line.ts";

/** Something that goes wrong and is mended again. */
export interface Fault {
  readonly what: string;
  readonly disturbs: Disturbs;
  /** After it is mended, nobody has an excuse once this has passed. */
  readonly settleMs: number;
  /** How long it lasts. */
  readonly lastsMs: number;
  begin(): Promise<void>;
  end(): Promise<void>;
}

export interface Target {
  readonly cluster: TestCluster;
  /** By the name of the service. */
  readonly lines: ReadonlyMap<string, RedisLine>;
}

type MakeFault = (target: Target, random: Random) => Fault;

/** DESIGN: users of a killed node are gone within 12 s, within 20 s if the leading presence service dies with it. */
const nodeSettleMs = 12_000;
const presenceSettleMs = 12_000;
/** A lease must be taken anew, registrations be compared, a whole lease be waited for before anybody is reaped. */
const redisSettleMs = 15_000;
const lostSettleMs = 10_000;

/** Each kind of fault, and who may feel it. */
export const faultKinds = {
  "node-kill": ({ cluster }, random) => {
    const node = random.pick(cluster.nodes);
    return {
      what: `kill -9 of ${node.name}`,
      disturbs: only(node),
      settleMs: nodeSettleMs,
      lastsMs: random.between(500, 4_000),
      begin: () => node.kill(),
      end: () => bringBack(node),
    };
  },
  "node-freeze": ({ cluster }, random) => freeze(random.pick(cluster.nodes), random, nodeSettleMs),
  "presence-kill": ({ cluster }, random) => {
    const service = random.pick(cluster.presence);
    return {
      what: `kill -9 of ${service.name}`,
      disturbs: "all",
      settleMs: presenceSettleMs,
      lastsMs: random.between(500, 4_000),
      begin: () => service.kill(),
      end: () => bringBack(service),
    };
  },
  "presence-freeze": ({ cluster }, random) => freeze(random.pick(cluster.presence), random, presenceSettleMs),
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
  "redis-black-hole": (target, random) =>
    onLines(target, random, "all", "Redis swallowed", (line) => line.blackHole("all")),
  "node-without-redis": ({ cluster, lines }, random) => {
    const node = random.pick(cluster.nodes);
    const ends: (() => void)[] = [];
    return {
      what: `Redis swallowed for ${node.name} alone`,
      disturbs: only(node),
      settleMs: redisSettleMs,
      lastsMs: random.between(1_000, 9_000),
      async begin() {
        ends.push(lineOf(lines, node).blackHole("all"));
      },
      async end() {
        for (const end of ends) end();
      },
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
} satisfies Record<string, MakeFault>;

export type FaultKind = keyof typeof faultKinds;
export const allFaultKinds = Object.keys(faultKinds) as FaultKind[];

/** Faults of Redis and of the lines to it; only one of them at a time, while processes come and go. */
export function concernsRedis(kind: FaultKind): boolean {
  return /redis|subscriber|publications/.test(kind);
}

function freeze(service: TestService, random: Random, settleMs: number): Fault {
  return {
    what: `SIGSTOP of ${service.name}`,
    disturbs: service.name.startsWith("chat") ? only(service) : "all",
    settleMs,
    lastsMs: random.between(500, 12_000),
    begin: () => service.kill("SIGSTOP"),
    end: () => service.kill("SIGCONT"),
  };
}

function slow(target: Target, random: Random, delayMs: number): Fault {
  const fault = onLines(target, random, "all", `Redis ${delayMs} ms away`, (line) => line.slow(delayMs));
  return delayMs < 100 ? { ...fault, disturbs: "none", settleMs: 0 } : fault;
}

function onLines(
  { lines }: Target,
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

function only(node: TestService): Disturbs {
  return { nodes: [String(node.logged("listening").at(-1)?.id)] };
}

function lineOf(lines: ReadonlyMap<string, RedisLine>, { name }: TestService): RedisLine {
  const line = lines.get(name);
  if (!line) throw new Error(`${name} has no line`);
  return line;
}

async function bringBack(service: TestService): Promise<void> {
  if (!service.running) await service.start();
}
