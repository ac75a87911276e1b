/** Lets a few pieces of work go on at once; the others wait, first come, first served. */
export interface Turns {
  /** Resolves or rejects as the work does, once it was its turn. */
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** @param atOnce how many go on at a time */
export function createTurns(atOnce: number): Turns {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  return {
    async take(work) {
      if (underWay >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
      else underWay += 1;
      try {
        return await work();
      } finally {
        // The place goes to the next one, so that nobody comes in between.
        const next = waiting.shift();
        if (next) next();
        else underWay -= 1;
      }
    },
  };
}
