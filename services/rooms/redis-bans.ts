import {
  loadScript,
  type RedisClock,
  type RedisConnection,
  redisCall,
  runScript,
} from "../platform/index.ts";
import type { Ban, OwnBan, RoomId, UserId } from "../protocol/index.ts";
import { roomKeys } from "./room-keys.ts";
import type { RoomFacts } from "./room-view.ts";

/** What keeps somebody out of rooms, as they may read it themselves. The room's bans are the truth; an index is kept with the user. */
export interface OwnBans {
  /** Somebody who was in that room is kept out of it from now on. */
  note(user: UserId, room: RoomId): Promise<void>;
  /** The bans that hold, the newest first. Mends the index where one is over. */
  of(user: UserId): Promise<OwnBan[]>;
}

const noteBanScript = loadScript("note-ban.lua", import.meta.url);

/** Of each user; older ones are found out when they try to come in. */
const notedAtMost = 100;

/** Reads what a room's bans say of somebody; undefined: that is over. */
export function banFrom(record: string, nowMs: number): Ban | undefined {
  const space = record.indexOf(" ");
  const untilMs = Number(record.slice(0, space));
  if (untilMs !== 0 && untilMs <= nowMs) return undefined;
  return {
    ...(JSON.parse(record.slice(space + 1)) as Omit<Ban, "until">),
    until: untilMs === 0 ? null : new Date(untilMs).toISOString(),
  };
}

export function createOwnBans(deps: {
  redis: RedisConnection;
  clock: RedisClock;
  prefix: string;
  describe: (rooms: readonly RoomId[]) => Promise<(RoomFacts | undefined)[]>;
}): OwnBans {
  const { redis, clock } = deps;
  const keys = roomKeys(deps.prefix);

  return {
    async note(user, room) {
      const noted = [keys.roomsOf(user), keys.bannedFrom(user)];
      await runScript(redis, noteBanScript, noted, [room, clock.nowMs(), notedAtMost]);
    },
    async of(user) {
      const noted = await redisCall(() => redis.zrevrange(keys.bannedFrom(user), 0, -1));
      const rooms = noted as RoomId[];
      const [records, facts] = await Promise.all([
        redisCall(() => Promise.all(rooms.map((room) => redis.hget(keys.bans(room), user)))),
        deps.describe(rooms),
      ]);
      const bans = rooms.map((id, i) => {
        const ban = banFrom(records[i] ?? "1 {}", clock.nowMs());
        const room = facts[i];
        if (ban === undefined || room === undefined) return undefined;
        const { user: _, ...told } = ban;
        return { room: { id, name: room.name, kind: room.kind }, ...told };
      });
      const over = rooms.filter((_, i) => bans[i] === undefined);
      if (over.length > 0) await redisCall(() => redis.zrem(keys.bannedFrom(user), ...over));
      return bans.filter((ban) => ban !== undefined);
    },
  };
}
