import { hostname } from "node:os";
import { createDrafts } from "../drafts/index.ts";
import { createSharedLimits } from "../limits/index.ts";
import { createFeeds, createLogs } from "../logs/index.ts";
import { createMessages, createPins, createSaved, createThreads } from "../messages/index.ts";
import type { Logger, Metrics, RedisClock, RedisConnection, Subscriber } from "../platform/index.ts";
import { createPresence } from "../presence/index.ts";
import { createMarks, createRooms } from "../rooms/index.ts";
import { createPreferences, createTokens, createUsers } from "../users/index.ts";
import type { ChatConfig } from "./config.ts";
import type { Observed } from "./observed.ts";

/** The names under which the shared limits are counted. */
const sharedLimitNames = {
  message: "messages",
  signIn: "sign_ins",
  roomChange: "room_changes",
  typing: "typing",
} as const;

/** What a node does for people, each part for itself, as its configuration says; `node.ts` brings them together. */
export function createCapabilities(deps: {
  config: ChatConfig;
  node: { id: string; version: string };
  redis: RedisConnection;
  subscriber: Subscriber;
  clock: RedisClock;
  log: Logger;
  metrics: Metrics;
  observed: Observed;
  /** Signed-in connections at this moment. */
  connections: () => number;
}) {
  const { config, redis, subscriber, clock, log, metrics, observed } = deps;
  const prefix = config.REDIS_PREFIX;
  const logs = createLogs({
    redis,
    clock,
    prefix,
    history: {
      maxEvents: config.HISTORY_MAX_EVENTS,
      maxAgeMs: config.HISTORY_MAX_DAYS * 86_400_000,
    },
    onTrimFailed: (name, error) =>
      log.warn({ log: name, reason: (error as Error).message }, "trimming failed"),
  });
  const feeds = createFeeds({
    logs,
    subscriber,
    log,
    onRepaired: observed.repaired,
    onReset: observed.reset,
  });
  const messages = createMessages({
    redis,
    logs,
    prefix,
    textBytes: config.LIMIT_TEXT_BYTES,
  });
  const marks = createMarks({ redis, logs, prefix });
  const threads = createThreads({ redis, logs, prefix, marks });
  const pins = createPins({ redis, logs, prefix });
  const saved = createSaved({ redis, logs, prefix });
  const rooms = createRooms({
    redis,
    clock,
    logs,
    marks,
    prefix,
    roomsPerUser: config.LIMIT_ROOMS_PER_USER,
    onFull: () => observed.limitReached("rooms"),
  });
  const users = createUsers({ redis, clock, prefix, keptDays: config.USER_KEPT_DAYS });
  const preferences = createPreferences({ redis, logs, prefix });
  const tokens = createTokens({
    secret: config.TOKEN_SECRET,
    ttlMs: config.SESSION_MINUTES * 60_000,
    nowMs: clock.nowMs,
  });
  const limits = createSharedLimits({
    redis,
    prefix,
    messages: {
      perSecond: config.LIMIT_MESSAGES_PER_SECOND,
      burst: config.LIMIT_MESSAGES_BURST,
    },
    signIns: {
      perSecond: config.LIMIT_SIGN_INS_PER_MINUTE / 60,
      burst: config.LIMIT_SIGN_INS_PER_MINUTE,
    },
    roomChanges: {
      perSecond: config.LIMIT_ROOM_CHANGES_PER_MINUTE / 60,
      burst: config.LIMIT_ROOM_CHANGES_PER_MINUTE,
    },
    onRefused: (limit) => observed.limitReached(sharedLimitNames[limit]),
  });
  const presence = createPresence({
    redis,
    subscriber,
    prefix,
    log,
    metrics,
    node: {
      ...deps.node,
      pid: process.pid,
      host: hostname(),
      // Asked for when the lease is taken: by then the time is known.
      get since() {
        return new Date(clock.nowMs() - process.uptime() * 1_000).toISOString();
      },
    },
    vitals: () => ({ connections: deps.connections(), rooms: feeds.size, ...observed.vitals() }),
  });
  const drafts = createDrafts({ redis, prefix, keptDays: config.USER_KEPT_DAYS });
  return {
    logs,
    feeds,
    messages,
    threads,
    pins,
    saved,
    marks,
    rooms,
    users,
    preferences,
    tokens,
    limits,
    presence,
    drafts,
  };
}
