import { type Child, describe } from "./child.ts";

export interface Supervised<C extends Child> {
  readonly name: string;
  /** The process as it runs now; undefined between a crash and the next start. */
  readonly current: C | undefined;
  /** Stops it, and does not start it again. Safe to call twice. */
  stop(withinMs: number): Promise<void>;
}

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** What ran for this long was well; its next crash is a first one. */
const wellAfterMs = 30_000;

/**
 * Keeps a process running: starts it, and starts it again after a crash, after a pause that doubles while it does not
 * stay up. Rejects when the first start fails.
 */
export async function supervise<C extends Child>(
  name: string,
  start: () => Promise<C>,
  say: (line: string) => void,
): Promise<Supervised<C>> {
  let current: C | undefined;
  let stopping = false;
  let pauseMs = firstPauseMs;
  let timer: NodeJS.Timeout | undefined;
  let starting: Promise<void> = Promise.resolve();

  function watch(child: C): void {
    const sinceMs = performance.now();
    current = child;
    void child.exited.then((exit) => {
      current = undefined;
      if (stopping) return;
      if (performance.now() - sinceMs > wellAfterMs) pauseMs = firstPauseMs;
      again(`${name} (pid ${child.pid}) went away with ${describe(exit)}`);
    });
  }

  function again(what: string): void {
    say(`${what}; starting it again in ${pauseMs / 1_000} s`);
    timer = setTimeout(() => {
      starting = start().then(
        (child) => {
          watch(child);
          say(`${name} is up again (pid ${child.pid})`);
        },
        (error: Error) => {
          if (!stopping) again(error.message);
        },
      );
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }

  watch(await start());
  return {
    name,
    get current() {
      return current;
    },
    async stop(withinMs) {
      stopping = true;
      clearTimeout(timer);
      await starting;
      await current?.stop(withinMs);
    },
  };
}
