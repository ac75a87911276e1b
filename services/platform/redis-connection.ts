import { Redis } from "ioredis";
import { RequestError } from "../protocol/index.ts";
import type { Logger } from "./logger.ts";

export type RedisConnection = Redis;

/** No command waits longer than this for its reply; below the two seconds within which a send must be answered. */
export const commandTimeoutMs = 1_800;

/** After this long, a command that was answered `unavailable` can no longer take effect: its deadline has passed. */
export const outcomeUnknownForMs = 2_000;

export interface RedisOptions {
  readonly url: string;
  /** Shows in `CLIENT LIST`: who holds the connection and what for. */
  readonly name: string;
  readonly log: Logger;
}

/**
 * A connection for commands. It neither queues while Redis is away nor sends anything twice: a write whose outcome is
 * unknown is for the caller, who knows what makes it safe to repeat. Reconnects by itself, at most a second apart.
 */
export function connectRedis(options: RedisOptions, extra: { blocking?: boolean } = {}): RedisConnection {
  const redis = new Redis(options.url, {
    connectionName: options.name,
    protocol: 2,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Subscriptions are made again by their owner, who must know when that is done.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    ...(extra.blocking ? {} : { commandTimeout: commandTimeoutMs }),
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000) * (0.5 + Math.random() / 2),
    // A replica that was a master until a moment ago: ask again for who is.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
  });
  let lastError = "";
  redis.on("error", (error: Error) => {
    if (error.message !== lastError)
      options.log.warn({ connection: options.name, reason: error.message }, "redis error");
    lastError = error.message;
  });
  redis.on("ready", () => {
    if (lastError !== "") options.log.info({ connection: options.name }, "redis is back");
    lastError = "";
  });
  return redis;
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
