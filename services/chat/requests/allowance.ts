import type { TokenBucket } from "../../limits/index.ts";
import type { Turns } from "./turns.ts";

/** What a connection may still ask. What most never need is made when it is. */
export interface Allowance {
  readonly requests: TokenBucket;
  /** Requests wait for it; undefined once it is done, so that they need not wait for what is there. */
  welcomed?: Promise<void> | undefined;
  /** Answers that something is too much. */
  refusals?: TokenBucket;
  /** Long answers, a few at a time. */
  long?: Turns;
}
