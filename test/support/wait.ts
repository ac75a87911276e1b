import { setTimeout as pause } from "node:timers/promises";

/**
 * Tries again until `fn` neither throws nor returns (or resolves to) false or undefined, and gives what it returned. When the time is
 * up it fails with the last reason.
 */
export async function eventually<T>(
  fn: () => T | Promise<T>,
  { timeoutMs = 10_000, everyMs = 25 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<Exclude<T, false | undefined>> {
  const untilMs = performance.now() + timeoutMs;
  for (;;) {
    let reason: unknown;
    try {
      const result = await fn();
      if (result !== false && result !== undefined) return result as Exclude<T, false | undefined>;
      reason = new Error(`still ${String(result)}`);
    } catch (error) {
      reason = error;
    }
    if (performance.now() > untilMs) {
      const message = reason instanceof Error ? reason.message : String(reason);
      throw new Error(`not within ${timeoutMs} ms: ${message}`, { cause: reason });
    }
    await pause(everyMs);
  }
}
