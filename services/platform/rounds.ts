/** A set whose members take turns: each comes once a round, in groups of about the same size. */
export interface Rounds<T> {
  add(one: T): void;
  delete(one: T): void;
  readonly size: number;
  /** Those whose turn it is now. Whoever is added has their first turn within the length of a round. */
  next(): ReadonlySet<T>;
  /** All who are there at this moment. */
  [Symbol.iterator](): Iterator<T>;
}

/**
 * For what thousands need every so often: all of it at once would hold up everything else in the process, and Redis.
 *
 * @param turns so many make a round
 */
export function createRounds<T>(turns: number): Rounds<T> {
  const groups = Array.from({ length: turns }, () => new Set<T>());
  let turn = 0;
  const sizes = () => groups.reduce((size, group) => size + group.size, 0);

  return {
    add(one) {
      // Thousands may come in one moment, and are spread all the same.
      let smallest = groups[0] as Set<T>;
      for (const group of groups) if (group.size < smallest.size) smallest = group;
      smallest.add(one);
    },
    delete(one) {
      for (const group of groups) if (group.delete(one)) return;
    },
    get size() {
      return sizes();
    },
    next() {
      turn = (turn + 1) % turns;
      return groups[turn] as Set<T>;
    },
    [Symbol.iterator]() {
      return groups.flatMap((group) => [...group]).values();
    },
  };
}
