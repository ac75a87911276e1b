import { expect, test } from "vitest";
import { createContinuity } from "../../services/presence/continuity.ts";

test("time that passes in small steps adds up", () => {
  const continuity = createContinuity(100);
  for (const nowMs of [1_000, 1_090, 1_150, 1_200]) continuity.saw(nowMs);
  expect(continuity.unbrokenMs).toBe(200);
  expect(continuity.seenMs).toBe(1_200);
});

test("the start is a break", () => {
  const continuity = createContinuity(100);
  expect(continuity.unbrokenMs).toBe(0);
  continuity.saw(5_000);
  expect(continuity.unbrokenMs).toBe(0);
});

test.each([
  ["forwards", 1_301],
  ["back", 900],
])("a jump %s is a break", (_, toMs) => {
  const continuity = createContinuity(100);
  for (const nowMs of [1_000, 1_100, 1_200]) continuity.saw(nowMs);
  continuity.saw(toMs);
  expect(continuity.unbrokenMs).toBe(0);
  continuity.saw(toMs + 50);
  expect(continuity.unbrokenMs).toBe(50);
});

test("a lost connection is a break, however short", () => {
  const continuity = createContinuity(100);
  for (const nowMs of [1_000, 1_100]) continuity.saw(nowMs);
  continuity.broke();
  expect(continuity.unbrokenMs).toBe(0);
  continuity.saw(1_110);
  continuity.saw(1_130);
  expect(continuity.unbrokenMs).toBe(20);
});
