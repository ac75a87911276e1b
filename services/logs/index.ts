/**
 * Logs: dense, ordered, chained sequences of events, one for each room and each user, and the feeds by which a node
 * follows them. What must not be lost goes through here.
 */
export {
  cursorOf,
  type Entry,
  eventJson,
  genesis,
  messageOf,
  type NewEvent,
  type Position,
  parseCursor,
  parseRecord,
} from "./entry.ts";
export type { Batch, Feed, FeedConsumer } from "./feed.ts";
export { createFeeds, type Feeds } from "./feeds.ts";
export { type LogKeys, type LogName, slotKey } from "./log-keys.ts";
export {
  createLogs,
  type HistoryLimits,
  type HistoryPage,
  type Logs,
  type Missed,
  type Refused,
  type Written,
} from "./redis-logs.ts";
