/** The machine room: configuration, Redis connections, scripts, health, metrics, lifecycle. Knows processes, never chat. */
export * from "./health.ts";
export * from "./logger.ts";
export * from "./metrics.ts";
export * from "./process.ts";
export { parseRedisAddress } from "./redis-address.ts";
export * from "./redis-clock.ts";
export * from "./redis-connection.ts";
export { callMany, type GatheredCall, gatherCalls, gatherReads } from "./redis-gathered.ts";
export * from "./redis-script.ts";
export * from "./redis-subscriber.ts";
export * from "./rounds.ts";
export * from "./tidying.ts";
export * from "./variables.ts";
