import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import {
  connectServer,
  createSubscriber,
  type RedisConnection,
  whenReady,
} from "../../services/platform/index.ts";
import type { Presence, PresenceDelta, PresentConnection } from "../../services/presence/index.ts";
import { createPresence } from "../../services/presence/index.ts";
import { createPresenceService, type PresenceService } from "../../services/presence/presence-service.ts";
import { type PresenceTimes, presenceTimes } from "../../services/presence/times.ts";
import type { SessionId, User, UserId } from "../../services/protocol/index.ts";

/** As in production, but four to ten times as fast; with room for a machine that does other things as well. */
export const fastTimes: PresenceTimes = {
  ...presenceTimes,
  leaseTtlMs: 1_500,
  refreshEveryMs: 250,
  graceMs: 600,
  reapGraceMs: 300,
  numberRestMs: 600,
  tickEveryMs: 40,
  tidyEveryMs: 50,
  leaderTtlMs: 1_000,
  leadEveryMs: 150,
  standbyEveryMs: 60,
  maxSilenceMs: 800,
  checkDeltasEveryMs: 300,
  retryEveryMs: 50,
};

/** For `expect.poll`: how long a busy machine may take, and how often to look. */
export const patient = { timeout: 15_000, interval: 15 };

export interface TestNode {
  readonly presence: Presence;
  readonly redis: ReturnType<typeof connectServer>;
  /** While true, nothing that is published reaches the node, as if Redis had dropped it. */
  deaf: boolean;
  readonly deltas: PresenceDelta[];
  /** `+ada` and `-ada`, in the order in which the node was told; a change of what is said of ada is `+ada`, too. */
  readonly told: string[];
  interruptions(): number;
  /** From now on nothing of the node reaches Redis, as after `kill -9`. */
  kill(): void;
}

export interface PresenceCluster {
  readonly prefix: string;
  /** For looking and meddling. */
  readonly redis: ReturnType<typeof connectServer>;
  key(name: string): string;
  node(id: string): Promise<TestNode>;
  /** @param times others than the cluster's */
  service(id: string, times?: Partial<PresenceTimes>): PresenceService & { kill(): void };
  stop(): Promise<void>;
}

/** Presence on a real Redis: nodes and services of one process, under a prefix of their own. */
export async function startPresenceCluster(
  url: string,
  times: PresenceTimes = fastTimes,
): Promise<PresenceCluster> {
  const prefix = `test-${randomBytes(4).toString("hex")}:`;
  const log = pino({ level: process.env.TEST_LOG_LEVEL ?? "silent" });
  const closing: (() => Promise<unknown>)[] = [];
  const connect = async (name: string) => {
    const redis = connectServer({ url, name, log }, { mode: "standalone", url });
    await whenReady(redis, 10_000);
    return redis;
  };
  const redis = await connect("test");
  const subscriberOf = (id: string, publish: RedisConnection) =>
    createSubscriber({ url, name: `${id}-subscriber`, log, publish, beatChannel: `${prefix}beat:${id}` });

  return {
    prefix,
    redis,
    key: (name) => `${prefix}{presence}:${name}`,
    async node(id) {
      const own = await connect(`${id}-commands`);
      const subscriber = subscriberOf(id, own);
      const hearing = { deaf: false };
      const presence = createPresence({
        redis: own,
        subscriber: {
          ...subscriber,
          subscribe: (channel, onMessage) =>
            subscriber.subscribe(channel, (message) => {
              if (!hearing.deaf) onMessage(message);
            }),
        },
        prefix,
        node: {
          id,
          pid: process.pid,
          host: "test",
          version: "0",
          since: new Date().toISOString(),
        },
        vitals: () => ({
          connections: 1,
          rooms: 2,
          messagesPerSecond: 3,
          eventLoopDelayMs: 4,
        }),
        log: log.child({ node: id }),
        times,
      });
      const deltas: PresenceDelta[] = [];
      const told: string[] = [];
      let interruptions = 0;
      presence.onDelta((delta) => {
        deltas.push(delta);
        for (const { online, user } of delta.changes) told.push(`${online ? "+" : "-"}${user.name}`);
      });
      await presence.start();
      presence.onInterruption(() => {
        interruptions += 1;
      });
      const disconnect = () => {
        subscriber.close();
        own.disconnect();
      };
      closing.push(async () => {
        await presence.stop();
        disconnect();
      });
      return Object.assign(hearing, {
        presence,
        redis: own,
        deltas,
        told,
        interruptions: () => interruptions,
        // Its timers go on until the test ends, but nothing of that reaches Redis.
        kill: disconnect,
      });
    },
    service(id, others = {}) {
      const own = connectServer({ url, name: id, log }, { mode: "standalone", url });
      const subscriber = subscriberOf(id, own);
      const service = createPresenceService({
        redis: own,
        subscriber,
        prefix,
        log: log.child({ service: id }),
        service: { id, pid: process.pid },
        times: { ...times, ...others },
      });
      const kill = () => {
        subscriber.close();
        own.disconnect();
      };
      closing.push(async () => {
        await service.stop();
        kill();
      });
      service.start();
      return Object.assign(service, { kill });
    },
    async stop() {
      for (const close of closing.reverse()) await close();
      const keys = await redis.keys(`${prefix}*`);
      if (keys.length > 0) await redis.del(...keys);
      redis.disconnect();
    },
  };
}

/** A new connection of somebody; without a session, one that belongs to the name. */
export function connectionOf(
  name: string,
  session = `session-of-${encodeURIComponent(name).replaceAll("%", "")}`,
): PresentConnection {
  return {
    id: randomBytes(8).toString("hex"),
    user: { id: idOf(name), name },
    session: session as SessionId,
    address: "127.0.0.9",
  };
}

export function idOf(name: string): UserId {
  return `u-${Buffer.from(name.toLowerCase()).toString("hex")}` as UserId;
}

export async function names(presence: Presence): Promise<string[]> {
  const { users } = await presence.list({ limit: 200 });
  return users.map(({ name }: User) => name);
}

/** A node as a process of its own, which can be stopped with SIGSTOP or killed with SIGKILL. */
export async function spawnNode(
  url: string,
  prefix: string,
  id: string,
  names: readonly string[],
): Promise<ChildProcess> {
  const file = fileURLToPath(new URL("presence-node.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", file, url, prefix, id, ...names], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", (code) => reject(new Error(`node ${id} ended with code ${code}`)));
  });
  return child;
}
