import { isIP } from "node:net";
import {
  keyPrefix,
  listOf,
  logLevels,
  oneOf,
  optionalSecret,
  redisUrl,
  requiredSecret,
  text,
  type Values,
  type Variable,
  type Variables,
  wholeNumber,
} from "../platform/index.ts";
import type { Limits } from "../protocol/index.ts";

const million = 1_000_000;

/** Every variable of a chat node. The README's configuration table is compared with this. */
export const chatVariables = {
  HOST: text("Address to listen on", "127.0.0.1"),
  PORT: wholeNumber("Port to listen on; 0 takes a free one", 3001, {
    min: 0,
    max: 65_535,
  }),
  REDIS_URL: redisUrl("The Redis (7.0 or newer) that all nodes share"),
  REDIS_PREFIX: keyPrefix("Put before every key and channel in Redis"),
  TOKEN_SECRET: requiredSecret("Signs session tokens; the same on all nodes", 32),
  ADMIN_TOKEN: optionalSecret("Bearer token of administrators; without it administration is off", 16),
  ALLOWED_ORIGINS: listOf(
    "Origins whose pages may connect, besides the one that serves the page; * allows any",
    "",
    "a comma separated list of origins such as https://chat.example.org, or *",
    (entry) => entry === "*" || (URL.canParse(entry) && new URL(entry).origin === entry),
  ),
  TRUST_PROXY: listOf(
    "Proxies whose X-Forwarded-For is believed",
    "",
    "a comma separated list of addresses, networks such as 10.0.0.0/8, or loopback, linklocal, uniquelocal",
    isAddressOrNetwork,
  ),
  WEB_ROOT: text("Folder of the built web client", "dist/web"),
  LOG_LEVEL: oneOf("Least level that is logged", "info", logLevels),
  SESSION_MINUTES: wholeNumber("How long a session token is valid", 1_440, {
    min: 1,
    max: 43_200,
  }),
  DRAIN_SECONDS: wholeNumber("How long a stopping node may take to hand its clients over", 30, {
    min: 0,
    max: 600,
  }),
  USER_KEPT_DAYS: limit(
    "Days after which is forgotten what belongs to somebody who was not here: name, rooms, read marks",
    90,
    36_500,
  ),
  HISTORY_MAX_EVENTS: limit("Events that a room keeps", 10_000, 100 * million),
  HISTORY_MAX_DAYS: limit("Days for which a room keeps its events", 0, 36_500),
  LARGE_ROOM_MEMBERS: wholeNumber(
    "Members from which on a room tells those who do not look at it how far it is, and not all that is said; 0: never",
    500,
    { min: 0, max: million },
  ),
  MENTION_ALL_MEMBERS: limit(
    "Members of the largest room in which a message may mention everybody",
    100,
    million,
  ),
  LIMIT_MESSAGES_PER_SECOND: limit("Messages a user may send on average, on all nodes together", 10, million),
  LIMIT_MESSAGES_BURST: limit("Messages a user may send at once before the rate applies", 50, million),
  LIMIT_EVENTS_PER_SECOND: limit("Requests a connection may make on average", 50, million),
  LIMIT_EVENTS_BURST: limit("Requests a connection may make at once before the rate applies", 200, million),
  LIMIT_SIGN_INS_PER_MINUTE: limit("Sign-ins from one address, on all nodes together", 300, million),
  LIMIT_CONNECTIONS: limit("Connections to one node", 20_000, million),
  LIMIT_CONNECTIONS_PER_ADDRESS: limit("Connections from one address to one node", 500, million),
  LIMIT_API_PER_SECOND: limit("HTTP requests to /api from one address to one node, on average", 100, million),
  LIMIT_API_BURST: limit(
    "HTTP requests to /api from one address to one node at once before the rate applies",
    1_000,
    million,
  ),
  LIMIT_TEXT_BYTES: limit("Bytes of UTF-8 that a message's text may have", 16_384, 10 * million),
  LIMIT_FRAME_BYTES: limit("Bytes that a frame or request body may have", 65_536, 100 * million),
  LIMIT_ROOMS_PER_USER: limit("Rooms that a user may be in", 500, 100_000),
  LIMIT_ROOM_CHANGES_PER_MINUTE: limit(
    "Times that a user may make, enter, leave or change a room or bring somebody into one, on all nodes together",
    600,
    million,
  ),
  LIMIT_BUFFERED_BYTES: limit(
    "Bytes that may wait for a client that reads slowly, before it is cut",
    1_048_576,
    1_000 * million,
  ),
  LIMIT_BUFFERED_BYTES_PER_NODE: limit(
    "Bytes that may wait for all clients of a node, before those are cut for whom most waits",
    268_435_456,
    1_000_000 * million,
  ),
  LIMIT_AUTH_SECONDS: limit("Seconds that a connection may take to sign in", 5, 600),
} satisfies Variables;

function isAddressOrNetwork(entry: string): boolean {
  if (["loopback", "linklocal", "uniquelocal"].includes(entry)) return true;
  const [, address = "", bits = "0"] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  return version !== 0 && Number(bits) <= (version === 4 ? 32 : 128);
}

export type ChatConfig = Values<typeof chatVariables>;

/** For how long a repeated `message:send` is recognised: at least a day, see logs/append.lua. */
const retryWithinMs = 24 * 60 * 60_000;

/** The limits that `welcome` tells a client. */
export function clientLimits(config: ChatConfig): Limits {
  return {
    textBytes: config.LIMIT_TEXT_BYTES,
    frameBytes: config.LIMIT_FRAME_BYTES,
    messagesPerSecond: config.LIMIT_MESSAGES_PER_SECOND,
    messagesBurst: config.LIMIT_MESSAGES_BURST,
    eventsPerSecond: config.LIMIT_EVENTS_PER_SECOND,
    roomsPerUser: config.LIMIT_ROOMS_PER_USER,
    mentionAllMembers: config.MENTION_ALL_MEMBERS,
    retryWithinMs,
  };
}

/** A limit: 0 turns it off. */
function limit(about: string, fallback: number, max: number): Variable<number> {
  return wholeNumber(`${about}; 0: no limit`, fallback, { min: 0, max });
}
