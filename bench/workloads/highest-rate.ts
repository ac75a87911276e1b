import { setTimeout as pause } from "node:timers/promises";
import type { LoadResult } from "../load/messages.ts";
import { generatorWasBusy } from "./measuring.ts";

interface Trial extends LoadResult {
  /** Delivered in the window as a share of what was offered in it. */
  readonly share: number;
}

const trialsAtMost = 16;
/** A rate that does not go is tried again, because other work on the machine may have been what it failed for. */
const attempts = 2;
/** Nobody knows where the limit is: large steps, and then the middle. */
const blind = { growBy: 1.5, refinements: 2 };
/** It was found before: small steps from a little below it. */
const informed = { growBy: 1.15, refinements: 0, startAt: 0.85 };
/** What is on its way when the window opens and closes makes up for each other, but not exactly. */
const deliveredAtLeast = 0.97;

/**
 * The highest rate that a system carries: more and more until it does not go, then the middle between the last that went
 * and the first that did not.
 *
 * @param options.found where the limit was the last time, if it was looked for before
 * @returns the best trial that went, and whether one failed with the generator at its own limit
 */
export async function highestRate<T extends Trial>(options: {
  start: number;
  found: number | undefined;
  latencyAtMostMs: number;
  try: (rate: number) => Promise<T>;
  /** After a trial that did not go: makes things as they were. */
  recover: (failed: T) => Promise<void>;
}): Promise<{ rate: number; best: T | undefined; generatorBusy: boolean }> {
  const { growBy, refinements } = options.found === undefined ? blind : informed;
  const start = options.found === undefined ? options.start : Math.round(options.found * informed.startAt);
  let best: T | undefined;
  let went = 0;
  let tooMuch = Number.POSITIVE_INFINITY;
  let generatorBusy = false;

  async function trial(rate: number, attempt = 1): Promise<void> {
    const result = await options.try(rate);
    const goes =
      result.latencyMs.p99 <= options.latencyAtMostMs &&
      result.share >= deliveredAtLeast &&
      result.missing === 0 &&
      result.failedSends === 0 &&
      result.closed === 0;
    if (goes) {
      went = rate;
      best = result;
      return;
    }
    // What is queued is worked off first.
    await pause(1_000);
    await options.recover(result);
    if (attempt < attempts) return trial(rate, attempt + 1);
    tooMuch = rate;
    generatorBusy ||= generatorWasBusy(result);
  }

  let trials = 0;
  for (
    let rate = Math.max(1, start);
    trials < trialsAtMost && tooMuch === Number.POSITIVE_INFINITY;
    trials++
  ) {
    await trial(rate);
    rate = Math.ceil(rate * growBy);
  }
  // The start itself may have been too much: then the limit is as unknown between there and half of it as it was at first.
  const halved = went === 0;
  for (; went === 0 && tooMuch > 1 && trials < trialsAtMost; trials++) await trial(Math.floor(tooMuch / 2));
  const steps = halved ? blind.refinements : refinements;
  for (let i = 0; i < steps && went > 0 && tooMuch > went + 1; i++) {
    await trial(Math.round(Math.sqrt(went * tooMuch)));
  }
  return { rate: went, best, generatorBusy };
}
