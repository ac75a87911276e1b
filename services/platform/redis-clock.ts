import { performance } from "node:perf_hooks";
import { RequestError } from "../protocol/index.ts";
import { outcomeUnknownForMs, type RedisConnection } from "./redis-connection.ts";

/** Time as Redis tells it: the only clock that deadlines, leases, tokens and limits go by. */
export interface RedisClock {
  /**
   * Redis time in milliseconds since 1970, never ahead of Redis' own: it may lag by the time that the last sample
   * took to arrive. A node whose own clock is an hour off is right all the same.
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
      const [seconds, microseconds] = await redis.time();
      // Redis read its clock before the reply arrived, so this errs towards the past: a deadline comes early, never late.
      offsetMs = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000) - performance.now();
    },
  };
}
