import { expect, test } from "vitest";
import { herd } from "./herd.ts";
import { share } from "./share.ts";

// `npm run faults -- --herd 4000` does it to as many connections as one likes.

const connections = 1_000;

test("a balancer that restarts under a thousand connections has all of them back within 30 s, one after the other", async () => {
  const { summary, backMs, attemptsMs, servedMs, listed, cutAgain } = await herd({ connections });
  process.stdout.write(`${summary}\n`);
  expect(backMs).toHaveLength(connections);
  expect(backMs.at(-1), summary).toBeLessThan(30_000);
  expect(listed).toBe(connections);
  // Coming back all together did not make the balancer take a node for dead.
  expect(cutAgain, summary).toBe(0);
  // Spread out: the first attempts over half a second, later ones over more.
  expect(share(attemptsMs, 0.9) - share(attemptsMs, 0.1), summary).toBeGreaterThan(300);
  // Nodes serve those who are there meanwhile.
  expect(share(servedMs, 0.99), summary).toBeLessThan(2_000);
});
