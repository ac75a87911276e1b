/** Calls that came within about this time are what "busy" is judged by. */
const memoryMs = 50;
/** More recent calls than this, and they go in groups; about as many as one sign-in asks for must not be. */
const busyAbove = 20;
/**
 * Gathers what many ask for at about the same time, so that it can be done in one go: while it is quiet, what came in one
 * turn of the event loop, without any wait; when thousands come at once, what came in some milliseconds. A full group goes at
 * once: on an overloaded node a turn is long, and whoever does the work could be doing it meanwhile.
 *
 * @param groupEveryMs when busy, a group goes so long after the one before
 * @param atMost a group of so many is full
 * @param work gets what has gathered, never nothing
 * @returns adds one
 */
export function createGathering<T>(
  { groupEveryMs, atMost }: { groupEveryMs: number; atMost: number },
  work: (gathered: T[]) => void,
): (one: T) => void {
  let gathered: T[] = [];
  let scheduled = false;
  let recent = 0;
  let askedMs = Number.NEGATIVE_INFINITY;
  let workedMs = Number.NEGATIVE_INFINITY;

  function runScheduled(): void {
    scheduled = false;
    if (gathered.length > 0) run();
  }

  function run(): void {
    const these = gathered;
    gathered = [];
    workedMs = performance.now();
    work(these);
  }

  return (one) => {
    const nowMs = performance.now();
    recent = recent * Math.exp((askedMs - nowMs) / memoryMs) + 1;
    askedMs = nowMs;
    gathered.push(one);
    if (gathered.length >= atMost) return run();
    if (scheduled) return;
    scheduled = true;
    const waitMs = recent > busyAbove ? workedMs + groupEveryMs - nowMs : 0;
    if (waitMs > 0) setTimeout(runScheduled, waitMs);
    else setImmediate(runScheduled);
  };
}
