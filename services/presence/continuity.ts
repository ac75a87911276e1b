/**
 * Whether Redis and this process have been watching without a break. After one, a deadline that has passed proves
 * nothing: those who would have moved it may have been unable to.
 */
export interface Continuity {
  /** What Redis time was in a reply just now, in ms. */
  saw(nowMs: number): void;
  /** The connection was lost: whatever comes next comes after a break. */
  broke(): void;
  /** For how long there has been no break, in ms of Redis time. */
  readonly unbrokenMs: number;
  /** The latest Redis time seen; 0: none yet. */
  readonly seenMs: number;
}

/** @param maxSilenceMs a jump of Redis time by more than this, forwards or back, is a break */
export function createContinuity(maxSilenceMs: number): Continuity {
  let seenMs = 0;
  let sinceMs = 0;
  let broken = true;
  return {
    saw(nowMs) {
      if (broken || Math.abs(nowMs - seenMs) > maxSilenceMs) sinceMs = nowMs;
      broken = false;
      seenMs = nowMs;
    },
    broke() {
      broken = true;
    },
    get unbrokenMs() {
      return broken ? 0 : seenMs - sinceMs;
    },
    get seenMs() {
      return seenMs;
    },
  };
}
