import { type RedisConnection, redisCall } from "../platform/index.ts";
import { foldName, type PageCursor, type RoomId } from "../protocol/index.ts";
import { nextPage, pageStart } from "./page-cursor.ts";
import { roomKeys } from "./room-keys.ts";
import type { RoomFacts } from "./room-view.ts";

/** The public channels by name. */
export interface Directory {
  /** Makes sure that the room is listed as what these facts say, and not as what they say no more. */
  list(room: Pick<RoomFacts, "id" | "name" | "kind" | "archived">, before?: string): Promise<void>;
  /** Channels whose name starts like that, 50 a page. Mends what it finds wrong. */
  page(query: string, cursor?: PageCursor): Promise<{ rooms: RoomFacts[]; cursor?: PageCursor }>;
}

const roomsAPage = 50;

/**
 * The directory is in another slot than the rooms, so the two do not change in one step: a room is listed anew after it
 * changed, and whoever comes upon an entry that is not true any more puts it right.
 */
export function createDirectory(options: {
  redis: RedisConnection;
  prefix: string;
  describe: (rooms: readonly RoomId[]) => Promise<(RoomFacts | undefined)[]>;
}): Directory {
  const { redis } = options;
  const key = roomKeys(options.prefix).directory;
  const entryOf = (name: string, id: RoomId) => `${foldName(name)}\u0000${id}`;

  async function list(
    { id, name, kind, archived }: Parameters<Directory["list"]>[0],
    before?: string,
  ): Promise<void> {
    if (kind !== "channel") return;
    const entry = entryOf(name, id);
    await redisCall(() => (archived ? redis.zrem(key, entry) : redis.zadd(key, 0, entry)));
    if (before !== undefined && before !== entry) await redisCall(() => redis.zrem(key, before));
  }

  return {
    list,
    async page(query, cursor) {
      const folded = foldName(query.trim());
      const from = cursor ? `(${pageStart(cursor)}` : `[${folded}`;
      const to = folded === "" ? "+" : `(${folded}\u{10FFFF}`;
      const found = await redisCall(() => redis.zrangebylex(key, from, to, "LIMIT", 0, roomsAPage + 1));
      const entries = found.slice(0, roomsAPage);
      const ids = entries.map((entry) => entry.slice(entry.indexOf("\u0000") + 1) as RoomId);
      const facts = await options.describe(ids);
      const rooms: RoomFacts[] = [];
      for (const [i, room] of facts.entries()) {
        if (!room) continue;
        const entry = entries[i];
        if (!room.archived && entry === entryOf(room.name, room.id)) rooms.push(room);
        else await list(room, entry);
      }
      return { rooms, ...nextPage(found, roomsAPage) };
    },
  };
}
