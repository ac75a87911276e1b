import { describe, expect, it } from "vitest";
import { createBucketPerKey, createTokenBucket } from "../../services/limits/index.ts";

/** A bucket with a clock that a test moves. */
function bucket(perSecond: number, burst: number) {
  let nowMs = 1_000;
  const bucket = createTokenBucket(perSecond, burst, () => nowMs);
  const take = (cost?: number) => bucket.take(cost);
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

  it("takes as many as something costs, or none, and never waits for more than it can hold", () => {
    const { take, takeAll, pass } = bucket(10, 5);
    expect(take(3)).toBe(0);
    expect(take(3)).toBe(100);
    expect(takeAll()).toBe(2);
    expect(take(50)).toBe(500);
    pass(500);
    expect(take(50)).toBe(0);
    expect(take(0)).toBe(0);
  });
});

describe("a bucket for each key", () => {
  function buckets() {
    let nowMs = 1_000;
    const each = createBucketPerKey(1, 2, () => nowMs);
    return {
      each,
      pass: (ms: number) => {
        nowMs += ms;
      },
    };
  }

  it("gives each its own", () => {
    const { each } = buckets();
    expect([each.take("a"), each.take("a"), each.take("b")]).toEqual([0, 0, 0]);
    expect(each.take("a")).toBe(1_000);
    expect(each.take("b")).toBe(0);
  });

  it("forgets those that were quiet, and nothing that somebody owes", () => {
    const { each, pass } = buckets();
    for (let i = 0; i < 1_000; i++) each.take(`once ${i}`);
    pass(9_999);
    each.take("busy");
    each.take("busy");
    expect(each.size).toBe(1_001);
    pass(1);
    expect(each.take("busy")).toBeGreaterThan(0);
    expect(each.size).toBe(1);
  });
});
