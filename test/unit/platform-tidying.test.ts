import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createTidying, type Tidying } from "../../services/platform/index.ts";

let tidying: Tidying;
/** Whether V8 prefers memory over speed. */
let tidies: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  tidies = false;
  tidying = createTidying((flags) => {
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
