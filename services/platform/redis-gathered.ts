import slotOf from "cluster-key-slot";
import { Cluster } from "ioredis";
import { createGathering } from "./gathering.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { loadScript, runScript, type Script } from "./redis-script.ts";

/** One call of a script that takes many: its own keys, all of one hash slot, and its own arguments. */
export type GatheredCall = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

export interface ScriptCall {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
}

interface Waiting extends ScriptCall {
  resolve(reply: unknown): void;
  reject(error: unknown): void;
}

/**
 * Gathers the calls of a script into few commands. The script takes the keys of all calls one after another, and likewise
 * the arguments, and answers a list with a reply for each. In a cluster, calls of one slot go together. What fails, fails
 * for all that went together.
 *
 * @param group.atMost calls in one command: it blocks Redis for as long as it runs
 * @param group.groupEveryMs how long calls may wait for each other when many come
 * @param common makes the arguments that a command has once, before those of its calls
 */
export function gatherCalls(
  redis: RedisConnection,
  script: Script,
  group: { atMost: number; groupEveryMs: number },
  common: () => string[] = () => [],
): GatheredCall {
  async function send(calls: readonly Waiting[]): Promise<void> {
    try {
      const replies = await runMany(redis, script, calls, common());
      for (const [i, { resolve }] of calls.entries()) resolve(replies[i]);
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  }

  const add = createGathering<Waiting>(group, (gathered) => {
    for (const calls of redis instanceof Cluster ? bySlot(gathered) : [gathered]) void send(calls);
  });
  return (keys, args) => new Promise((resolve, reject) => add({ keys, args, resolve, reject }));
}

/**
 * Runs a script that takes many for calls that are at hand already: in one command, in a cluster in one for each slot. For
 * thousands at regular intervals, which would otherwise be a promise each.
 */
export async function callMany(
  redis: RedisConnection,
  script: Script,
  calls: readonly ScriptCall[],
): Promise<unknown[]> {
  if (!(redis instanceof Cluster)) return runMany(redis, script, calls);
  const replies = new Map<ScriptCall, unknown>();
  await Promise.all(
    Array.from(bySlot(calls), async (those) => {
      const theirs = await runMany(redis, script, those);
      for (const [i, call] of those.entries()) replies.set(call, theirs[i]);
    }),
  );
  return calls.map((call) => replies.get(call));
}

async function runMany(
  redis: RedisConnection,
  script: Script,
  calls: readonly ScriptCall[],
  args: (string | number)[] = [],
): Promise<unknown[]> {
  // Pushed: `flatMap` takes twice as long, 2 us for each message that is sent.
  const keys: string[] = [];
  for (const call of calls) {
    keys.push(...call.keys);
    args.push(...call.args);
  }
  return (await runScript(redis, script, keys, args)) as unknown[];
}

function bySlot<C extends ScriptCall>(calls: readonly C[]): Iterable<C[]> {
  const slots = new Map<number, C[]>();
  for (const call of calls) {
    const slot = slotOf(call.keys[0] ?? "");
    const those = slots.get(slot);
    if (those) those.push(call);
    else slots.set(slot, [call]);
  }
  return slots.values();
}

/** Single reads as Redis knows them, many of them in one command. Methods reject with `RequestError`. */
export interface GatheredReads {
  zscore(key: string, member: string): Promise<string | null>;
  zcard(key: string): Promise<number>;
  /** All members, by score. */
  zmembers(key: string): Promise<string[]>;
  hget(key: string, field: string): Promise<string | null>;
  hmget(key: string, ...fields: string[]): Promise<(string | null)[]>;
  hgetall(key: string): Promise<Map<string, string>>;
}

const readScript = loadScript("read-many.lua", import.meta.url);
/** Some microseconds of Redis each; a sign-in waits for four or five in a row. */
const gathered = { atMost: 500, groupEveryMs: 10 };

/**
 * The reads of a connection, which all who ask share, so that what different capabilities want to know in one turn of the
 * event loop goes as one command. Reads of one hash slot are made in the order in which they were asked for.
 */
export function gatherReads(redis: RedisConnection): GatheredReads {
  const known = readsOf.get(redis);
  if (known) return known;
  const reads = createReads(gatherCalls(redis, readScript, gathered));
  readsOf.set(redis, reads);
  return reads;
}

const readsOf = new WeakMap<RedisConnection, GatheredReads>();

function createReads(call: GatheredCall): GatheredReads {
  const read = async <T>(command: string, key: string, ...args: string[]) =>
    (await call([key], [command, args.length, ...args])) as T;
  return {
    zscore: (key, member) => read("ZSCORE", key, member),
    zcard: (key) => read("ZCARD", key),
    zmembers: (key) => read("ZRANGE", key, "0", "-1"),
    hget: (key, field) => read("HGET", key, field),
    hmget: (key, ...fields) => read("HMGET", key, ...fields),
    async hgetall(key) {
      const flat = await read<string[]>("HGETALL", key);
      const entries: [string, string][] = [];
      for (let i = 0; i + 1 < flat.length; i += 2) entries.push([String(flat[i]), String(flat[i + 1])]);
      return new Map(entries);
    },
  };
}
