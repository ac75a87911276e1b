import { loadScript, type RedisConnection, redisCall, runScript } from "../platform/index.ts";
import { foldName, type PageCursor, RequestError, type User, type UserId } from "../protocol/index.ts";
import type { UserPage } from "./contract.ts";
import { presenceKeys } from "./redis-keys.ts";

/** Reads the list of who is online. Methods reject with `RequestError`. */
export interface OnlineList {
  page(page: { query?: string; cursor?: PageCursor; limit: number }): Promise<UserPage>;
  byNumber(number: number): Promise<User | undefined>;
  online(ids: readonly UserId[]): Promise<User[]>;
}

const pageScript = loadScript("page.lua", import.meta.url);

export function createOnlineList(options: { redis: RedisConnection; prefix: string }): OnlineList {
  const { redis } = options;
  const keys = presenceKeys(options.prefix);
  async function online(ids: readonly UserId[]): Promise<User[]> {
    if (ids.length === 0) return [];
    const records = await redisCall(() => redis.hmget(keys.users, ...ids));
    return records.flatMap((record) => (record ? [parseUser(record)] : []));
  }
  return {
    online,
    async page({ query, cursor, limit }) {
      const [count, next, ...records] = (await runScript(
        redis,
        pageScript,
        [keys.online, keys.users],
        [foldPrefix(query), decodePageCursor(cursor), limit],
      )) as [number, string, ...string[]];
      return {
        users: records.map(parseUser),
        count,
        ...(next === "" ? {} : { cursor: encodePageCursor(next) }),
      };
    },
    async byNumber(number) {
      const holder = await redisCall(() => redis.hget(keys.numbers, String(number)));
      // Nobody online holds a number that rests.
      if (holder === null) return undefined;
      return (await online([holder as UserId]))[0];
    },
  };
}

/** A user as the scripts write them, with times in ms. */
export function parseUser(record: string): User {
  return asUser(JSON.parse(record) as StoredUser);
}

export interface StoredUser {
  readonly id: UserId;
  readonly name: string;
  readonly number: number | null;
  readonly status: User["status"];
  readonly since: number | null;
  readonly dnd?: true;
  readonly text?: string;
  readonly emoji?: string;
  /** When text and emoji end. */
  readonly till?: number;
  /** When somebody who has gone was seen last. */
  readonly seen?: number;
}

export function asUser(stored: StoredUser): User {
  return {
    id: stored.id,
    name: stored.name,
    number: stored.number,
    status: stored.status,
    since: stored.since === null ? null : isoTime(stored.since),
    ...(stored.dnd === undefined ? {} : { dnd: stored.dnd }),
    ...(stored.text === undefined ? {} : { statusText: stored.text }),
    ...(stored.emoji === undefined ? {} : { statusEmoji: stored.emoji }),
    ...(stored.till === undefined ? {} : { statusUntil: isoTime(stored.till) }),
    ...(stored.seen === undefined ? {} : { lastSeen: isoTime(stored.seen) }),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** What folded names start with when they match what somebody typed. */
function foldPrefix(query = ""): string {
  return foldName(query).trimStart().replace(/\s+/gu, " ");
}

/** A cursor is the member of the sorted set after which to go on. */
export function encodePageCursor(member: string): PageCursor {
  return Buffer.from(member).toString("base64url") as PageCursor;
}

/** @throws RequestError `invalid`: not one of ours */
export function decodePageCursor(cursor: PageCursor | undefined): string {
  if (cursor === undefined) return "";
  const member = Buffer.from(cursor, "base64url").toString();
  if (!member.includes("\0")) {
    throw new RequestError("invalid", "must be a cursor that the server gave out", { field: "cursor" });
  }
  return member;
}
