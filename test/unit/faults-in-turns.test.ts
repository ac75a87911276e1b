import { describe, expect, it } from "vitest";
import { inTurns, sideBySide } from "../faults/in-turns.ts";

describe("what is done side by side", () => {
  it("is over when its error is told: the others have come to an end", async () => {
    const done: string[] = [];
    let resolve = () => {};
    const until = new Promise<void>((done) => {
      resolve = done;
    });
    const all = sideBySide([
      async (goOn) => {
        await until;
        done.push(goOn() ? "goes on" : "stops");
      },
      async () => {
        throw new Error("a lane broke");
      },
    ]);
    queueMicrotask(() => queueMicrotask(resolve));
    await expect(all).rejects.toThrow("a lane broke");
    expect(done).toEqual(["stops"]);
  });

  it("begins nothing more after an error", async () => {
    const begun: number[] = [];
    const work = async (i: number) => {
      begun.push(i);
      await Promise.resolve();
      if (i === 3) throw new Error("the third");
    };
    await expect(inTurns(100, 2, work)).rejects.toThrow("the third");
    expect(begun.length).toBeLessThan(7);
    begun.length = 0;
    await inTurns(3, 2, work);
    expect(begun).toEqual([0, 1, 2]);
  });
});
