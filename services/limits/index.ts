/** How much somebody may do in a time: over all nodes together, or on one node. */
export { type BucketPerKey, createBucketPerKey } from "./bucket-per-key.ts";
export { createSharedLimits, type Rate, type SharedLimits } from "./redis-limits.ts";
export { createTokenBucket, type TokenBucket } from "./token-bucket.ts";
