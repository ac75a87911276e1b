import { randomBytes } from "node:crypto";
import { beforeAll, expect, test } from "vitest";
import { check } from "./checker.ts";
import type { Target } from "./faults.ts";
import { type RunOptions, type RunResult, run, startTarget } from "./run.ts";
import { spoiled } from "./spoiled.ts";
import { describeViolation } from "./violation.ts";

// A bounded selection. `npm run faults` runs all of it for as long as one likes.

let target: Target;

beforeAll(async () => {
  target = await startTarget(3);
});

const fresh = randomBytes(4).toString("hex");

/** What a failing run prints: the seed, the smallest excerpt that shows the fault, and the faults around it. */
function report({ summary, violations, entries }: RunResult): string {
  return [summary, ...violations.slice(0, 3).map((one) => describeViolation(one, entries))].join("\n");
}

test.each<RunOptions>([
  { seed: "nodes", faults: ["node-kill", "node-freeze", "presence-kill", "balancer-restart"] },
  { seed: "redis", faults: ["redis-kill", "lost-publications", "redis-full"] },
  {
    seed: fresh,
    faults: ["node-kill", "rolling-restart", "node-without-redis", "subscriber-deaf"],
    vanish: true,
  },
])("every promise is kept with seed $seed under $faults", async (options) => {
  const result = await run(target, { ...options, actMs: 1, people: 6, terminals: 2 });
  process.stdout.write(`${result.summary}\n`);
  const { sent, acknowledged } = result;
  // A run in which hardly anything happened would prove nothing.
  expect(sent).toBeGreaterThan(50);
  expect(acknowledged).toBeGreaterThan(40);
  expect(result.violations, report(result)).toEqual([]);
  // The checker is no friend of the product: it would have found out any of them in this very record.
  for (const { what, kind, entries } of spoiled(result.entries)) {
    const found = check(entries).find((violation) => violation.kind === kind);
    expect(found, what).toBeDefined();
    // The smallest excerpt that shows it, of thousands of entries.
    expect(found?.excerpt.length, what).toBeLessThan(10);
  }
});
