import type { Percentiles } from "../load/messages.ts";
import { percentile } from "./statistics.ts";

/** Times in milliseconds, kept one by one: percentiles are exact, and nothing is averaged away. */
export interface Samples {
  add(ms: number): void;
  percentiles(): Percentiles;
}

export function createSamples(): Samples {
  let values = new Float64Array(1 << 16);
  let count = 0;
  return {
    add(ms) {
      if (count === values.length) {
        const larger = new Float64Array(values.length * 2);
        larger.set(values);
        values = larger;
      }
      values[count++] = ms;
    },
    percentiles() {
      const sorted = values.slice(0, count).sort();
      return {
        samples: count,
        p50: percentile(sorted, 0.5),
        p95: percentile(sorted, 0.95),
        p99: percentile(sorted, 0.99),
        max: sorted.at(-1) ?? Number.NaN,
      };
    },
  };
}
