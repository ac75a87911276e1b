import {
  loadScript,
  type RedisClock,
  type RedisConnection,
  redisCall,
  runScript,
} from "../platform/index.ts";
import type { Ban, OwnBan, OwnRemoval, Person, RoomId, UserId } from "../protocol/index.ts";
import { roomKeys } from "./room-keys.ts";
import type { RoomFacts } from "./room-view.ts";

/**
 * What keeps or took somebody out of rooms, as they may read it themselves. Of bans, the room's are the truth, and an index is
 * kept with the user; a removal keeps nobody out, so only the note for the user is left of it.
 */
export interface OwnBans {
  /** Somebody who was in that room is kept out of it from now on. */
  note(user: UserId, room: RoomId): Promise<void>;
  /** The bans that hold, the newest first. Mends the index where one is over. */
  of(user: UserId): Promise<OwnBan[]>;
  /** Somebody was taken out of that room, and may come in again. What was noted of it before is to be forgotten first. */
  noteRemoval(user: UserId, room: RoomId, by: Person): Promise<void>;
  /** They heard of it, or something else became of them and the room. */
  forgetRemovals(user: UserId, rooms: readonly RoomId[]): Promise<void>;
  /** Of rooms that they are not in again, the newest first. */
  removalsOf(user: UserId): Promise<OwnRemoval[]>;
}

const noteOutScript = loadScript("note-out.lua", import.meta.url);

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

function removalFrom(record: string): [room: RoomId, by: Person] {
  return JSON.parse(record) as [RoomId, Person];
}

export function createOwnBans(deps: {
  redis: RedisConnection;
  clock: RedisClock;
  prefix: string;
  describe: (rooms: readonly RoomId[]) => Promise<(RoomFacts | undefined)[]>;
}): OwnBans {
  const { redis, clock } = deps;
  const keys = roomKeys(deps.prefix);

  async function noteOut(user: UserId, where: string, what: string): Promise<void> {
    await runScript(redis, noteOutScript, [keys.roomsOf(user), where], [what, clock.nowMs(), notedAtMost]);
  }

  return {
    note: (user, room) => noteOut(user, keys.bannedFrom(user), room),
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
    noteRemoval: (user, room, by) => noteOut(user, keys.removedFrom(user), JSON.stringify([room, by])),
    async forgetRemovals(user, rooms) {
      if (rooms.length === 0) return;
      const noted = await redisCall(() => redis.zrevrange(keys.removedFrom(user), 0, -1));
      const told = noted.filter((record) => rooms.includes(removalFrom(record)[0]));
      if (told.length > 0) await redisCall(() => redis.zrem(keys.removedFrom(user), ...told));
    },
    async removalsOf(user) {
      const noted = await redisCall(() => redis.zrevrange(keys.removedFrom(user), 0, -1, "WITHSCORES"));
      const removals: { id: RoomId; by: Person; at: string }[] = [];
      for (let i = 0; i + 1 < noted.length; i += 2) {
        const [id, by] = removalFrom(String(noted[i]));
        removals.push({ id, by, at: new Date(Number(noted[i + 1])).toISOString() });
      }
      const rooms = removals.map(({ id }) => id);
      const [inside, facts] = await Promise.all([
        redisCall(() => Promise.all(rooms.map((room) => redis.zscore(keys.members(room), user)))),
        deps.describe(rooms),
      ]);
      return removals.flatMap(({ id, ...removal }, i) => {
        const room = facts[i];
        if (room === undefined || inside[i] !== null) return [];
        return { room: { id, name: room.name, kind: room.kind }, ...removal };
      });
    },
  };
}
