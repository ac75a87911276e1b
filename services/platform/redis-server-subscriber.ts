import type { Redis } from "ioredis";
import { createGathering } from "./gathering.ts";
import type { Logger } from "./logger.ts";
import { asRequestError } from "./redis-connection.ts";
import type { Subscriber } from "./redis-subscriber.ts";

const beatEveryMs = 1_500;
const deafAfterMs = 5_000;
/** Channels a command, so that ten thousand subscriptions are not one giant command. */
const chunk = 256;
/** When many come at once, their channels wait so long for each other. */
const groupEveryMs = 10;

/** A subscriber to one server: the only one there is, the master that sentinels name, or one master of a cluster. */
export function createServerSubscriber(options: {
  /** A connection that nobody else uses. */
  redis: Redis;
  log: Logger;
  beatChannel: string;
  /** Publishes on the heartbeat's channel. */
  publish: () => Promise<unknown>;
}): Subscriber {
  const { redis, log, beatChannel } = options;
  const handlers = new Map<string, (message: string) => void>([[beatChannel, () => {}]]);
  const restoredListeners: (() => void)[] = [];
  let confirmed = false;
  let closed = false;
  let lastHeardMs = performance.now();

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
        await subscribe(channels.slice(start, start + chunk));
      }
    } catch (error) {
      log.warn({ reason: (error as Error).message }, "subscribing again failed");
      reconnect();
      return;
    }
    confirmed = true;
    for (const listener of restoredListeners) listener();
  }

  /** In a cluster, channels of one command must share a slot; theirs rarely do. */
  async function subscribe(channels: readonly string[]): Promise<void> {
    try {
      await redis.ssubscribe(...channels);
    } catch (error) {
      if (!(error as Error).message.startsWith("CROSSSLOT")) throw error;
      await Promise.all(channels.map((channel) => redis.ssubscribe(channel)));
    }
  }

  const join = createGathering<{ channel: string; resolve(): void; reject(error: unknown): void }>(
    { groupEveryMs, atMost: chunk },
    (joining) => {
      subscribe(joining.map(({ channel }) => channel)).then(
        () => {
          for (const { resolve } of joining) resolve();
        },
        (error: unknown) => {
          for (const { reject } of joining) reject(error);
        },
      );
    },
  );

  function reconnect(): void {
    confirmed = false;
    if (!closed) redis.disconnect(true);
  }

  const heartbeat = setInterval(() => {
    if (performance.now() - lastHeardMs > deafAfterMs && redis.status === "ready") {
      const silentMs = Math.round(performance.now() - lastHeardMs);
      log.warn({ silentMs }, "subscription is deaf, connecting again");
      lastHeardMs = performance.now();
      reconnect();
    }
    // Without Redis there is nothing to hear; only a heartbeat that was published proves deafness.
    options.publish().catch(() => {
      lastHeardMs = performance.now();
    });
  }, beatEveryMs);

  return {
    async subscribe(channel, onMessage) {
      handlers.set(channel, onMessage);
      await new Promise<void>((resolve, reject) => join({ channel, resolve, reject })).catch(
        (error: unknown) => {
          handlers.delete(channel);
          throw asRequestError(error);
        },
      );
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
