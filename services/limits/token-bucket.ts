/** A rate limit of one connection, kept where the connection is. */
export interface TokenBucket {
  /** 0 when as many as it costs (1 unless told, never more than the burst) were taken, else the ms until they may be. */
  take(cost?: number): number;
  /** Whether nothing is missing: it is as good as a new one. */
  readonly full: boolean;
}

/**
 * @param perSecond on average; 0: no limit
 * @param burst how many at once; 0: no limit
 * @param nowMs a clock that only goes forward
 */
export function createTokenBucket(perSecond: number, burst: number, nowMs: () => number): TokenBucket {
  let tokens = burst;
  let atMs = nowMs();
  function refill(): void {
    const now = nowMs();
    tokens = Math.min(burst, tokens + ((now - atMs) / 1_000) * perSecond);
    atMs = now;
  }
  return {
    take(cost = 1) {
      if (perSecond === 0 || burst === 0) return 0;
      refill();
      const wanted = Math.min(cost, burst);
      if (tokens >= wanted) {
        tokens -= wanted;
        return 0;
      }
      return Math.ceil(((wanted - tokens) / perSecond) * 1_000);
    },
    get full() {
      refill();
      return tokens >= burst;
    },
  };
}
