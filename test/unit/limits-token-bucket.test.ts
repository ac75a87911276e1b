import { describe, expect, it } from "vitest";
import { createTokenBucket } from "../../services/limits/index.ts";

/** A bucket with a clock that a test moves. */
function bucket(perSecond: number, burst: number) {
  let nowMs = 1_000;
  const { take } = createTokenBucket(perSecond, burst, () => nowMs);
  return {
    take,
    pass: (ms: number) => {
      nowMs += ms;
    },
    takeAll(most = 1_000) {
      let taken = 0;
      while (taken < most && take() === 0) taken += 1;
      return taken;
    },
  };
}

describe("a token bucket", () => {
  it("lets a burst through, then the rate", () => {
    const { take, pass, takeAll } = bucket(10, 5);
    expect(takeAll()).toBe(5);
    expect(take()).toBe(100);
    pass(99);
    expect(take()).toBeGreaterThan(0);
    pass(1);
    expect(take()).toBe(0);
    pass(250);
    expect(takeAll()).toBe(2);
  });

  it("says after how long one may be taken, and then one may", () => {
    const { take, pass, takeAll } = bucket(3, 1);
    takeAll();
    const waitMs = take();
    expect(waitMs).toBe(334);
    pass(waitMs);
    expect(take()).toBe(0);
  });

  it("charges nothing for what it refuses", () => {
    const { take, pass, takeAll } = bucket(1, 1);
    takeAll();
    for (let i = 0; i < 100; i++) take();
    pass(1_000);
    expect(take()).toBe(0);
  });

  it("saves up no more than a burst", () => {
    const { pass, takeAll } = bucket(10, 5);
    takeAll();
    pass(3_600_000);
    expect(takeAll()).toBe(5);
  });

  it("gives nothing when the clock stands still", () => {
    const { pass, takeAll } = bucket(1_000, 2);
    expect(takeAll()).toBe(2);
    pass(0);
    expect(takeAll()).toBe(0);
  });

  it("is off when rate or burst is 0", () => {
    expect(bucket(0, 5).takeAll()).toBe(1_000);
    expect(bucket(5, 0).takeAll()).toBe(1_000);
  });
});
