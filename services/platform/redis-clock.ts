import { performance } from "node:perf_hooks";
import { RequestError } from "../protocol/index.ts";
import { outcomeUnknownForMs, type RedisConnection } from "./redis-connection.ts";

/** Time as Redis tells it: the only clock that deadlines, leases, tokens and limits go by. */
export interface RedisClock {
  /**
   * Redis time in milliseconds since 1970. It lags by the time that the quickest sample so far took to arrive, and is not
   * ahead of Redis' own by more than the latest one took. A node whose own clock is an hour off is right all the same.
   *
   * @throws RequestError `unavailable`: there was no sample yet, and the machine's own clock is not asked
   */
  nowMs(): number;
  /** Compares with Redis once; rejects when Redis is away. Called with each heartbeat. */
  sample(): Promise<void>;
}

export function createRedisClock(redis: RedisConnection): RedisClock {
  let offsetMs: number | undefined;
  return {
    nowMs() {
      if (offsetMs === undefined) {
        throw new RequestError("unavailable", "the message store has not told the time yet", {
          retryAfterMs: outcomeUnknownForMs,
        });
      }
      return Math.floor(performance.now() + offsetMs);
    },
    async sample() {
      const askedMs = performance.now();
      const [seconds, microseconds] = await redis.time();
      const redisMs = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
      // Redis read its clock after it was asked and before the answer was here. An answer that waited for a busy node is
      // no news, unless what was known cannot be: Redis' clock was set, or it is another Redis.
      const leastMs = redisMs - performance.now();
      const mostMs = redisMs + 1 - askedMs;
      if (offsetMs === undefined || offsetMs < leastMs || offsetMs > mostMs) offsetMs = leastMs;
    },
  };
}
