/** A rate limit of one connection, kept where the connection is. */
export interface TokenBucket {
  /** 0 when one was taken, else the ms until one may be. */
  take(): number;
}

/**
 * @param perSecond on average; 0: no limit
 * @param burst how many at once; 0: no limit
 * @param nowMs a clock that only goes forward
 */
export function createTokenBucket(perSecond: number, burst: number, nowMs: () => number): TokenBucket {
  let tokens = burst;
  let atMs = nowMs();
  return {
    take() {
      if (perSecond === 0 || burst === 0) return 0;
      const now = nowMs();
      tokens = Math.min(burst, tokens + ((now - atMs) / 1_000) * perSecond);
      atMs = now;
      if (tokens >= 1) {
        tokens -= 1;
        return 0;
      }
      return Math.ceil(((1 - tokens) / perSecond) * 1_000);
    },
  };
}
