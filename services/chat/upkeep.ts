import type { Logger, RedisClock, RedisConnection, Rounds, Subscriber } from "../platform/index.ts";
import { RequestError } from "../protocol/index.ts";
import { renewNamesEveryMs, type Users } from "../users/index.ts";
import type { Connection } from "./delivery/connection.ts";
import { encodeNotice } from "./delivery/frame.ts";
import type { KeepUser } from "./kept-users.ts";
import type { LimitName } from "./observed.ts";

const probeEveryMs = 1_000;
const expireEveryMs = 1_000;
const turnMs = 1_000;
/** Each connection has its turn once in 30 s: is its session revoked? Every second time, its user's name is renewed. */
export const turnsARound = 30;
const roundsToRenew = renewNamesEveryMs / (turnsARound * turnMs);
const sweepReadersEveryMs = 1_000;
/** Often enough for what is kept a day at least. */
const keepUsersEveryMs = 60 * 60_000;

/** What a node does for its connections without being asked. */
export interface Upkeep {
  /** Why the node cannot do its work, in a few words for people; undefined: it can. */
  readonly trouble: string | undefined;
  /** Somebody is among the connections from now on. */
  joined(connection: Connection): void;
  stop(): void;
}

/**
 * Notices when Redis goes and comes back and tells the clients; ends sessions that expired or were revoked without the
 * node having heard; renews the names of those who are here; cuts clients that do not read.
 */
export function createUpkeep(deps: {
  redis: RedisConnection;
  subscriber: Subscriber;
  clock: RedisClock;
  users: Users;
  connections: Rounds<Connection>;
  /** Those who may not have read all that was written to them. */
  behind: Set<Connection>;
  keepUser: KeepUser;
  bufferedBytes: number;
  bufferedBytesPerNode: number;
  log: Logger;
  onProbed: (tookMs: number) => void;
  onSlowReader: () => void;
  onLimit: (limit: LimitName) => void;
}): Upkeep {
  const { redis, log, connections } = deps;
  let trouble: string | undefined;
  let turn = 0;
  /** No session of those who are here expires before. */
  let earliestMs = Number.POSITIVE_INFINITY;

  function setTrouble(reason: string | undefined): void {
    if ((reason === undefined) === (trouble === undefined)) {
      trouble = reason;
      return;
    }
    trouble = reason;
    log.warn({ reason }, reason === undefined ? "recovered" : "degraded");
    const frame =
      reason === undefined
        ? encodeNotice("server:recovered", {})
        : encodeNotice("server:degraded", { reason });
    for (const connection of connections) connection.send(frame);
  }

  async function probe(): Promise<void> {
    const startedMs = performance.now();
    try {
      // Also keeps the node's idea of Redis time fresh.
      await deps.clock.sample();
      deps.onProbed(performance.now() - startedMs);
      setTrouble(deps.subscriber.healthy ? undefined : "Messages from others arrive late at the moment");
    } catch {
      setTrouble("The message store cannot be reached at the moment");
    }
  }

  function endExpired(): void {
    if (earliestMs === Number.POSITIVE_INFINITY) return;
    // Whoever is here was let in by that clock: the time is known.
    const nowMs = deps.clock.nowMs();
    // Sessions last for hours: looking at thousands every second would be a tenth of what a node does for them.
    if (nowMs < earliestMs) return;
    earliestMs = Number.POSITIVE_INFINITY;
    for (const connection of connections) {
      if (connection.expiresAtMs <= nowMs) {
        connection.end({
          code: "unauthorized",
          message: "the session has expired; sign in again",
        });
      } else expect(connection);
    }
  }

  function expect({ expiresAtMs }: Connection): void {
    earliestMs = Math.min(earliestMs, expiresAtMs);
  }

  /** Those whose turn it is. */
  async function attend(): Promise<void> {
    const some = [...connections.next()];
    turn += 1;
    if (some.length === 0) return;
    const renewing = Math.floor(turn / turnsARound) % roundsToRenew === 0;
    try {
      await recheckSessions(some);
    } finally {
      // Of those who are still here: signing out gave the name back, and nobody may take it again for them.
      if (renewing) await renewNames(some.filter(({ open }) => open));
    }
  }

  async function recheckSessions(some: readonly Connection[]): Promise<void> {
    const revoked = await deps.users.revoked(some.map(({ user, session }) => ({ user: user.id, session })));
    for (const [i, connection] of some.entries()) {
      if (revoked[i])
        connection.end({
          code: "unauthorized",
          message: "this session was signed out",
        });
    }
  }

  async function renewNames(some: readonly Connection[]): Promise<void> {
    const lost = await deps.users.holdAll(some.map(({ user }) => user));
    for (const [i, connection] of some.entries()) {
      const reason = lost[i];
      if (reason) connection.end(reason.toJSON());
    }
  }

  async function keepUsers(): Promise<void> {
    const byId = new Map([...connections].map(({ user }) => [user.id, user]));
    // One after the other: there is an hour for it.
    for (const user of byId.values()) await deps.keepUser(user);
  }

  function cutSlowReaders(): void {
    const { bufferedBytes, bufferedBytesPerNode } = deps;
    const behind: { connection: Connection; bytes: number }[] = [];
    let total = 0;
    for (const connection of deps.behind) {
      const bytes = connection.buffered();
      if (bytes === 0) {
        deps.behind.delete(connection);
      } else if (bufferedBytes > 0 && bytes > bufferedBytes) {
        deps.onSlowReader();
        connection.cut();
      } else {
        behind.push({ connection, bytes });
        total += bytes;
      }
    }
    if (bufferedBytesPerNode === 0 || total <= bufferedBytesPerNode) return;
    behind.sort((a, b) => b.bytes - a.bytes);
    for (const { connection, bytes } of behind) {
      if (total <= bufferedBytesPerNode) break;
      total -= bytes;
      deps.onLimit("buffered_bytes_per_node");
      connection.cut();
    }
  }

  const quietly = (work: () => Promise<void>) => () => {
    // Redis is away: said by the probe, and done again next time.
    work().catch((error: unknown) => {
      if (!(error instanceof RequestError)) log.error({ err: error }, "upkeep failed");
    });
  };
  const onClose = () => setTrouble("The message store cannot be reached at the moment");
  redis.on("close", onClose);
  const timers = [
    setInterval(quietly(probe), probeEveryMs),
    setInterval(endExpired, expireEveryMs),
    setInterval(quietly(attend), turnMs),
    setInterval(quietly(keepUsers), keepUsersEveryMs),
    setInterval(cutSlowReaders, sweepReadersEveryMs),
  ];

  return {
    get trouble() {
      return trouble;
    },
    joined: expect,
    stop() {
      redis.off("close", onClose);
      for (const timer of timers) clearInterval(timer);
    },
  };
}
