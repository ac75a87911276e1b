import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import type { Subscriber } from "../../services/platform/index.ts";
import { createDeltaFeed } from "../../services/presence/delta-feed.ts";
import type { Deltas, NumberedDelta } from "../../services/presence/redis-deltas.ts";
import { presenceTimes } from "../../services/presence/times.ts";

const delta = (seq: number, history = "h"): NumberedDelta => ({
  seq,
  before: `${history}${seq - 1}`,
  chain: `${history}${seq}`,
  count: seq,
  changes: [],
});

/** A stream and a channel in the hands of the test. */
async function following(checkDeltasEveryMs = 60_000) {
  const stream: NumberedDelta[] = [delta(1)];
  let publish = (_: string): void => undefined;
  let restored = (): void => undefined;
  let beforeAnswer = async (): Promise<void> => undefined;
  const deltas: Deltas = {
    channel: "deltas",
    head: async () => stream.at(-1) ?? { seq: 0, chain: "h0", count: 0 },
    async after({ seq, chain }) {
      const known = stream.some((entry) => entry.seq === seq && entry.chain === chain);
      const missed = stream.filter((entry) => entry.seq > seq);
      await beforeAnswer();
      return known ? { deltas: missed, more: false } : undefined;
    },
    parse: (message) => JSON.parse(message) as NumberedDelta,
  };
  const subscriber: Subscriber = {
    async subscribe(_, onMessage) {
      publish = onMessage;
    },
    unsubscribe: () => undefined,
    onRestored(listener) {
      restored = listener;
    },
    healthy: true,
    close: () => undefined,
  };
  const told: number[] = [];
  let interruptions = 0;
  const feed = createDeltaFeed({
    deltas,
    subscriber,
    times: { ...presenceTimes, checkDeltasEveryMs },
    log: pino({ level: "silent" }),
    onDelta: ({ count }) => told.push(count),
    onInterruption: () => {
      interruptions += 1;
    },
  });
  await feed.start();
  onTestFinished(() => feed.stop());
  return {
    feed,
    stream,
    told,
    interruptions: () => interruptions,
    publish: (entry: NumberedDelta) => publish(JSON.stringify(entry)),
    check: () => restored(),
    /** Runs after the stream was read and before the answer is there. */
    whileReading(run: () => Promise<void>) {
      beforeAnswer = run;
    },
  };
}

test("what was there before is not told, and what comes is told at once", async () => {
  const { feed, told, publish } = await following();
  expect(feed.count).toBe(1);
  publish(delta(2));
  publish(delta(3));
  expect(told).toEqual([2, 3]);
  expect(feed.count).toBe(3);
});

test("what comes twice, by either way, is told once", async () => {
  const { stream, told, publish, check, whileReading } = await following();
  stream.push(delta(2));
  const read = new Promise<void>((resolve) => {
    whileReading(async () => {
      publish(delta(2));
      resolve();
    });
  });
  check();
  await read;
  publish(delta(2));
  publish(delta(3));
  await expect.poll(() => told).toEqual([2, 3]);
});

test("what comes while a gap is read waits for it", async () => {
  const { stream, told, publish, whileReading } = await following();
  stream.push(delta(2), delta(3));
  whileReading(async () => publish(delta(4)));
  publish(delta(3));
  expect(told).toEqual([]);
  await expect.poll(() => told).toEqual([2, 3, 4]);
});

test("the next number behind another history is not taken for the next delta", async () => {
  const { feed, stream, told, publish, interruptions } = await following();
  stream.splice(0, 1, delta(1, "other"), delta(2, "other"));
  publish(delta(2, "other"));
  await expect.poll(interruptions).toBe(1);
  expect(told).toEqual([]);
  expect(feed.count).toBe(2);
  publish(delta(3, "other"));
  expect(told).toEqual([3]);
});

test("a stream that cannot be read is read again, and nothing is told out of order meanwhile", async () => {
  const { stream, told, publish, whileReading, check } = await following();
  whileReading(async () => {
    throw new Error("Redis is away");
  });
  stream.push(delta(2), delta(3));
  publish(delta(3));
  stream.push(delta(4));
  publish(delta(4));
  await new Promise(setImmediate);
  expect(told).toEqual([]);
  whileReading(async () => undefined);
  check();
  await expect.poll(() => told).toEqual([2, 3, 4]);
});
