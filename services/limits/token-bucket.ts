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
  return new Bucket(perSecond, burst, nowMs);
}

/** A class, because every connection has one: methods are shared, and each costs its fields alone. */
class Bucket implements TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, burst: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#nowMs = nowMs;
    this.#tokens = burst;
    this.#atMs = nowMs();
  }

  take(cost = 1): number {
    if (this.#perSecond === 0 || this.#burst === 0) return 0;
    this.#refill();
    const wanted = Math.min(cost, this.#burst);
    if (this.#tokens >= wanted) {
      this.#tokens -= wanted;
      return 0;
    }
    return Math.ceil(((wanted - this.#tokens) / this.#perSecond) * 1_000);
  }

  get full(): boolean {
    this.#refill();
    return this.#tokens >= this.#burst;
  }

  #refill(): void {
    const now = this.#nowMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + ((now - this.#atMs) / 1_000) * this.#perSecond);
    this.#atMs = now;
  }
}
