import { expect, test } from "vitest";
import { createRounds } from "../../services/platform/index.ts";

const turns = 4;
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

test("each comes once a round, in groups of about the same size, although all came in one moment", () => {
  const rounds = createRounds<number>(turns);
  for (const one of numbers(10)) rounds.add(one);
  expect(rounds.size).toBe(10);
  const groups = numbers(turns).map(() => [...rounds.next()]);
  expect(groups.flat().toSorted((a, b) => a - b)).toEqual(numbers(10));
  expect(groups.map((group) => group.length).toSorted()).toEqual([2, 2, 3, 3]);
  expect(numbers(turns).map(() => [...rounds.next()])).toEqual(groups);
});

test("who is added between two turns has the first one within a round, and then one every round", () => {
  const rounds = createRounds<string>(turns);
  for (const one of numbers(20)) {
    rounds.next();
    rounds.add(`came after turn ${one}`);
    const seen = numbers(turns).filter(() => rounds.next().has(`came after turn ${one}`));
    expect(seen).toHaveLength(1);
  }
});

test("who is gone comes no more, and all who are there can be gone through", () => {
  const rounds = createRounds<number>(turns);
  for (const one of numbers(9)) rounds.add(one);
  for (const one of numbers(9).filter((one) => one % 2 === 0)) rounds.delete(one);
  rounds.delete(77);
  expect(rounds.size).toBe(4);
  expect([...rounds].toSorted()).toEqual([1, 3, 5, 7]);
  expect(
    numbers(turns)
      .flatMap(() => [...rounds.next()])
      .toSorted(),
  ).toEqual([1, 3, 5, 7]);
});
