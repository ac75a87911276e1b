/** A stretch of time, in milliseconds: from, included, to, not included. */
export type Window = readonly [from: number, to: number];

/** Ordered, and those that touch or lie at most `gapMs` apart made one. */
export function joined(windows: readonly Window[], gapMs = 0): Window[] {
  const result: [number, number][] = [];
  for (const [from, to] of windows.toSorted((a, b) => a[0] - b[0])) {
    const last = result.at(-1);
    if (last && from <= last[1] + gapMs) last[1] = Math.max(last[1], to);
    else if (to > from) result.push([from, to]);
  }
  return result;
}

export function without(windows: readonly Window[], holes: readonly Window[]): Window[] {
  let rest: Window[] = [...windows];
  for (const [holeFrom, holeTo] of holes) {
    rest = rest.flatMap(([from, to]): Window[] =>
      holeTo <= from || holeFrom >= to
        ? [[from, to]]
        : [
            [from, Math.min(to, holeFrom)],
            [Math.max(from, holeTo), to],
          ],
    );
  }
  return rest.filter(([from, to]) => to > from);
}

export function common(one: readonly Window[], other: readonly Window[]): Window[] {
  return one.flatMap(([from, to]) =>
    other.map(([a, b]): Window => [Math.max(from, a), Math.min(to, b)]).filter(([start, end]) => end > start),
  );
}

export function meets(one: Window, other: Window): boolean {
  return one[0] < other[1] && other[0] < one[1];
}
