const started = new Set<() => Promise<void>>();

/** Has something stopped when the test file is done, whatever came of its tests. `stop` must be safe to call twice. */
export function stopWhenDone(stop: () => Promise<void>): void {
  started.add(stop);
}

export async function stopEverything(): Promise<void> {
  const stops = [...started].reverse();
  started.clear();
  await Promise.all(stops.map((stop) => stop()));
}
