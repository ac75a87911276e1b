import type { Writable } from "node:stream";
import { type RedisOptions as ClientOptions, Cluster, Redis, type RedisCommander } from "ioredis";
import { RequestError } from "../protocol/index.ts";
import type { Logger } from "./logger.ts";
import { parseRedisAddress, type RedisAddress, redisAddressForms } from "./redis-address.ts";

/** Commands to Redis, whatever kind of Redis it is: a single server, one that sentinels name, or a cluster. */
export interface RedisConnection extends RedisCommander {
  /** `ready` when commands are taken. */
  readonly status: string;
  on(event: "ready" | "close" | "error", listener: (error: Error) => void): unknown;
  once(event: "ready", listener: () => void): unknown;
  off(event: "ready" | "close", listener: () => void): unknown;
  disconnect(): void;
}

/** No command waits longer than this for its reply; below the two seconds within which a send must be answered. */
export const commandTimeoutMs = 1_800;

/** A connection that answers nothing for so long is made anew. */
const silentForMs = 4_000;

/** After this long, a command that was answered `unavailable` can no longer take effect: its deadline has passed. */
export const outcomeUnknownForMs = 2_000;

export interface RedisOptions {
  readonly url: string;
  /** Shows in `CLIENT LIST`: who holds the connection and what for. */
  readonly name: string;
  readonly log: Logger;
}

/**
 * A connection for commands. It neither queues while Redis is away nor sends anything twice on its own account: a write
 * whose outcome is unknown is for the caller, who knows what makes it safe to repeat. (In a cluster, a command whose
 * connection closed is tried again; every script is safe to run twice.) Reconnects by itself, at most a second apart.
 *
 * @throws Error when the address has none of the forms of `REDIS_URL`
 */
export function connectRedis(options: RedisOptions): RedisConnection {
  const address = parseRedisAddress(options.url);
  if (!address) throw new Error(`the address of Redis must be ${redisAddressForms}`);
  return address.mode === "cluster" ? connectCluster(options, address) : connectServer(options, address);
}

/** A connection to a single server, or to the one that sentinels name. */
export function connectServer(
  options: RedisOptions,
  address: Exclude<RedisAddress, { mode: "cluster" }>,
): Redis {
  const client = { ...clientOptions(options.name), maxRetriesPerRequest: 0, retryStrategy: reconnectDelayMs };
  const redis =
    address.mode === "standalone"
      ? new LastingRedis(address.url, client)
      : new LastingRedis({
          ...client,
          ...address.credentials,
          sentinels: [...address.sentinels],
          name: address.master,
          db: address.db,
          ...(address.tls ? { tls: {} } : {}),
          sentinelRetryStrategy: reconnectDelayMs,
          // A sentinel says when it has made another server the master; waiting for the old one's refusal takes longer.
          failoverDetector: true,
        });
  redis.on("end", () => redis.beginAgain());
  redis.on("connect", () => writeOnceATurn(redis.stream));
  logChanges(redis, options);
  return redis;
}

/**
 * ioredis takes a connection for closed by its owner, and never makes it again, when it breaks off while a sentinel is being
 * asked for the master: as it does when another sentinel says in that moment that there is a new one.
 */
class LastingRedis extends Redis {
  #closed = false;

  override disconnect(reconnect = false): void {
    if (!reconnect) this.#closed = true;
    super.disconnect(reconnect);
  }

  /** After the end, unless that was wanted. */
  beginAgain(): void {
    if (this.#closed) return;
    setTimeout(() => {
      // It says itself why it fails, and ends once more.
      if (!this.#closed) this.connect().catch(() => {});
    }, reconnectDelayMs(1));
  }
}

function connectCluster(options: RedisOptions, address: Extract<RedisAddress, { mode: "cluster" }>): Cluster {
  const cluster = new Cluster([...address.nodes], {
    enableOfflineQueue: false,
    clusterRetryStrategy: reconnectDelayMs,
    slotsRefreshInterval: 2_000,
    slotsRefreshTimeout: 1_500,
    // A failover takes longer than a request may: the client tries again with the same id.
    maxRedirections: 5,
    retryDelayOnFailover: 200,
    retryDelayOnClusterDown: 200,
    redisOptions: {
      ...clientOptions(options.name),
      ...address.credentials,
      ...(address.tls ? { tls: {} } : {}),
    },
  });
  cluster.on("+node", (node) => node.on("connect", () => writeOnceATurn(node.stream)));
  logChanges(cluster, options);
  return cluster;
}

/** A turn that asks for more than this sends what there is: Redis works on it while the turn goes on. */
const bytesACall = 32 * 1_024;

/**
 * Sends the commands of one turn of the event loop in one system call, and not in one each: while many come, most of what a
 * command costs a node is that call, and Redis' being woken by it.
 */
function writeOnceATurn(stream: Writable): void {
  const write = stream.write;
  let corked = false;
  function uncork(): void {
    corked = false;
    stream.uncork();
  }
  stream.write = (...args: unknown[]) => {
    if (!corked) {
      corked = true;
      stream.cork();
      setImmediate(uncork);
    }
    const drained = write.apply(stream, args as Parameters<typeof write>);
    if (stream.writableLength >= bytesACall) uncork();
    return drained;
  };
}

function clientOptions(name: string) {
  return {
    connectionName: name,
    protocol: 2,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Subscriptions are made again by their owner, who must know when that is done.
    autoResubscribe: false,
    connectTimeout: 2_000,
    commandTimeout: commandTimeoutMs,
    // Somebody between here and there may swallow everything without closing anything.
    socketTimeout: silentForMs,
    // A replica that was a master until a moment ago: ask again for who is.
    reconnectOnError: (error: Error) => error.message.startsWith("READONLY"),
  } satisfies ClientOptions;
}

/** Milliseconds until the next attempt: quickly at first, then about once a second, never all at once. */
function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 5), 1_000) * (0.5 + Math.random() / 2);
}

/** Says once that Redis is away and once that it is back, not with every attempt. */
function logChanges(redis: RedisConnection, { name, log }: RedisOptions): void {
  let lastError = "";
  redis.on("error", (error) => {
    if (error.message !== lastError) log.warn({ connection: name, reason: error.message }, "redis error");
    lastError = error.message;
  });
  redis.on("ready", () => {
    if (lastError !== "") log.info({ connection: name }, "redis is back");
    lastError = "";
  });
}

/** Resolves once the connection is usable; rejects when that takes too long. */
export async function whenReady(redis: RedisConnection, withinMs: number): Promise<void> {
  if (redis.status === "ready") return;
  await new Promise<void>((resolve, reject) => {
    const onReady = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      redis.off("ready", onReady);
      reject(new Error(`Redis did not become ready within ${withinMs} ms`));
    }, withinMs);
    redis.once("ready", onReady);
  });
}

/** Replies by which a living Redis says that it cannot serve now. */
const refusals =
  /^(OOM|READONLY|LOADING|MASTERDOWN|NOREPLICAS|MISCONF|CLUSTERDOWN|TRYAGAIN|BUSY|UNBLOCKED)\b/;

/**
 * Turns what a Redis command failed with into what a client is told. A reply of Redis that is a fault of ours stays what
 * it is; everything else means that Redis is away, or that nobody knows.
 */
export function asRequestError(error: unknown): unknown {
  if (error instanceof RequestError || !(error instanceof Error)) return error;
  if (error.name === "ReplyError" && !refusals.test(error.message)) return error;
  const reason =
    error.name === "ReplyError"
      ? "Redis refuses writes at the moment"
      : "Redis cannot be reached at the moment";
  return new RequestError("unavailable", `${reason}; try again with the same id`, {
    retryAfterMs: outcomeUnknownForMs,
  });
}
