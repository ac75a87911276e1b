import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTidying, type Tidying } from "../../services/platform/index.ts";

let tidying: Tidying;
/** Whether V8 prefers memory over speed. */
let tidies: boolean;
/** How long after a collection V8 looks whether there is more to collect; undefined: as it likes. */
let looksAfterMs: number | undefined;

beforeEach(() => {
  vi.useFakeTimers();
  tidies = false;
  looksAfterMs = undefined;
  tidying = createTidying((flags) => {
    const [, delay] = /^--gc-memory-reducer-start-delay-ms=(\d+)$/.exec(flags) ?? [];
    if (delay !== undefined) looksAfterMs = Number(delay);
    if (flags.includes("optimize-for-size")) tidies = !flags.startsWith("--no-");
  });
});

afterEach(() => {
  tidying.stop();
  vi.useRealTimers();
});

function come(count: number): void {
  for (let i = 0; i < count; i++) tidying.came();
}

test("after many have come it is tidied up once it is quiet, once", () => {
  come(1_000);
  vi.advanceTimersByTime(3_500);
  expect(tidies).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(tidies).toBe(true);
  vi.advanceTimersByTime(15_000);
  expect(tidies).toBe(false);
  vi.advanceTimersByTime(600_000);
  expect(tidies).toBe(false);
});

test("from many comings until it is tidied up V8 looks sooner for what they leave", () => {
  come(499);
  expect(looksAfterMs).toBeUndefined();
  come(1);
  expect(looksAfterMs).toBe(1_000);
  vi.advanceTimersByTime(13_000);
  expect(looksAfterMs).toBe(1_000);
  vi.advanceTimersByTime(2_000);
  expect(looksAfterMs).toBe(8_000);
});

test("it is not tidied up while people talk, nor before many have come again", () => {
  come(1_000);
  for (let seconds = 0; seconds < 60; seconds++) {
    tidying.served();
    vi.advanceTimersByTime(1_000);
    expect(tidies).toBe(false);
  }
  vi.advanceTimersByTime(4_000);
  expect(tidies).toBe(true);
  tidying.served();
  expect(tidies).toBe(false);
  come(100);
  vi.advanceTimersByTime(60_000);
  expect(tidies).toBe(false);
  come(400);
  vi.advanceTimersByTime(4_500);
  expect(tidies).toBe(true);
  come(1);
  expect(tidies).toBe(false);
});
