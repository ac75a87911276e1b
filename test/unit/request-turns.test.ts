import { expect, test } from "vitest";
import { createTurns } from "../../services/chat/requests/turns.ts";
import { eventually } from "../support/wait.ts";

/** Work that a test ends by hand. */
function pieces(count: number) {
  const started: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const work = Array.from({ length: count }, (_, i) => () => {
    started.push(i);
    return new Promise<number>((resolve, reject) => {
      ends[i] = (error) => (error ? reject(error) : resolve(i));
    });
  });
  return { started, ends, work };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("two go on at once, the next ones as they came, whether or not those before succeed", async () => {
  const { started, ends, work } = pieces(5);
  const turns = createTurns(2);
  const outcomes = work.map((one) => turns.take(one).catch((error: Error) => error.message));
  await settled();
  expect(started).toEqual([0, 1]);
  ends[1]?.(new Error("refused"));
  await settled();
  expect(started).toEqual([0, 1, 2]);
  ends[0]?.();
  ends[2]?.();
  await settled();
  expect(started).toEqual([0, 1, 2, 3, 4]);
  ends[3]?.();
  ends[4]?.();
  expect(await Promise.all(outcomes)).toEqual([0, "refused", 2, 3, 4]);
  const again = pieces(1);
  const last = turns.take(again.work[0] as () => Promise<number>);
  await settled();
  again.ends[0]?.();
  expect(await last).toBe(0);
});

test("a limit that changes counts for those who wait, of whom the first says how long it has been", async () => {
  const { started, ends, work } = pieces(3);
  let limit = 1;
  const turns = createTurns(() => limit);
  expect(turns.waitMs).toBe(0);
  const outcomes = work.map((one) => turns.take(one));
  await settled();
  expect(started).toEqual([0]);
  await eventually(() => turns.waitMs > 2);
  limit = 2;
  ends[0]?.();
  await settled();
  expect(started).toEqual([0, 1, 2]);
  expect(turns.waitMs).toBe(0);
  ends[1]?.();
  ends[2]?.();
  expect(await Promise.all(outcomes)).toEqual([0, 1, 2]);
});
