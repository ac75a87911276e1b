import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { hostname } from "node:os";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Server } from "socket.io";
import { createSharedLimits } from "../limits/index.ts";
import { createFeeds, createLogs, type LogName } from "../logs/index.ts";
import { createMessages } from "../messages/index.ts";
import {
  connectRedis,
  createHealth,
  createLogger,
  createMetrics,
  createRedisClock,
  createSubscriber,
  latencyBuckets,
  redisCall,
  whenReady,
} from "../platform/index.ts";
import { createPresence } from "../presence/index.ts";
import type { ClusterReport, Limits } from "../protocol/index.ts";
import { createRooms } from "../rooms/index.ts";
import { createTokens, createUsers } from "../users/index.ts";
import type { Handlers } from "./caller.ts";
import type { ChatConfig } from "./config.ts";
import { createAudiences, ownLogPresentation, roomPresentation } from "./delivery/audience.ts";
import type { ChatServer } from "./delivery/connection.ts";
import { drain } from "./drain.ts";
import { createFindUser } from "./find-user.ts";
import { createGateway } from "./gateway.ts";
import { addressOf } from "./http/address.ts";
import { createApp, trustOf } from "./http/app.ts";
import { createOriginCheck } from "./http/origins.ts";
import { createReactToOwnLog } from "./own-log.ts";
import { createPrepareMine } from "./own-rooms.ts";
import { createSendMessage, messageHandlers } from "./requests/messages.ts";
import { ownLogHandlers } from "./requests/own-log.ts";
import { roomHandlers } from "./requests/rooms.ts";
import { userHandlers } from "./requests/users.ts";
import { createRoomsHere } from "./rooms-here.ts";
import { createSessions } from "./sessions.ts";
import { createUpkeep } from "./upkeep.ts";
import { createWatches } from "./watches.ts";

/** For how long a repeated `message:send` is recognised: at least a day, see logs/append.lua. */
const retryWithinMs = 24 * 60 * 60_000;
/** Node's timers take no more; some 25 days. */
const longestTimerMs = 2 ** 31 - 1;

export interface ChatNode {
  readonly port: number;
  readonly log: ReturnType<typeof createLogger>;
  /** Drains, releases the lease, and closes. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Puts a chat node together and starts it: capabilities first, then what brings them together, then the two doors
 * (HTTP and sockets). Starts without Redis as well, and says so, until Redis is there.
 */
export async function startChatNode(config: ChatConfig, version: string): Promise<ChatNode> {
  const id = `chat-${randomBytes(4).toString("hex")}`;
  const log = createLogger({ level: config.LOG_LEVEL, service: "chat", id });
  const metrics = createMetrics({ service: "chat", id });
  const health = createHealth();
  const prefix = config.REDIS_PREFIX;

  // Redis: one connection for commands, one for subscriptions.
  const redis = connectRedis({
    url: config.REDIS_URL,
    name: `parley-${id}`,
    log,
  });
  const subscriber = createSubscriber({
    url: config.REDIS_URL,
    name: `parley-${id}-subscriber`,
    log,
    publish: redis,
    beatChannel: `${prefix}{node:${id}}:beat`,
  });
  const clock = createRedisClock(redis);
  await whenReady(redis, 5_000).then(clock.sample, () => log.warn("starting without Redis"));

  const counted = {
    sent: metrics.counter("parley_messages_sent_total", "Messages stored and acknowledged by this node"),
    deliveries: metrics.counter("parley_deliveries_total", "Events written to connections"),
    repaired: metrics.counter(
      "parley_gap_events_repaired_total",
      "Events that pub/sub lost and the log gave back",
    ),
    resets: metrics.counter(
      "parley_history_resets_total",
      "Logs whose history was found rewritten or cut off",
    ),
    slow: metrics.counter("parley_slow_readers_cut_total", "Connections cut because they did not read"),
    refused: metrics.counter("parley_handshakes_refused_total", "Handshakes refused"),
    batch: metrics.histogram(
      "parley_fanout_batch_events",
      "Events written at once",
      [1, 2, 4, 8, 16, 32, 64, 128, 256],
    ),
    sendSeconds: metrics.histogram(
      "parley_send_seconds",
      "From message:send to its acknowledgement",
      latencyBuckets,
    ),
    redisSeconds: metrics.histogram("parley_redis_seconds", "Round trip to Redis", latencyBuckets),
  };

  // Capabilities.
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
    onRepaired: counted.repaired.inc,
    onReset: () => counted.resets.inc(),
  });
  const messages = createMessages({
    logs,
    prefix,
    textBytes: config.LIMIT_TEXT_BYTES,
  });
  const rooms = createRooms({
    redis,
    logs,
    prefix,
    roomsPerUser: config.LIMIT_ROOMS_PER_USER,
  });
  const users = createUsers({ redis, clock, prefix });
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
  });
  const eventLoop = monitorEventLoopDelay({ resolution: 10 });
  eventLoop.enable();
  const vitals = createVitals({ sent: counted.sent.value, eventLoop });
  const presence = createPresence({
    redis,
    subscriber,
    prefix,
    log,
    node: { id, version, pid: process.pid, host: hostname(), since: new Date().toISOString() },
    vitals: () => ({
      connections: gateway.connections.size,
      rooms: feeds.size,
      ...vitals(),
    }),
  });

  // What brings them together.
  const audiences = createAudiences({
    feeds,
    logs,
    presentation: (name: LogName) => (name.kind === "room" ? roomPresentation(name.id) : ownLogPresentation),
    onEntry(name, entry, audience) {
      if (name.kind === "user") reactToOwnLog(entry, audience);
      else roomsHere.learn(name, entry);
    },
    onForgotten: (name) => roomsHere.forget(name),
    onDelivered(events, receivers) {
      counted.deliveries.inc(events * receivers);
      counted.batch.observe(events);
    },
  });
  const roomsHere = createRoomsHere({
    audiences,
    rooms,
    users,
    online: () => presence.count,
  });
  const reactToOwnLog = createReactToOwnLog({
    audiences: () => audiences,
    onFailed: (error) =>
      log.warn({ reason: (error as Error).message }, "could not follow a room that was added"),
  });
  const sessions = createSessions({
    users,
    tokens,
    limits,
    presence,
    logs,
    log,
  });
  const watches = createWatches(presence);
  const findUser = createFindUser({ presence, users });
  const prepareMine = createPrepareMine({ rooms, roomsHere, logs });
  const send = createSendMessage({
    messages,
    limits,
    onSent(tookMs) {
      counted.sent.inc();
      counted.sendSeconds.observe(tookMs / 1_000);
    },
  });
  const handlers: Handlers = {
    ...messageHandlers({ messages, limits, send }),
    ...roomHandlers({
      rooms,
      roomsHere,
      users,
      presence,
      findUser,
      prepareMine,
      whisper: (room, typing) => logs.whisper({ kind: "room", id: room }, JSON.stringify(typing)),
    }),
    ...userHandlers({ presence, watches }),
    ...ownLogHandlers({ logs }),
  };

  // The two doors.
  const frameBytes = config.LIMIT_FRAME_BYTES === 0 ? Number.MAX_SAFE_INTEGER : config.LIMIT_FRAME_BYTES;
  const originAllowed = createOriginCheck(config.ALLOWED_ORIGINS);
  const app = createApp({
    sessions,
    messages,
    send,
    presence,
    health,
    metrics,
    originAllowed,
    adminToken: config.ADMIN_TOKEN,
    trustProxy: config.TRUST_PROXY,
    webRoot: config.WEB_ROOT,
    bodyBytes: frameBytes,
    version,
    redisReport: async (): Promise<ClusterReport["redis"]> => {
      const info = await redisCall(() => redis.info("server"));
      return {
        mode: "standalone",
        version: /redis_version:(\S+)/.exec(info)?.[1] ?? "unknown",
      };
    },
    onFault: (error) => log.error({ err: error }, "an HTTP request failed"),
  });
  const server = createServer(
    {
      requestTimeout: 15_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 65_000,
    },
    app,
  );
  const io: ChatServer = new Server(server, {
    serveClient: false,
    maxHttpBufferSize: frameBytes,
    connectTimeout: config.LIMIT_AUTH_SECONDS === 0 ? longestTimerMs : config.LIMIT_AUTH_SECONDS * 1_000,
    // A client that vanished without a word is noticed after at most 18 seconds.
    pingInterval: 10_000,
    pingTimeout: 8_000,
    perMessageDeflate: false,
    cors: {
      origin: config.ALLOWED_ORIGINS.includes("*") ? true : [...config.ALLOWED_ORIGINS],
    },
    allowRequest: (request, decide) => {
      if (originAllowed(request)) decide(null, true);
      else decide("pages of this origin may not connect; see ALLOWED_ORIGINS", false);
    },
  });
  const clientLimits: Limits = {
    textBytes: config.LIMIT_TEXT_BYTES,
    frameBytes: config.LIMIT_FRAME_BYTES,
    messagesPerSecond: config.LIMIT_MESSAGES_PER_SECOND,
    messagesBurst: config.LIMIT_MESSAGES_BURST,
    eventsPerSecond: config.LIMIT_EVENTS_PER_SECOND,
    roomsPerUser: config.LIMIT_ROOMS_PER_USER,
    retryWithinMs,
  };
  const gateway = createGateway({
    io,
    sessions,
    users,
    presence,
    audiences,
    prepareMine,
    handlers,
    watches,
    log,
    addressOf: (socket) => addressOf(socket.request, trustOf(app)),
    node: { id, version },
    nowMs: clock.nowMs,
    clientLimits,
    limits: {
      eventsPerSecond: config.LIMIT_EVENTS_PER_SECOND,
      eventsBurst: config.LIMIT_EVENTS_BURST,
      connectionsPerAddress: config.LIMIT_CONNECTIONS_PER_ADDRESS,
      bufferedBytes: config.LIMIT_BUFFERED_BYTES,
    },
    onSlowReader: () => counted.slow.inc(),
    onRefused: () => counted.refused.inc(),
  });
  const upkeep = createUpkeep({
    redis,
    subscriber,
    clock,
    users,
    connections: gateway.connections,
    bufferedBytes: config.LIMIT_BUFFERED_BYTES,
    log,
    onProbed: (tookMs) => counted.redisSeconds.observe(tookMs / 1_000),
    onSlowReader: () => counted.slow.inc(),
  });
  metrics.gauge("parley_connections", "Signed-in connections", () => gateway.connections.size);
  metrics.gauge("parley_logs_followed", "Logs that somebody on this node follows", () => feeds.size);
  metrics.gauge(
    "parley_event_loop_delay_seconds",
    "99th percentile of the last seconds",
    () => vitals().eventLoopDelayMs / 1_000,
  );
  health.require("redis", () => (redis.status === "ready" ? upkeep.trouble : "cannot be reached"));
  health.require("subscriptions", () => (subscriber.healthy ? undefined : "are not confirmed"));
  health.require("presence", () => presence.trouble);

  // Without Redis the lease is taken as soon as it is there; the page loads meanwhile.
  presence
    .start()
    .catch((error: Error) => log.warn({ reason: error.message }, "the first lease is still to come"));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(config.PORT, config.HOST, resolve);
  });
  const { port } = server.address() as AddressInfo;
  log.info({ host: config.HOST, port, version }, "listening");

  async function stop(): Promise<void> {
    await drain({
      health,
      gateway,
      withinMs: config.DRAIN_SECONDS * 1_000,
      log,
    });
    upkeep.stop();
    await presence
      .stop()
      .catch((error: Error) => log.warn({ reason: error.message }, "the lease runs out by itself"));
    await new Promise<void>((resolve) => io.close(() => resolve()));
    feeds.stop();
    subscriber.close();
    redis.disconnect();
    eventLoop.disable();
  }
  let stopping: Promise<void> | undefined;
  return {
    port,
    log,
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** Messages a second and event-loop delay since the last time somebody asked, at least a second apart. */
function createVitals(deps: { sent: () => number; eventLoop: ReturnType<typeof monitorEventLoopDelay> }) {
  let sent = 0;
  let atMs = performance.now();
  let latest = { messagesPerSecond: 0, eventLoopDelayMs: 0 };
  return () => {
    const now = performance.now();
    if (now - atMs < 1_000) return latest;
    const delayMs = deps.eventLoop.percentile(99) / 1e6;
    latest = {
      messagesPerSecond: Math.round(((deps.sent() - sent) / (now - atMs)) * 10_000) / 10,
      eventLoopDelayMs: Math.round(delayMs * 100) / 100,
    };
    sent = deps.sent();
    atMs = now;
    deps.eventLoop.reset();
    return latest;
  };
}
