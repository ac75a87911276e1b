import { expect, test } from "vitest";
import { herd } from "./herd.ts";

// `npm run faults -- --herd --clients 4000` does it to as many connections as one likes.

const connections = 1_000;

test("a balancer that restarts under a thousand connections has all of them back within 30 s, one after the other", async () => {
  const { summary, backMs, broken } = await herd({ connections });
  process.stdout.write(`${summary}\n`);
  expect(broken, summary).toEqual([]);
  expect(backMs).toHaveLength(connections);
});
