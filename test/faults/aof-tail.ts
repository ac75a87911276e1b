import { readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { stopWhenDone } from "../support/started.ts";

/** The end of the append-only file of a Redis, and how long each part of it was there. Watched until the test file is done. */
export interface AofTail {
  /** Cuts off what was written within so many milliseconds, as a machine does that dies before it was flushed. Redis must not run. */
  cutBack(ms: number): void;
}

const lookEveryMs = 20;
const keptMs = 2_000;

/**
 * SIGKILL loses nothing that was written: the kernel has it. What a power cut loses under `appendfsync everysec` is what came
 * into the file after the last flush; so the file is watched as it grows, and cut where it was.
 */
export function watchAofTail(redisDir: string): AofTail {
  const folder = join(redisDir, "appendonlydir");
  let sizes: { atMs: number; bytes: number }[] = [];
  const newest = () => {
    const name = readdirSync(folder).find((one) => one.endsWith(".incr.aof"));
    if (name === undefined) throw new Error(`there is no append-only file in ${folder}`);
    return join(folder, name);
  };
  const file = newest();
  const look = () => {
    const atMs = performance.now();
    sizes = [...sizes.filter((one) => one.atMs > atMs - keptMs), { atMs, bytes: statSync(file).size }];
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  stopWhenDone(async () => clearInterval(timer));
  return {
    cutBack(ms) {
      if (newest() !== file) throw new Error("the append-only file was rewritten meanwhile");
      const fromMs = performance.now() - ms;
      const found = sizes.find(({ atMs }) => atMs >= fromMs);
      if (found) truncateSync(file, found.bytes);
    },
  };
}
