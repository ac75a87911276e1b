import { parseRedisAddress } from "./redis-address.ts";
import { createClusterSubscriber } from "./redis-cluster-subscriber.ts";
import { connectServer, type RedisConnection, type RedisOptions } from "./redis-connection.ts";
import { createServerSubscriber } from "./redis-server-subscriber.ts";

/** Sharded pub/sub of one process: channels to handlers, kept through reconnects, and noticed when it goes deaf. */
export interface Subscriber {
  /**
   * Resolves when Redis has confirmed; rejects with `RequestError` `unavailable` when it is away. One handler a channel: the
   * owner of a channel is one place.
   */
  subscribe(channel: string, onMessage: (message: string) => void): Promise<void>;
  unsubscribe(channel: string): void;
  /** Told after each interruption, once every channel is subscribed again: what came in between is lost. */
  onRestored(listener: () => void): void;
  readonly healthy: boolean;
  close(): void;
}

/**
 * @param options.publish a connection that can publish; a subscriber hears its own heartbeat through it, because a
 *   connection that is alive as TCP may still deliver nothing
 * @param options.beatChannel a channel that only this process uses
 * @throws Error when the address has none of the forms of `REDIS_URL`
 */
export function createSubscriber(
  options: RedisOptions & { publish: RedisConnection; beatChannel: string },
): Subscriber {
  const address = parseRedisAddress(options.url);
  if (!address) throw new Error("the address of Redis has none of the forms of REDIS_URL");
  if (address.mode === "cluster") return createClusterSubscriber({ ...options, address });
  return createServerSubscriber({
    redis: connectServer(options, address),
    log: options.log,
    beatChannel: options.beatChannel,
    publish: () => options.publish.spublish(options.beatChannel, "beat"),
  });
}
