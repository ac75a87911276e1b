import { createHash, randomUUID } from "node:crypto";
import type { LogName, Logs } from "../logs/index.ts";
import { gatherReads, loadScript, type RedisConnection, redisCall } from "../platform/index.ts";
import type { Person, RoomId, UserId } from "../protocol/index.ts";
import { roomKeys } from "./room-keys.ts";

/** How far somebody has read in a room. */
export interface Mark {
  /** Number of the newest message that is read. */
  readonly read: number;
  /** Place in their own log at which the mark was last moved back on purpose; 0: never. */
  readonly back: number;
  /** Messages after the mark that mention them. */
  readonly mentions: number;
}

/** Nothing to read: for somebody who has no mark yet. */
export function allRead(n: number): Mark {
  return { read: n, back: 0, mentions: 0 };
}

/** A message that mentions somebody, or does not any more. */
export interface Mention {
  readonly room: RoomId;
  /** Number of the message. */
  readonly n: number;
  readonly on: boolean;
  /** Id of the write that made it so: the message, its edit, or its deletion. A retry of that notes it once. */
  readonly because: string;
}

/** How far a user has read, and what mentions them since: what all of their devices agree on, told by their own log. */
export interface Marks {
  of(user: UserId): Promise<ReadonlyMap<RoomId, Mark>>;
  /** In one room; undefined: there is none. */
  in(room: RoomId, user: UserId): Promise<Mark | undefined>;
  /** How far each of these has read in a room as far as others may know; undefined: they have no mark there. */
  readIn(room: RoomId, users: readonly UserId[]): Promise<(number | undefined)[]>;
  /**
   * Moves a read mark forward; what was read already changes nothing, and neither does a reading that does not know yet
   * that the mark was moved back. Answers whether it moved.
   *
   * @param back the latest going back that the reader knows of, see `Mark`
   * @param unseen others go on being told the mark before this
   */
  markRead(by: Person, room: RoomId, n: number, back?: number, unseen?: boolean): Promise<boolean>;
  /** Makes message `n` and all after it unread again. @param newest number of the room's newest message */
  markUnread(by: Person, room: RoomId, n: number, newest: number): Promise<void>;
  /** Counts everything up to `n` as read for somebody who has no mark in the room yet. */
  startReading(user: UserId, room: RoomId, n: number): Promise<void>;
  noteMention(user: UserId, by: Person, mention: Mention): Promise<void>;
  /** The user is not in the room any more. */
  forget(user: UserId, room: RoomId): Promise<void>;
}

const markReadScript = loadScript("mark-read.lua", import.meta.url);
const mentionScript = loadScript("mention.lua", import.meta.url);

export function createMarks({
  redis,
  logs,
  prefix,
}: {
  redis: RedisConnection;
  logs: Logs;
  prefix: string;
}): Marks {
  const keys = roomKeys(prefix);
  const ownLog = (user: UserId): LogName => ({ kind: "user", id: user });
  const reads = gatherReads(redis);
  const marksOf = (user: UserId) => [keys.reads(user), keys.mentions(user)];

  async function move(
    by: Person,
    room: RoomId,
    ...how: [number, "on" | "back", number, 0 | 1]
  ): Promise<boolean> {
    const written = await logs.append(
      ownLog(by.id),
      { id: randomUUID(), type: "read", by, fields: { room } },
      { script: markReadScript, keys: [...marksOf(by.id), keys.shownReads(by.id)], args: [room, ...how] },
    );
    return !("refused" in written);
  }

  return {
    async of(user) {
      const [marks, mentions] = await Promise.all([
        reads.hgetall(keys.reads(user)),
        reads.hgetall(keys.mentions(user)),
      ]);
      return new Map([...marks].map(([room, mark]) => [room as RoomId, markFrom(mark, mentions.get(room))]));
    },
    async in(room, user) {
      const [mark, mentions] = await Promise.all([
        reads.hget(keys.reads(user), room),
        reads.hget(keys.mentions(user), room),
      ]);
      return mark === null ? undefined : markFrom(mark, mentions ?? undefined);
    },
    async readIn(room, users) {
      const marks = await Promise.all(
        users.flatMap((user) => [
          reads.hget(keys.shownReads(user), room),
          reads.hget(keys.reads(user), room),
        ]),
      );
      return users.map((_, i) => {
        const mark = marks[2 * i] ?? marks[2 * i + 1];
        return mark == null ? undefined : Number.parseInt(mark, 10);
      });
    },
    markRead: (by, room, n, back = 0, unseen = false) => move(by, room, n, "on", back, unseen ? 1 : 0),
    async markUnread(by, room, n, newest) {
      await move(by, room, Math.max(0, n - 1), "back", newest, 0);
    },
    async startReading(user, room, n) {
      await redisCall(() => redis.hsetnx(keys.reads(user), room, String(n)));
    },
    async noteMention(user, by, { room, n, on, because }) {
      const id = createHash("sha256").update(`mention\n${because}\n${on}`).digest("base64url").slice(0, 22);
      await logs.append(
        ownLog(user),
        { id, type: "mention", by, fields: { room, n, on } },
        { script: mentionScript, keys: marksOf(user), args: [room, n, on ? 1 : 0] },
      );
    },
    async forget(user, room) {
      await redisCall(() =>
        Promise.all(
          [keys.reads(user), keys.mentions(user), keys.shownReads(user)].map((key) => redis.hdel(key, room)),
        ),
      );
    },
  };
}

/** @param mentions numbers of messages, with commas between them */
function markFrom(mark: string, mentions: string | undefined): Mark {
  const [read = 0, back = 0] = mark.split(" ").map(Number);
  const since = mentions?.split(",").filter((n) => Number(n) > read) ?? [];
  return { read, back, mentions: since.length };
}
