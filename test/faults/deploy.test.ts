import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { deploy } from "./deploy.ts";
import { describeViolation } from "./violation.ts";

// `npm run faults -- --deploy --clients 1000` does it under as many people as one likes.

const seed = randomBytes(4).toString("hex");

test(`replacing every node under people who talk loses nothing, shows nobody as gone and keeps nobody away (seed ${seed})`, async () => {
  const { summary, violations, entries, broken, acknowledged } = await deploy({
    seed,
    people: 200,
    drainSeconds: 5,
  });
  process.stdout.write(`${summary}\n`);
  expect(violations.slice(0, 3).map((one) => describeViolation(one, entries))).toEqual([]);
  expect(broken, summary).toEqual([]);
  expect(acknowledged).toBeGreaterThan(500);
});
