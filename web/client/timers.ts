/** Timers that end together: what a closed client must not leave behind. */
export interface Timers {
  /** Calls back once after so many milliseconds; the answer cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  clear(): void;
}

export function createTimers(): Timers {
  const running = new Set<ReturnType<typeof setTimeout>>();
  return {
    after(delayMs, callback) {
      const timer = setTimeout(() => {
        running.delete(timer);
        callback();
      }, delayMs);
      running.add(timer);
      return () => {
        running.delete(timer);
        clearTimeout(timer);
      };
    },
    clear() {
      for (const timer of running) clearTimeout(timer);
      running.clear();
    },
  };
}
