import { createTokenBucket, type TokenBucket } from "./token-bucket.ts";

/** A rate limit for each of many, such as addresses. Those that have been quiet for long enough take no memory. */
export interface BucketPerKey {
  /** 0 when one was taken, else the ms until one may be. */
  take(key: string): number;
  readonly size: number;
}

const sweepEveryMs = 10_000;

/** The arguments are those of a single bucket. */
export function createBucketPerKey(perSecond: number, burst: number, nowMs: () => number): BucketPerKey {
  const buckets = new Map<string, TokenBucket>();
  let sweptMs = nowMs();

  function sweep(): void {
    if (nowMs() - sweptMs < sweepEveryMs) return;
    sweptMs = nowMs();
    for (const [key, bucket] of buckets) if (bucket.full) buckets.delete(key);
  }

  return {
    take(key) {
      if (perSecond === 0 || burst === 0) return 0;
      sweep();
      const bucket = buckets.get(key) ?? createTokenBucket(perSecond, burst, nowMs);
      buckets.set(key, bucket);
      return bucket.take();
    },
    get size() {
      return buckets.size;
    },
  };
}
