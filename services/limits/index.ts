/** How much somebody may do in a time: over all nodes together, or on one connection. */
export { createSharedLimits, type SharedLimits } from "./redis-limits.ts";
export { createTokenBucket } from "./token-bucket.ts";
