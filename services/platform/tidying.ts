import { setFlagsFromString } from "node:v8";

/** Gives memory back to the machine that many comings have left behind, once nobody is there who would notice. */
export interface Tidying {
  /** Somebody came, which leaves much behind. */
  came(): void;
  /** Somebody was served, who would have been held up: not now. */
  served(): void;
  stop(): void;
}

const lookEveryMs = 1_000;
const quietLooks = 3;
/** V8 looks through the heap up to three times until nothing more comes of it. */
const tidyLooks = 10;
/** What fewer leave behind is found by V8 as it goes. */
const manyComings = 500;
/** How long after a collection the memory reducer looks whether to collect again, and how often from then on. */
const reducerLooksAfterMs = { usually: 8_000, afterMany: 1_000 };

/**
 * V8 lets the heap grow while thousands come, and then keeps what they have left: it takes what a silent node does for its
 * connections for work. Told to prefer memory over speed, its memory reducer collects in small steps beside the work, and at
 * the end of each round moves together what is left. That holds the process up: with 10,000 connections for 20, 80 and 80 ms
 * within two seconds.
 */
export function createTidying(setFlags: (flags: string) => void = setFlagsFromString): Tidying {
  let comings = 0;
  let looksInQuiet = 0;
  let looksLeft = 0;

  const reducerLooksAfter = (ms: number) => setFlags(`--gc-memory-reducer-start-delay-ms=${ms}`);

  function end(): void {
    looksLeft = 0;
    setFlags("--no-optimize-for-size");
    reducerLooksAfter(reducerLooksAfterMs.usually);
  }

  function served(): void {
    looksInQuiet = 0;
    if (looksLeft > 0) end();
  }

  const timer = setInterval(() => {
    looksInQuiet += 1;
    if (looksLeft === 1) end();
    else if (looksLeft > 0) looksLeft -= 1;
    else if (comings >= manyComings && looksInQuiet > quietLooks) {
      comings = 0;
      looksLeft = tidyLooks;
      setFlags("--optimize-for-size");
    }
  }, lookEveryMs);
  timer.unref();

  return {
    came() {
      comings += 1;
      if (comings === manyComings) reducerLooksAfter(reducerLooksAfterMs.afterMany);
      served();
    },
    served,
    stop: () => clearInterval(timer),
  };
}
