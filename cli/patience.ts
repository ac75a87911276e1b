/** A time that may pass without progress. */
export interface Patience {
  /** Begins to run, unless it runs. */
  start(): void;
  /** Begins to run anew. */
  restart(): void;
  stop(): void;
}

export function createPatience(durationMs: number, onOver: () => void): Patience {
  let timer: ReturnType<typeof setTimeout> | undefined;
  function stop() {
    clearTimeout(timer);
    timer = undefined;
  }
  function start() {
    timer ??= setTimeout(onOver, durationMs);
  }
  return {
    start,
    stop,
    restart() {
      stop();
      start();
    },
  };
}
