/** The value that so large a part does not exceed; of values in ascending order. */
export function share(ascending: readonly number[], part: number): number {
  return ascending[Math.ceil(part * ascending.length) - 1] ?? Number.NaN;
}

/** Times in words, in milliseconds. */
export function spread(ascending: readonly number[]): string {
  const [half, most, all] = [0.5, 0.99, 1].map((part) => share(ascending, part).toFixed(0));
  return `${half} ms (half), ${most} ms (99 %), ${all} ms (all)`;
}
