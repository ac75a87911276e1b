import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import type { LogName } from "../logs/index.ts";
import {
  connectRedis,
  createHealth,
  createLogger,
  createMetrics,
  createRedisClock,
  createSubscriber,
  createTidying,
  parseRedisAddress,
  redisCall,
  whenReady,
} from "../platform/index.ts";
import type { ClusterReport, RoomId } from "../protocol/index.ts";
import { createArrivals } from "./arrivals.ts";
import type { Handlers } from "./caller.ts";
import { createCapabilities } from "./capabilities.ts";
import { type ChatConfig, clientLimits } from "./config.ts";
import { createAudiences } from "./delivery/audience.ts";
import { createHeartbeats } from "./delivery/heartbeats.ts";
import { ownLogPresentation, roomPresentation } from "./delivery/presentation.ts";
import { createDepartures, isDeparture } from "./departures.ts";
import { createDoors, frameBytes } from "./doors.ts";
import { drain } from "./drain.ts";
import { createFindUser } from "./find-user.ts";
import { createGateway } from "./gateway.ts";
import { addressOf } from "./http/address.ts";
import { createApp, trustOf } from "./http/app.ts";
import { createOriginCheck } from "./http/origins.ts";
import { createKeepUser } from "./kept-users.ts";
import { createMentions } from "./mentions.ts";
import { createObserved } from "./observed.ts";
import { createReactToOwnLog } from "./own-log.ts";
import { createPrepareMine } from "./own-rooms.ts";
import { attentionHandlers } from "./requests/attention.ts";
import { draftHandlers } from "./requests/drafts.ts";
import { createSendMessage, messageHandlers } from "./requests/messages.ts";
import { moderationHandlers } from "./requests/moderation.ts";
import { ownLogHandlers } from "./requests/own-log.ts";
import { roomHandlers } from "./requests/rooms.ts";
import { threadHandlers } from "./requests/threads.ts";
import { userHandlers } from "./requests/users.ts";
import { createRequireMember } from "./require-member.ts";
import { createRoomsHere } from "./rooms-here.ts";
import { createSessions } from "./sessions.ts";
import { createUpkeep } from "./upkeep.ts";
import { createWatches } from "./watches.ts";
import { createWelcomes } from "./welcome.ts";

/** Thousands come back in one moment: what the kernel does not keep for us would be tried again a second later. */
const backlogAtMost = 4_096;

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
    beatChannel: `${config.REDIS_PREFIX}{node:${id}}:beat`,
  });
  const clock = createRedisClock(redis);
  await whenReady(redis, 5_000)
    .then(clock.sample)
    .catch(() => log.warn("starting without Redis"));

  const observed = createObserved(metrics);
  const tidying = createTidying();

  const {
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
  } = createCapabilities({
    config,
    node: { id, version },
    redis,
    subscriber,
    clock,
    log,
    metrics,
    observed,
    connections: () => gateway.connections.size,
  });

  // What brings them together.
  const audiences = createAudiences({
    feeds,
    logs,
    presentation: (name: LogName) => (name.kind === "room" ? roomPresentation(name.id) : ownLogPresentation),
    isLarge: (name) =>
      name.kind === "room" &&
      config.LARGE_ROOM_MEMBERS > 0 &&
      roomsHere.members(name.id as RoomId) >= config.LARGE_ROOM_MEMBERS,
    endsDelivery: isDeparture,
    onEntry(name, entry, audience) {
      if (name.kind === "user") return reactToOwnLog(entry, audience);
      roomsHere.learn(name, entry);
      heedDeparture(name.id as RoomId, entry, audience);
    },
    onForgotten: (name) => roomsHere.forget(name),
    onDelivered(events, receivers) {
      tidying.served();
      observed.delivered(events, receivers);
    },
  });
  const roomsHere = createRoomsHere({
    audiences,
    rooms,
    users,
    online: () => presence.count,
    nowMs: clock.nowMs,
  });
  const reactToOwnLog = createReactToOwnLog({
    audiences: () => audiences,
    onFailed: (error) =>
      log.warn({ reason: (error as Error).message }, "could not follow a room that was added"),
  });
  const heedDeparture = createDepartures({
    isMember: rooms.isMember,
    onFailed: (error) =>
      log.warn({ reason: (error as Error).message }, "could not look up whether somebody is still a member"),
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
  const prepareMine = createPrepareMine({ rooms, marks, roomsHere, logs });
  const mentions = createMentions({
    rooms,
    messages,
    marks,
    users,
    presence,
    allMembers: config.MENTION_ALL_MEMBERS,
  });
  const send = createSendMessage({
    messages,
    limits,
    mentions,
    threads,
    onSent: observed.sent,
    onOverload: () => observed.limitReached("sends"),
  });
  const requireMember = createRequireMember(rooms);
  const handlers: Handlers = {
    ...messageHandlers({ messages, users, limits, mentions, send, audiences }),
    ...threadHandlers({ threads, pins, saved, limits, requireMember }),
    ...roomHandlers({
      rooms,
      marks,
      roomsHere,
      users,
      presence,
      findUser,
      prepareMine,
      requireMember,
      log,
      nowMs: clock.nowMs,
    }),
    ...attentionHandlers({
      rooms,
      marks,
      users,
      preferences,
      presence,
      limits,
      roomsHere,
      audiences,
      requireMember,
      nowMs: clock.nowMs,
      whisper: (room, whisper) => logs.whisper({ kind: "room", id: room }, JSON.stringify(whisper)),
    }),
    ...userHandlers({ presence, watches, logs }),
    ...moderationHandlers({ moderation: rooms.moderation, findUser, log }),
    ...ownLogHandlers({ logs }),
    ...draftHandlers({
      drafts,
      requireMember,
      whisper: (user, whisper) => logs.whisper({ kind: "user", id: user }, JSON.stringify(whisper)),
    }),
  };

  const keepUser = createKeepUser({ users, logs, keepers: [rooms, saved, threads] });

  // The two doors.
  const originAllowed = createOriginCheck(config.ALLOWED_ORIGINS);
  const app = createApp({
    sessions,
    messages,
    send,
    presence,
    moderation: rooms.moderation,
    findUser,
    health,
    metrics,
    originAllowed,
    adminToken: config.ADMIN_TOKEN,
    trustProxy: config.TRUST_PROXY,
    webRoot: config.WEB_ROOT,
    bodyBytes: frameBytes(config),
    limits: { perSecond: config.LIMIT_API_PER_SECOND, burst: config.LIMIT_API_BURST },
    onLimit: observed.limitReached,
    version,
    redisReport: async (): Promise<ClusterReport["redis"]> => {
      const info = await redisCall(() => redis.info("server"));
      return {
        mode: parseRedisAddress(config.REDIS_URL)?.mode ?? "standalone",
        version: /redis_version:(\S+)/.exec(info)?.[1] ?? "unknown",
      };
    },
    onFault: (error) => log.error({ err: error }, "an HTTP request failed"),
  });
  const { server, io } = createDoors(config, app, originAllowed, observed.limitReached);
  const arrivals = createArrivals({
    io,
    addressOf: (request) => addressOf(request, trustOf(app)),
    draining: () => health.draining,
    limits: {
      connections: config.LIMIT_CONNECTIONS,
      perAddress: config.LIMIT_CONNECTIONS_PER_ADDRESS,
      authSeconds: config.LIMIT_AUTH_SECONDS,
    },
    onLimit: observed.limitReached,
  });
  const heartbeats = createHeartbeats();
  const welcomes = createWelcomes({
    logs,
    audiences,
    sessions,
    preferences,
    presence,
    prepareMine,
    node: { id, version },
    clientLimits: clientLimits(config),
    nowMs: clock.nowMs,
    log,
  });
  const gateway = createGateway({
    io,
    arrivals,
    heartbeats,
    tidying,
    sessions,
    users,
    welcomes,
    presence,
    audiences,
    handlers,
    watches,
    log,
    addressOf: (socket) => addressOf(socket.request, trustOf(app)),
    limits: {
      eventsPerSecond: config.LIMIT_EVENTS_PER_SECOND,
      eventsBurst: config.LIMIT_EVENTS_BURST,
      bufferedBytes: config.LIMIT_BUFFERED_BYTES,
    },
    onSlowReader: observed.slowReaderCut,
    onJoined: (connection) => upkeep.joined(connection),
    keepUser,
    roomChange: limits.roomChange,
    onRefused: observed.handshakeRefused,
    onLimit: observed.limitReached,
  });
  const upkeep = createUpkeep({
    redis,
    subscriber,
    clock,
    users,
    connections: gateway.connections,
    behind: gateway.behind,
    bufferedBytes: config.LIMIT_BUFFERED_BYTES,
    keepUser,
    bufferedBytesPerNode: config.LIMIT_BUFFERED_BYTES_PER_NODE,
    log,
    onProbed: observed.redisAnswered,
    onSlowReader: observed.slowReaderCut,
    onLimit: observed.limitReached,
  });
  metrics.gauge("parley_connections", "Signed-in connections", () => gateway.connections.size);
  metrics.gauge("parley_logs_followed", "Logs that somebody on this node follows", () => feeds.size);
  metrics.gauge("parley_transports", "Connections, signed in or not", () => arrivals.count);
  health.require("redis", () => (redis.status === "ready" ? upkeep.trouble : "cannot be reached"));
  health.require("subscriptions", () => (subscriber.healthy ? undefined : "are not confirmed"));
  health.require("presence", () => presence.trouble);

  // Without Redis the lease is taken as soon as it is there; the page loads meanwhile.
  presence
    .start()
    .catch((error: Error) => log.warn({ reason: error.message }, "the first lease is still to come"));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: config.PORT, host: config.HOST, backlog: backlogAtMost }, resolve);
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
    arrivals.stop();
    heartbeats.stop();
    tidying.stop();
    await presence
      .stop()
      .catch((error: Error) => log.warn({ reason: error.message }, "the lease runs out by itself"));
    await new Promise<void>((resolve) => io.close(() => resolve()));
    feeds.stop();
    subscriber.close();
    redis.disconnect();
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
