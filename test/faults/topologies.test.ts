import { randomBytes } from "node:crypto";
import { afterEach, expect, test } from "vitest";
import { stopEverything } from "../support/started.ts";
import type { FaultKind, Topology } from "./faults.ts";
import { run, startTarget } from "./run.ts";
import { describeViolation } from "./violation.ts";

// Each needs a Redis of its own, and a machine that is not busy with the one before.
afterEach(stopEverything);

const fresh = randomBytes(4).toString("hex");

test.each<{ topology: Topology; faults: FaultKind[] }>([
  { topology: "everysec", faults: ["redis-loses-second"] },
  { topology: "sentinel", faults: ["redis-failover"] },
  { topology: "cluster", faults: ["redis-failover", "redis-slot-moves"] },
])(
  `Redis as $topology: what it loses is told, and comes back, under $faults with seed ${fresh}`,
  async ({ topology, faults }) => {
    const target = await startTarget(2, topology);
    const { summary, violations, entries, ...result } = await run(target, {
      seed: fresh,
      faults,
      people: 6,
      terminals: 2,
    });
    process.stdout.write(`${topology}: ${summary}\n`);
    expect(result.acknowledged).toBeGreaterThan(40);
    expect(
      violations,
      [summary, ...violations.slice(0, 3).map((one) => describeViolation(one, entries))].join("\n"),
    ).toEqual([]);
  },
);
