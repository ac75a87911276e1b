import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { deploy } from "./deploy.ts";
import { share } from "./share.ts";
import { describeViolation } from "./violation.ts";

// `npm run faults -- --deploy 1000` does it under as many people as one likes.

const seed = randomBytes(4).toString("hex");

test(`replacing every node under people who talk loses nothing, shows nobody as gone and keeps nobody away (seed ${seed})`, async () => {
  const { summary, violations, entries, gone, awayMs, acknowledged, sent } = await deploy({
    seed,
    people: 200,
    drainSeconds: 5,
  });
  process.stdout.write(`${summary}\n`);
  expect(violations.slice(0, 3).map((one) => describeViolation(one, entries))).toEqual([]);
  expect(acknowledged).toBe(sent);
  expect(acknowledged).toBeGreaterThan(500);
  expect(gone).toEqual([]);
  expect(awayMs).toHaveLength(200);
  expect(share(awayMs, 0.99), summary).toBeLessThan(2_000);
});
