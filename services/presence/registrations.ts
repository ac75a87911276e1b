import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import type { Logger } from "../platform/index.ts";
import { RequestError } from "../protocol/index.ts";
import type { NodeVitals, PresentConnection } from "./contract.ts";
import { emptyDigest, toggle } from "./digest.ts";
import type { Registered, Registry } from "./redis-registry.ts";
import type { PresenceTimes } from "./times.ts";

export interface Entered extends Registered {
  readonly count: number;
}

/** What whoever waited is told when their connection has gone meanwhile. */
const nobody: Entered = { number: 0, status: { mode: "auto", lastSeen: true }, count: 0 };

/**
 * The connections of this node, and that Redis knows exactly them. The table here is the truth; what Redis holds is
 * brought in line with it, now or when Redis is back.
 */
export interface Registrations {
  /** Resolves once the first lease is held. */
  start(): Promise<void>;
  enter(connection: PresentConnection): Promise<Entered>;
  /** Resolves when Redis has confirmed; the table forgets the connection in any case. */
  leave(connectionId: string): Promise<void>;
  setStatus(connectionId: string, status: "online" | "away"): Promise<void>;
  /** To be called when Redis is back: compares at once. */
  check(): void;
  /** Leaves with all connections and gives the lease back. */
  stop(): Promise<void>;
  readonly trouble: string | undefined;
}

interface Waiter {
  resolve(entered: Entered): void;
  reject(error: unknown): void;
}

interface Entry {
  readonly connection: PresentConnection;
  status: "online" | "away";
  present: boolean;
  number: number | undefined;
  /** Redis may know of it under this incarnation. */
  sent: boolean;
  /** As what Redis has confirmed it under this incarnation. */
  confirmed: "online" | "away" | undefined;
  /** Its session has ended; it is not registered any more. */
  ended: boolean;
  waiters: Waiter[];
}

/** Connections in one script call: a few milliseconds of Redis at most. */
const atOnce = 100;
/** Departures that are kept to be made up for; with more, beginning anew is cheaper, and takes no memory. */
const maxOwed = 1_000;

/**
 * One worker talks to Redis, a step at a time: take a lease, refresh it, register what has changed. So nothing of this
 * node overtakes anything else, what has gathered during one step is the batch of the next, and a refresh can compare
 * exactly.
 */
export function createRegistrations(deps: {
  registry: Registry;
  times: PresenceTimes;
  vitals: () => NodeVitals;
  log: Logger;
  onRegisterAgain?: () => void;
}): Registrations {
  const { registry, times, log } = deps;
  const table = new Map<string, Entry>();
  /** Connections whose entry differs from what Redis was last told. */
  const dirty = new Set<string>();
  /** Connections of calls whose outcome is unknown. */
  const unsure = new Set<string>();
  /** Incarnations to give back once everything is registered under the present one. */
  const given = new Set<string>();
  let incarnation: string | undefined;
  let confirmedCount = 0;
  let digest = emptyDigest;
  let refreshDueMs = 0;
  let trouble: string | undefined = "not registered with Redis yet";
  let working = false;
  let stopped = true;
  let timer: NodeJS.Timeout | undefined;
  let firstLease: (() => void) | undefined;

  function wake(): void {
    if (working || stopped) return;
    working = true;
    clearTimeout(timer);
    void work();
  }

  async function work(): Promise<void> {
    let waitMs: number;
    try {
      while (await step());
      trouble = undefined;
      waitMs = Math.max(0, refreshDueMs - performance.now());
    } catch (error) {
      fail(error);
      waitMs = times.retryEveryMs;
    }
    working = false;
    if (stopped) return;
    if (trouble === undefined && dirty.size > 0) wake();
    else timer = setTimeout(wake, waitMs);
  }

  /** Does the most pressing thing; false when there is nothing to do. */
  async function step(): Promise<boolean> {
    if (stopped) return false;
    if (incarnation === undefined) await open();
    else if (performance.now() >= refreshDueMs) await refresh(incarnation);
    else if (dirty.size > 0) await register(incarnation);
    else if (given.size > 0) await giveBack();
    else return false;
    return true;
  }

  async function open(): Promise<void> {
    const next = randomBytes(8).toString("hex");
    await registry.open(next);
    incarnation = next;
    refreshDueMs = performance.now() + times.refreshEveryMs;
    firstLease?.();
    log.info({ incarnation, connections: table.size }, "lease taken");
  }

  async function refresh(current: string): Promise<void> {
    const known = await registry.refresh(current, deps.vitals());
    if (known === "stale") return registerAgain("the lease has run out");
    refreshDueMs = performance.now() + times.refreshEveryMs;
    for (const id of known.ended) {
      const entry = table.get(id);
      if (entry) end(entry);
    }
    const same = known.count === confirmedCount && known.digest === digest;
    if (!same && unsure.size === 0) registerAgain("Redis knows other connections than this node has");
  }

  /** Begins anew: under another incarnation, so that nothing that was sent under the old one can have an effect. */
  function registerAgain(reason: string): void {
    log.warn({ reason, connections: table.size }, "registering again");
    deps.onRegisterAgain?.();
    if (incarnation !== undefined) given.add(incarnation);
    incarnation = undefined;
    confirmedCount = 0;
    digest = emptyDigest;
    unsure.clear();
    for (const [id, entry] of table) {
      if (!entry.present) settleLeave(id, entry);
      entry.sent = false;
      entry.confirmed = undefined;
      if (entry.present && !entry.ended) dirty.add(id);
    }
  }

  async function register(current: string): Promise<void> {
    const entering: Entry[] = [];
    const leaving: Entry[] = [];
    for (const id of dirty) {
      dirty.delete(id);
      const entry = table.get(id);
      if (entry === undefined) continue;
      if (entry.present) {
        if (!entry.ended) entering.push(entry);
      } else if (entry.sent) {
        leaving.push(entry);
      } else {
        settleLeave(id, entry);
      }
      if (entering.length + leaving.length >= atOnce) break;
    }
    try {
      // Who comes before who goes, so that a user who changes tabs is never without one.
      await enterAll(current, entering);
    } finally {
      // A full Redis takes nobody in, but lets people go.
      if (incarnation === current) await leaveAllOf(current, leaving);
    }
  }

  async function enterAll(current: string, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const sent = entries.map((entry) => {
      const { connection, status, number, waiters } = entry;
      entry.sent = true;
      entry.waiters = [];
      unsure.add(connection.id);
      return { entry, connection, status, number, waiters };
    });
    let reply: Awaited<ReturnType<Registry["enter"]>>;
    try {
      reply = await registry.enter(current, sent);
    } catch (error) {
      for (const { connection, waiters } of sent) {
        dirty.add(connection.id);
        for (const { reject } of waiters) reject(error);
      }
      throw error;
    }
    if (reply === "stale") {
      for (const { entry, waiters } of sent) {
        if (entry.present) entry.waiters.unshift(...waiters);
        else for (const { reject } of waiters) reject(connectionGone());
      }
      return registerAgain("the lease has run out");
    }
    const { registered, count } = reply;
    sent.forEach(({ entry, status, waiters }, i) => {
      const known = registered[i];
      unsure.delete(entry.connection.id);
      if (known === undefined) {
        end(entry);
        const ended = new RequestError("unauthorized", "this session has ended; sign in again");
        for (const { reject } of waiters) reject(ended);
        return;
      }
      entry.number = known.number;
      confirm(entry, status);
      for (const { resolve } of waiters) resolve({ ...known, count });
    });
  }

  async function leaveAllOf(current: string, entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const ids = entries.map(({ connection }) => connection.id);
    for (const id of ids) unsure.add(id);
    let reply: Awaited<ReturnType<Registry["leave"]>>;
    try {
      reply = await registry.leave(current, ids);
    } catch (error) {
      for (const id of ids) dirty.add(id);
      throw error;
    }
    // What is left of the old incarnation is removed with it.
    if (reply === "stale") return registerAgain("the lease has run out");
    for (const entry of entries) {
      unsure.delete(entry.connection.id);
      confirm(entry, undefined);
      settleLeave(entry.connection.id, entry);
    }
  }

  async function giveBack(): Promise<void> {
    for (const old of given) {
      await registry.retire(old);
      given.delete(old);
    }
  }

  function confirm(entry: Entry, status: Entry["confirmed"]): void {
    const { id } = entry.connection;
    if (entry.confirmed !== undefined) {
      digest = toggle(digest, id, entry.confirmed);
      confirmedCount -= 1;
    }
    if (status !== undefined) {
      digest = toggle(digest, id, status);
      confirmedCount += 1;
    }
    entry.confirmed = status;
  }

  function end(entry: Entry): void {
    entry.ended = true;
    confirm(entry, undefined);
  }

  function settleLeave(id: string, entry: Entry): void {
    table.delete(id);
    dirty.delete(id);
    for (const { resolve } of entry.waiters) resolve(nobody);
    entry.waiters = [];
  }

  /** Redis is away, or refuses: nobody waits for it to come back, but what was asked for stays in the table. */
  function fail(error: unknown): void {
    trouble = error instanceof Error ? error.message : "presence cannot be written";
    let owed = 0;
    for (const id of dirty) {
      const entry = table.get(id);
      if (entry === undefined) continue;
      if (!entry.present) owed += 1;
      for (const { reject } of entry.waiters) reject(error);
      entry.waiters = [];
    }
    if (owed > maxOwed) registerAgain("more have left than is worth making up for");
  }

  function change(entry: Entry): Promise<Entered> {
    const done = new Promise<Entered>((resolve, reject) => {
      entry.waiters.push({ resolve, reject });
    });
    dirty.add(entry.connection.id);
    wake();
    return done;
  }

  function leave(id: string): Promise<unknown> {
    const entry = table.get(id);
    if (entry === undefined || !entry.present) return Promise.resolve();
    entry.present = false;
    for (const { reject } of entry.waiters) reject(connectionGone());
    entry.waiters = [];
    if (entry.sent) return change(entry);
    // Redis has never heard of it.
    settleLeave(id, entry);
    return Promise.resolve();
  }

  async function leaveAll(): Promise<void> {
    await Promise.allSettled([...table.keys()].map(leave));
  }

  return {
    start() {
      stopped = false;
      const held = new Promise<void>((resolve) => {
        firstLease = resolve;
      });
      wake();
      return held;
    },
    enter(connection) {
      const known = table.get(connection.id);
      if (known?.present) return change(known);
      const entry: Entry = {
        connection,
        status: "online",
        present: true,
        number: undefined,
        sent: false,
        confirmed: undefined,
        ended: false,
        waiters: [],
      };
      table.set(connection.id, entry);
      return change(entry);
    },
    async leave(id) {
      await leave(id);
    },
    async setStatus(id, status) {
      const entry = table.get(id);
      if (entry === undefined || !entry.present || entry.ended) return;
      entry.status = status;
      await change(entry);
    },
    check() {
      refreshDueMs = 0;
      wake();
    },
    async stop() {
      if (stopped) return;
      await leaveAll();
      stopped = true;
      clearTimeout(timer);
      // Without Redis the lease runs out by itself.
      if (incarnation !== undefined) await registry.retire(incarnation).catch(() => {});
    },
    get trouble() {
      return trouble;
    },
  };
}

function connectionGone(): RequestError {
  return new RequestError("unavailable", "the connection is gone");
}
