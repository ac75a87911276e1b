import slotOf from "cluster-key-slot";
import type { RedisAddress } from "./redis-address.ts";
import { connectServer, type RedisConnection, type RedisOptions, whenReady } from "./redis-connection.ts";
import { createServerSubscriber } from "./redis-server-subscriber.ts";
import type { Subscriber } from "./redis-subscriber.ts";

/** Subscriptions follow a slot that moves within this time, and what was missed meanwhile is read from the logs. */
const followSlotsEveryMs = 1_000;

/** One master and the channels that are subscribed there. */
interface Shard {
  readonly redis: RedisConnection;
  readonly subscriber: Subscriber;
  /** Slot of its heartbeat: in a slot of its own, so that each connection's deafness is noticed. */
  readonly beatSlot: number;
}

interface Followed {
  readonly slot: number;
  readonly onMessage: (message: string) => void;
  /** `host:port` of the master where it is subscribed. */
  at: string | undefined;
}

/** Which master has a slot: `host:port` by slot. */
type SlotTable = (string | undefined)[];

/**
 * Sharded pub/sub in a Redis Cluster: a connection of its own to each master, channels where their slot is, and moved
 * when the slot moves or another server becomes the master.
 */
export function createClusterSubscriber(
  options: RedisOptions & {
    address: Extract<RedisAddress, { mode: "cluster" }>;
    publish: RedisConnection;
    beatChannel: string;
  },
): Subscriber {
  const { address, publish, log } = options;
  const shards = new Map<string, Shard>();
  const followed = new Map<string, Followed>();
  const restoredListeners: (() => void)[] = [];
  let table: SlotTable = [];
  let closed = false;
  let refreshing: Promise<void> | undefined;

  const restored = () => {
    for (const listener of restoredListeners) listener();
  };

  function shardAt(at: string): Shard | undefined {
    const existing = shards.get(at);
    if (existing) return existing;
    const beat = beatFor(at);
    if (!beat || closed) return undefined;
    const { username = "", password = "" } = address.credentials;
    const user = password === "" ? "" : `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
    const url = `${address.tls ? "rediss" : "redis"}://${user}${at}`;
    const redis = connectServer({ ...options, name: `${options.name}-${at}` }, { mode: "standalone", url });
    const subscriber = createServerSubscriber({
      redis,
      log,
      beatChannel: beat.channel,
      publish: () => publish.spublish(beat.channel, "beat"),
    });
    subscriber.onRestored(restored);
    const shard = { redis, subscriber, beatSlot: beat.slot };
    shards.set(at, shard);
    return shard;
  }

  /** A channel like the heartbeat's in a slot that this master has. */
  function beatFor(at: string): { channel: string; slot: number } | undefined {
    for (let i = 0; i < 100_000; i++) {
      const channel = options.beatChannel.replace("}", `:${i}}`);
      const slot = slotOf(channel);
      if (table[slot] === at) return { channel, slot };
    }
    return undefined;
  }

  async function place(channel: string, entry: Followed): Promise<void> {
    const at = table[entry.slot];
    const shard = at === undefined ? undefined : shardAt(at);
    if (!shard) throw new Error(`no master of the cluster has slot ${entry.slot}`);
    await whenReady(shard.redis, 1_500);
    await shard.subscriber.subscribe(channel, entry.onMessage);
    entry.at = at;
  }

  async function refresh(): Promise<void> {
    table = tableFrom(await publish.cluster("SLOTS"));
    for (const [at, shard] of shards) {
      if (table[shard.beatSlot] === at) continue;
      // It lost slots or all of them: made anew, with a heartbeat that it can hear.
      shard.subscriber.close();
      shards.delete(at);
      for (const entry of followed.values()) if (entry.at === at) entry.at = undefined;
    }
    const moved = [...followed].filter(
      ([, entry]) => table[entry.slot] !== entry.at || entry.at === undefined,
    );
    await Promise.all(
      moved.map(async ([channel, entry]) => {
        if (entry.at !== undefined) shards.get(entry.at)?.subscriber.unsubscribe(channel);
        entry.at = undefined;
        await place(channel, entry);
      }),
    );
    if (moved.length > 0) {
      log.info({ channels: moved.length }, "subscriptions followed their slots");
      restored();
    }
  }

  function refreshOnce(): Promise<void> {
    refreshing ??= refresh().finally(() => {
      refreshing = undefined;
    });
    return refreshing;
  }

  const timer = setInterval(() => {
    // Nothing to do while the cluster is away: the next time will tell.
    refreshOnce().catch(() => {});
  }, followSlotsEveryMs);

  return {
    async subscribe(channel, onMessage) {
      const entry: Followed = { slot: slotOf(channel), onMessage, at: undefined };
      followed.set(channel, entry);
      try {
        if (table.length === 0) await refreshOnce();
        await place(channel, entry);
      } catch {
        // The slot has moved, or its master was not connected yet.
        try {
          await refreshOnce();
          if (entry.at === undefined) await place(channel, entry);
        } catch (error) {
          followed.delete(channel);
          throw error;
        }
      }
    },
    unsubscribe(channel) {
      const at = followed.get(channel)?.at;
      followed.delete(channel);
      if (at !== undefined) shards.get(at)?.subscriber.unsubscribe(channel);
    },
    onRestored(listener) {
      restoredListeners.push(listener);
    },
    get healthy() {
      return table.length > 0 && [...shards.values()].every((shard) => shard.subscriber.healthy);
    },
    close() {
      closed = true;
      clearInterval(timer);
      for (const shard of shards.values()) shard.subscriber.close();
    },
  };
}

/** @param ranges the reply of `CLUSTER SLOTS`: first slot, last slot, the master, its replicas */
function tableFrom(
  ranges: readonly [
    first: number,
    last: number,
    ...nodes: [host: string, port: number, ...rest: unknown[]][],
  ][],
): SlotTable {
  const table: SlotTable = new Array(16_384).fill(undefined);
  for (const [first, last, master] of ranges) {
    if (master) table.fill(`${master[0]}:${master[1]}`, first, last + 1);
  }
  return table;
}
