import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createGathering } from "../../services/platform/gathering.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const groups: number[][] = [];
  return {
    groups,
    add: createGathering<number>({ groupEveryMs: 10, atMost: 100 }, (gathered) => groups.push(gathered)),
  };
}

describe("gathering", () => {
  it("lets what comes in one turn of the event loop go together, without a wait", async () => {
    const { groups, add } = start();
    add(1);
    add(2);
    expect(groups).toEqual([]);
    await vi.advanceTimersByTimeAsync(0);
    expect(groups).toEqual([[1, 2]]);
    add(3);
    await vi.advanceTimersByTimeAsync(0);
    expect(groups).toEqual([[1, 2], [3]]);
  });

  it("makes groups of ten milliseconds when a thousand a second come, in order and each once", async () => {
    const { groups, add } = start();
    for (let i = 0; i < 500; i++) {
      add(i);
      await vi.advanceTimersByTimeAsync(1);
    }
    await vi.advanceTimersByTimeAsync(10);
    expect(groups.flat()).toEqual(Array.from({ length: 500 }, (_, i) => i));
    for (const group of groups.slice(-20, -1)) expect(group.length).toBeGreaterThanOrEqual(9);
  });

  it("lets a full group go at once, however long the turn of the event loop goes on", async () => {
    const { groups, add } = start();
    for (let i = 0; i < 250; i++) add(i);
    expect(groups.map((group) => group.length)).toEqual([100, 100]);
    await vi.advanceTimersByTimeAsync(10);
    expect(groups.map((group) => group.length)).toEqual([100, 100, 50]);
    expect(groups.flat()).toEqual(Array.from({ length: 250 }, (_, i) => i));
  });

  it("does not wait any more when it has become quiet", async () => {
    const { groups, add } = start();
    for (let i = 0; i < 100; i++) add(i);
    await vi.advanceTimersByTimeAsync(500);
    add(100);
    await vi.advanceTimersByTimeAsync(0);
    expect(groups.at(-1)).toEqual([100]);
  });
});
