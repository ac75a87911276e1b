import { createHash, randomUUID } from "node:crypto";
import { beforeAll, onTestFinished, vi } from "vitest";
import {
  createFeeds,
  createLogs,
  type Entry,
  type FeedConsumer,
  type HistoryLimits,
  type LogName,
  type Logs,
  type NewEvent,
} from "../../services/logs/index.ts";
import {
  connectServer,
  createLogger,
  createRedisClock,
  createSubscriber,
  loadScript,
  type Script,
  whenReady,
} from "../../services/platform/index.ts";
import type { MessageId, Person, RoomId, UserId } from "../../services/protocol/index.ts";
import { startRedis, type TestRedis } from "../support/redis.ts";

export const quiet = createLogger({ level: "silent", service: "test", id: "test" });

export const ada = person("ada");
export const bob = person("bob");
export const eve = person("eve");

export function person(name: string): Person {
  return { id: `u-${name}` as UserId, name };
}

export const messageId = () => randomUUID() as string as MessageId;
export const roomLog = (id: string): LogName => ({ kind: "room", id: id as RoomId });

/** A message as an event of a log. */
export function said(text: string, id: string = messageId(), by: Person = ada): NewEvent {
  return { id, type: "message", by, counts: true, fields: { text } };
}

/** An event that is no message. */
export function came(user: Person): NewEvent {
  return { id: randomUUID(), type: "member", by: user, fields: { user, joined: true } };
}

/** What people said, in the order of the entries. */
export function texts(entries: readonly Entry[]): string[] {
  return entries.map((entry) => (JSON.parse(`{${entry.body}`) as { text?: string }).text ?? entry.type);
}

/** One Redis for the tests of a file. */
export function redisOfFile(): () => TestRedis {
  let server: TestRedis | undefined;
  beforeAll(async () => {
    server = await startRedis();
  });
  return () => {
    if (!server) throw new Error("Redis is there only while tests run");
    return server;
  };
}

/** Connection, clock and logs for one test, under a key prefix of its own; taken down when the test is over. */
export async function createStage(
  server: TestRedis,
  options: { history?: Partial<HistoryLimits>; prefix?: string } = {},
) {
  const prefix = options.prefix ?? server.prefix();
  const redis = await connect(server);
  const clock = createRedisClock(redis);
  await clock.sample();
  const logs = createLogs({
    redis,
    clock,
    prefix,
    history: { maxEvents: 0, maxAgeMs: 0, ...options.history },
  });
  return { server, prefix, redis, clock, logs };
}

export type Stage = Awaited<ReturnType<typeof createStage>>;

/** A connection as services make it, until the test is over. */
export async function connect(server: TestRedis): Promise<ReturnType<typeof connectServer>> {
  const redis = connectServer(
    { url: server.url, name: "test", log: quiet },
    { mode: "standalone", url: server.url },
  );
  onTestFinished(() => redis.disconnect());
  await whenReady(redis, 5_000);
  return redis;
}

/** A subscriber until the test is over, heard through `publish`. */
export async function subscribe(stage: Stage, url: string = stage.server.url) {
  const subscriber = createSubscriber({
    url,
    name: "test-subscriber",
    log: quiet,
    publish: stage.redis,
    beatChannel: `${stage.prefix}{node:test}:beat`,
  });
  onTestFinished(() => subscriber.close());
  await vi.waitFor(() => {
    if (!subscriber.healthy) throw new Error("not subscribed yet");
  });
  return subscriber;
}

type FeedOptions = Omit<Parameters<typeof createFeeds>[0], "log" | "onRepaired" | "onReset">;

/** Feeds that count what they had to mend. */
export function follow(options: FeedOptions) {
  const counts = { repaired: 0, resets: 0 };
  const feeds = createFeeds({
    ...options,
    log: quiet,
    onRepaired: (events) => {
      counts.repaired += events;
    },
    onReset: () => {
      counts.resets += 1;
    },
  });
  onTestFinished(() => feeds.stop());
  return { feeds, counts };
}

/** Remembers what a feed hands out. */
export function createListener() {
  const batches: string[][] = [];
  const seen: string[] = [];
  const cursors: string[] = [];
  const whispers: string[] = [];
  const consumer: FeedConsumer = {
    onBatch({ entries, cursor }) {
      const batch = entries.map((entry) => `${entry.seq} ${texts([entry])[0]}`);
      batches.push(batch);
      seen.push(...batch);
      cursors.push(cursor);
    },
    onReset: () => void seen.push("reset"),
    onWhisper: (text) => void whispers.push(text),
  };
  return { consumer, batches, seen, cursors, whispers };
}

const write = loadScript("write.lua", new URL("../../services/logs/index.ts", import.meta.url).href);
const silentSource = write.source.replace(/^ *call\('SPUBLISH'.*$/m, "");
if (silentSource === write.source) throw new Error("the script publishes in another way by now");
const silentWrite: Script = {
  name: "silent write",
  source: silentSource,
  sha1: createHash("sha1").update(silentSource).digest("hex"),
};

/** Appends without telling anybody: what pub/sub loses. */
export function appendLost(logs: Logs, name: LogName, event: NewEvent) {
  return logs.append(name, event, { script: silentWrite, keys: [], args: [] });
}

/** Keeps a copy of a log as it is now; what is answered puts the copy back: a failover to a replica that lagged. */
export async function keepCopy({ redis, logs }: Stage, name: LogName): Promise<() => Promise<void>> {
  const { log, head, idsEven, idsOdd, overlay } = logs.keys(name);
  const kept = [log, head, idsEven, idsOdd, overlay];
  const copyOf = (key: string) => `copy:${key}`;
  for (const key of kept) await redis.copy(key, copyOf(key), "REPLACE");
  return async () => {
    await redis.del(...kept);
    for (const key of kept) await redis.copy(copyOf(key), key, "REPLACE");
  };
}

/** What a call fails with; fails itself when it does not. */
export async function errorOf(call: Promise<unknown>): Promise<Error & { code?: string; field?: string }> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: Error) => ({ error }),
  );
  if ("error" in outcome) return outcome.error;
  throw new Error(`did not fail but answered ${JSON.stringify(outcome.value)}`);
}
