/** Lets a few pieces of work go on at once; the others wait, first come, first served. */
export interface Turns {
  /** Resolves or rejects as the work does, once it was its turn. */
  take<T>(work: () => Promise<T>): Promise<T>;
  /** For how long the first in line has been waiting, in milliseconds. */
  readonly waitMs: number;
  /** How many wait. */
  readonly waiting: number;
}

/** @param atOnce how many go on at a time; one that changes counts whenever another one could begin */
export function createTurns(atOnce: number | (() => number)): Turns {
  const limit = typeof atOnce === "number" ? () => atOnce : atOnce;
  let underWay = 0;
  const waiting: { begin: () => void; sinceMs: number }[] = [];

  function letIn(): void {
    while (underWay < limit()) {
      const next = waiting.shift();
      if (!next) return;
      underWay += 1;
      next.begin();
    }
  }

  return {
    async take(work) {
      await new Promise<void>((begin) => {
        waiting.push({ begin, sinceMs: performance.now() });
        letIn();
      });
      try {
        return await work();
      } finally {
        underWay -= 1;
        letIn();
      }
    },
    get waiting() {
      return waiting.length;
    },
    get waitMs() {
      const [first] = waiting;
      return first === undefined ? 0 : performance.now() - first.sinceMs;
    },
  };
}
