import { loadScript, type RedisConnection, runScript, type Script } from "../platform/index.ts";
import { presenceKeys } from "./redis-keys.ts";
import type { PresenceTimes } from "./times.ts";

/** Connections and users that one script call touches at most, so that Redis is never blocked for long. */
const atOnce = 500;
/** Some minutes of busy coming and going, while a gap is noticed within seconds; a node that missed more starts over. */
const deltasKept = 2_000;

/** What the audit goes through, one after the other. */
export const auditTables = [
  "users",
  "hidden",
  "published",
  "connections",
  "by-user",
  "by-node",
  "online",
  "numbers",
] as const;
export type AuditTable = (typeof auditTables)[number];

/** Why the leader did not do what it wanted to. */
export type Refused = "deposed" | "interrupted";

/** With what the leader fences its writes. */
export interface Fence {
  readonly token: string;
  /** Redis time in ms that it saw last. */
  readonly seenMs: number;
}

export type Answer<T> =
  | ({ readonly refused?: undefined; readonly nowMs: number } & T)
  | { readonly refused: Refused; readonly nowMs: number };

/** What a presence service writes. Methods reject with `RequestError` `unavailable`. */
export interface Leadership {
  /** Where `stirred` is said, and what it means. */
  readonly channel: string;
  /**
   * Says that the service is there; leads if nobody else does: then the answer has a token. In `dueInMs` there is work for the
   * leader; for another, leadership to take if it is not prolonged.
   */
  lead(): Promise<{ nowMs: number; token: string | undefined; dueInMs: number }>;
  stepDown(): Promise<void>;
  /** @returns `dueInMs`: how long there is nothing to do */
  publish(
    fence: Fence,
  ): Promise<Answer<{ told: number; left: number; waitedMs: number; online: number; dueInMs: number }>>;
  expireGrace(fence: Fence): Promise<Answer<{ removed: number; more: boolean }>>;
  /** @param believeDeadlines false: removes only what nodes have given back */
  reap(
    fence: Fence,
    believeDeadlines: boolean,
  ): Promise<Answer<{ removed: number; more: boolean; incarnation: string }>>;
  tidy(fence: Fence): Promise<Answer<{ ripened: number }>>;
  /** @param cursor "0" to begin; the answer's is "0" at the end of the table */
  audit(fence: Fence, table: AuditTable, cursor: string): Promise<Answer<{ cursor: string; mended: number }>>;
}

const script = (name: string) => loadScript(name, import.meta.url);
const leadScript = script("lead.lua");
const stepDownScript = script("step-down.lua");
const publishScript = script("publish.lua");
const expireScript = script("expire-grace.lua");
const reapScript = script("reap.lua");
const tidyScript = script("tidy.lua");
const auditScript = script("audit.lua");

export function createLeadership(options: {
  redis: RedisConnection;
  prefix: string;
  times: PresenceTimes;
  service: { id: string; pid: number };
}): Leadership {
  const { redis, times, service } = options;
  const keys = presenceKeys(options.prefix);

  async function asLeader<T>(
    what: Script,
    fence: Fence,
    args: readonly (string | number)[],
    read: (reply: readonly (string | number)[]) => T,
  ): Promise<Answer<T>> {
    const [word, nowMs, ...rest] = (await runScript(redis, what, keys.all, [
      fence.token,
      fence.seenMs,
      times.maxSilenceMs,
      ...args,
    ])) as [string, number, ...(string | number)[]];
    return word === "ok" ? { nowMs, ...read(rest) } : { refused: word as Refused, nowMs };
  }

  return {
    channel: keys.stirred,
    async lead() {
      const [nowMs, token, dueInMs] = (await runScript(redis, leadScript, keys.all, [
        service.id,
        service.pid,
        times.leaderTtlMs,
      ])) as [number, string, number];
      return { nowMs, token: token === "" ? undefined : token, dueInMs };
    },
    async stepDown() {
      await runScript(redis, stepDownScript, keys.all, [service.id]);
    },
    publish: (fence) =>
      asLeader(
        publishScript,
        fence,
        [atOnce, deltasKept, keys.channel],
        ([told, left, waitedMs, online, dueInMs]) => ({
          told: Number(told),
          left: Number(left),
          waitedMs: Number(waitedMs),
          online: Number(online),
          dueInMs: Number(dueInMs),
        }),
      ),
    expireGrace: (fence) =>
      asLeader(expireScript, fence, [atOnce, times.numberRestMs], ([removed]) => ({
        removed: Number(removed),
        more: Number(removed) === atOnce,
      })),
    reap: (fence, believeDeadlines) =>
      asLeader(
        reapScript,
        fence,
        [atOnce, times.reapGraceMs, believeDeadlines ? 1 : 0],
        ([removed, more, incarnation]) => ({
          removed: Number(removed),
          more: Number(more) === 1,
          incarnation: String(incarnation),
        }),
      ),
    tidy: (fence) =>
      asLeader(tidyScript, fence, [atOnce, times.seenMs, times.numberRestMs], ([ripened]) => ({
        ripened: Number(ripened),
      })),
    audit: (fence, table, cursor) =>
      asLeader(
        auditScript,
        fence,
        [table, cursor, atOnce, times.numberRestMs, times.graceMs],
        ([next, mended]) => ({ cursor: String(next), mended: Number(mended) }),
      ),
  };
}
