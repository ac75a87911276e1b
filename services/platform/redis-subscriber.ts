import { connectRedis, type RedisConnection, type RedisOptions } from "./redis-connection.ts";

/** Sharded pub/sub of one process: channels to handlers, kept through reconnects, and noticed when it goes deaf. */
export interface Subscriber {
  /** Resolves when Redis has confirmed. One handler a channel: the owner of a channel is one place. */
  subscribe(channel: string, onMessage: (message: string) => void): Promise<void>;
  unsubscribe(channel: string): void;
  /** Told after each interruption, once every channel is subscribed again: what came in between is lost. */
  onRestored(listener: () => void): void;
  readonly healthy: boolean;
  close(): void;
}

const beatEveryMs = 1_500;
const deafAfterMs = 5_000;
/** Channels a command, so that ten thousand subscriptions are not one giant command. */
const chunk = 256;

/**
 * @param publish a connection that can publish; the subscriber hears its own heartbeat through it, because a connection
 *   that is alive as TCP may still deliver nothing
 * @param beatChannel a channel that only this process uses
 */
export function createSubscriber(
  options: RedisOptions & { publish: RedisConnection; beatChannel: string },
): Subscriber {
  const { log, publish, beatChannel } = options;
  const redis = connectRedis(options);
  const handlers = new Map<string, (message: string) => void>();
  const restoredListeners: (() => void)[] = [];
  let confirmed = false;
  let closed = false;
  let lastHeardMs = performance.now();

  handlers.set(beatChannel, () => {});
  redis.on("smessage", (channel: string, message: string) => {
    lastHeardMs = performance.now();
    handlers.get(channel)?.(message);
  });
  redis.on("close", () => {
    confirmed = false;
  });
  redis.on("ready", () => void restore());

  async function restore(): Promise<void> {
    lastHeardMs = performance.now();
    const channels = [...handlers.keys()];
    try {
      for (let start = 0; start < channels.length; start += chunk) {
        await redis.ssubscribe(...channels.slice(start, start + chunk));
      }
    } catch (error) {
      log.warn({ reason: (error as Error).message }, "subscribing again failed");
      reconnect();
      return;
    }
    confirmed = true;
    for (const listener of restoredListeners) listener();
  }

  function reconnect(): void {
    confirmed = false;
    if (!closed) redis.disconnect(true);
  }

  const heartbeat = setInterval(() => {
    if (performance.now() - lastHeardMs > deafAfterMs && redis.status === "ready") {
      log.warn(
        { silentMs: Math.round(performance.now() - lastHeardMs) },
        "subscription is deaf, connecting again",
      );
      lastHeardMs = performance.now();
      reconnect();
    }
    // Without Redis there is nothing to hear; only a heartbeat that was published proves deafness.
    publish.spublish(beatChannel, "beat").catch(() => {
      lastHeardMs = performance.now();
    });
  }, beatEveryMs);

  return {
    async subscribe(channel, onMessage) {
      handlers.set(channel, onMessage);
      try {
        await redis.ssubscribe(channel);
      } catch (error) {
        handlers.delete(channel);
        throw error;
      }
    },
    unsubscribe(channel) {
      handlers.delete(channel);
      // A refusal means that the connection is gone, and with it the subscription.
      redis.sunsubscribe(channel).catch(() => {});
    },
    onRestored(listener) {
      restoredListeners.push(listener);
    },
    get healthy() {
      return confirmed && redis.status === "ready";
    },
    close() {
      closed = true;
      clearInterval(heartbeat);
      redis.disconnect();
    },
  };
}
