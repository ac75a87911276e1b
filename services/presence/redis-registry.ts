import { loadScript, type RedisConnection, runScript } from "../platform/index.ts";
import { foldName, type OwnStatus, type SessionId, type UserId } from "../protocol/index.ts";
import type { NodeVitals, PresentConnection } from "./contract.ts";
import { presenceKeys } from "./redis-keys.ts";
import { parseStatus } from "./redis-statuses.ts";
import type { PresenceTimes } from "./times.ts";

/** What a node says of itself, once for each incarnation. */
export interface NodeIdentity {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly version: string;
  /** ISO 8601. */
  readonly since: string;
}

export interface Registration {
  readonly connection: PresentConnection;
  readonly status: "online" | "away";
  /** The number that the user had before, should Redis have lost it. */
  readonly number: number | undefined;
}

/** What a registration is answered with: the user's number, and what they have set about themselves. */
export interface Registered {
  readonly number: number;
  readonly status: OwnStatus;
}

/** What Redis holds for an incarnation. */
export interface Holding {
  readonly count: number;
  readonly digest: string;
  /** Connections that a sign-out on some node has removed. */
  readonly ended: readonly string[];
}

/**
 * What a node writes. `stale`: the incarnation has no lease any more, nothing was done, and the node must begin another
 * one and register everything again. Methods reject with `RequestError` `unavailable`.
 */
export interface Registry {
  open(incarnation: string): Promise<void>;
  refresh(incarnation: string, vitals: NodeVitals): Promise<Holding | "stale">;
  /** Answers for each, undefined where the session has ended, and how many users are online. */
  enter(
    incarnation: string,
    registrations: readonly Registration[],
  ): Promise<{ registered: (Registered | undefined)[]; count: number } | "stale">;
  leave(incarnation: string, connections: readonly string[]): Promise<"ok" | "stale">;
  retire(incarnation: string): Promise<void>;
  /** Whether the user is gone. */
  signOut(user: UserId, session: SessionId): Promise<boolean>;
}

const script = (name: string) => loadScript(name, import.meta.url);
const openScript = script("open-lease.lua");
const refreshScript = script("refresh.lua");
const enterScript = script("enter.lua");
const leaveScript = script("leave.lua");
const retireScript = script("retire.lua");
const signOutScript = script("sign-out.lua");

export function createRegistry(options: {
  redis: RedisConnection;
  prefix: string;
  times: PresenceTimes;
  node: NodeIdentity;
}): Registry {
  const { redis, times, node } = options;
  const keys = presenceKeys(options.prefix).all;
  return {
    async open(incarnation) {
      await runScript(redis, openScript, keys, [incarnation, JSON.stringify(node), times.leaseTtlMs]);
    },
    async refresh(incarnation, vitals) {
      const [word, count, digest, ...ended] = (await runScript(redis, refreshScript, keys, [
        incarnation,
        JSON.stringify(vitals),
        times.leaseTtlMs,
      ])) as [string, number, string, ...string[]];
      return word === "stale" ? "stale" : { count, digest, ended };
    },
    async enter(incarnation, registrations) {
      const [word, count, ...rest] = (await runScript(redis, enterScript, keys, [
        incarnation,
        ...registrations.flatMap(({ connection, status, number }) => [
          connection.id,
          connection.user.id,
          connection.user.name,
          foldName(connection.user.name),
          connection.session,
          connection.address,
          status,
          number ?? 0,
        ]),
      ])) as [string, number, ...(number | string)[]];
      if (word === "stale") return "stale";
      const registered = registrations.map((_, i) => {
        const number = Number(rest[2 * i]);
        return number === 0 ? undefined : { number, status: parseStatus(String(rest[2 * i + 1])) };
      });
      return { count, registered };
    },
    async leave(incarnation, connections) {
      const [word] = (await runScript(redis, leaveScript, keys, [
        incarnation,
        times.graceMs,
        ...connections,
      ])) as ["ok" | "stale"];
      return word;
    },
    async retire(incarnation) {
      await runScript(redis, retireScript, keys, [incarnation]);
    },
    async signOut(user, session) {
      const gone = await runScript(redis, signOutScript, keys, [
        user,
        session,
        times.endedSessionMs,
        times.numberRestMs,
      ]);
      return gone === 1;
    },
  };
}
