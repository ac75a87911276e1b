import { randomUUID } from "node:crypto";
import type { LogName, Logs, Position } from "../logs/index.ts";
import {
  gatherReads,
  loadScript,
  type RedisClock,
  type RedisConnection,
  redisCall,
  runScript,
} from "../platform/index.ts";
import { type Person, RequestError, type RoomId, type UserEvent, type UserId } from "../protocol/index.ts";
import type { OwnBans } from "./redis-bans.ts";
import { allRead, type Mark, type Marks } from "./redis-marks.ts";
import { roomKeys } from "./room-keys.ts";
import { type RoomFacts, roomView } from "./room-view.ts";

/** What is kept with a user about rooms: an index of those they are in, and telling their devices. */
export interface OwnRooms {
  /**
   * @param by who brings the user into the room
   * @throws RequestError `conflict`: they are in as many rooms as one may be in, or as others may bring somebody into
   */
  note(user: UserId, room: RoomId, by: UserId): Promise<void>;
  /** Takes a room out of the index again, unless the user is a member of it. */
  strike(user: UserId, room: RoomId): Promise<void>;
  /** Tells all of the user's devices; not again when they were told before. */
  tellAdded(
    user: Person,
    by: Person,
    facts: RoomFacts,
    head: Position,
    how: { already: boolean; peer?: Person | undefined },
  ): Promise<void>;
  /**
   * Tells all of the user's devices; not again when they were told before.
   *
   * @param how who did it, what they did and said; the user unless told
   */
  tellRemoved(
    user: Person,
    room: RoomId,
    how?: {
      by: Person;
      told: Pick<Extract<UserEvent, { type: "room_removed" }>, "how" | "until" | "reason">;
    },
  ): Promise<void>;
  /** Tells why, which the others in the room do not learn. */
  tellMuted(
    user: Person,
    room: RoomId,
    mute: { by: Person; until: string | null; reason: string },
  ): Promise<void>;
  /** Every room that the user is in, without the lobby, with read marks. Mends the index where it is wrong. */
  mine(user: UserId): Promise<Noted>;
  /** The same as far as it is kept with the user: in a room that is noted they may not be any more, see `among`. */
  noted(user: UserId): Promise<Noted>;
  /** In which of the rooms that are noted the user is. Mends the index where it is wrong. */
  among(user: UserId, noted: readonly RoomId[]): Promise<RoomId[]>;
}

export interface Noted {
  readonly rooms: RoomId[];
  readonly marks: ReadonlyMap<RoomId, Mark>;
}

const noteRoomScript = loadScript("note-room.lua", import.meta.url);

/** Of the rooms that a user may be in, those that others may fill: a flood of invitations leaves the rest to themselves. */
const othersShare = 0.8;

/** How long somebody may take from being noted in the index to being a member: longer than any write takes. */
const comingInMs = 10_000;

/**
 * A room and its members are in another hash slot than what is kept with a user, so the two cannot change in one step.
 * The order makes that safe: the index first when somebody comes (one room too many is found out when they connect), the
 * members first when somebody goes, and each step is made up for when the request is repeated.
 */
export function createOwnRooms(options: {
  redis: RedisConnection;
  clock: RedisClock;
  logs: Logs;
  marks: Marks;
  bans: Pick<OwnBans, "note" | "noteRemoval" | "forgetRemovals">;
  prefix: string;
  roomsPerUser: number;
  onFull?: () => void;
}): OwnRooms {
  const { redis, clock, logs, marks, bans, roomsPerUser, onFull = () => {} } = options;
  const keys = roomKeys(options.prefix);
  const reads = gatherReads(redis);
  const ownLog = (user: UserId): LogName => ({ kind: "user", id: user });

  async function noted(user: UserId): Promise<Noted> {
    const [rooms, marksOfUser] = await Promise.all([reads.zmembers(keys.roomsOf(user)), marks.of(user)]);
    return { rooms: rooms as RoomId[], marks: marksOfUser };
  }

  async function among(user: UserId, rooms: readonly RoomId[]): Promise<RoomId[]> {
    const settledBeforeMs = clock.nowMs() - comingInMs;
    const scores = await Promise.all(rooms.map((room) => reads.zscore(keys.members(room), user)));
    // A node died between the two steps of leaving or joining; unless somebody is between them at this moment.
    for (const room of rooms.filter((_, i) => scores[i] === null)) {
      const notedAtMs = await redisCall(() => redis.zscore(keys.roomsOf(user), room));
      if (Number(notedAtMs) < settledBeforeMs) await redisCall(() => redis.zrem(keys.roomsOf(user), room));
    }
    return rooms.filter((_, i) => scores[i] !== null);
  }

  return {
    noted,
    among,
    async note(user, room, by) {
      const most = by === user ? roomsPerUser : Math.ceil(roomsPerUser * othersShare);
      const noted = await runScript(redis, noteRoomScript, [keys.roomsOf(user)], [room, clock.nowMs(), most]);
      if (noted === 1) return;
      onFull();
      throw new RequestError(
        "conflict",
        by === user
          ? `nobody can be in more than ${roomsPerUser} rooms; leave one first`
          : "they are in as many rooms as others can bring somebody into; ask them to come by themselves",
      );
    },
    async strike(user, room) {
      await redisCall(async () => {
        if ((await redis.zscore(keys.members(room), user)) === null)
          await redis.zrem(keys.roomsOf(user), room);
      });
    },
    async tellAdded(user, by, facts, head, { already, peer }) {
      // The mark is set last, so that it also says that the devices were told: a node may die in between.
      if (already && (await redisCall(() => redis.hexists(keys.reads(user.id), facts.id))) === 1) return;
      const room = roomView(facts, head, {
        viewer: user.id,
        mark: allRead(head.n),
        nowMs: clock.nowMs(),
        peer,
      });
      await logs.append(ownLog(user.id), { id: randomUUID(), type: "room_added", by, fields: { room } });
      // A device that was told may have read on already.
      await marks.startReading(user.id, facts.id, head.n);
    },
    async tellRemoved(user, room, { by, told } = { by: user, told: {} }) {
      // Whoever was never in hears nothing: nobody can write to strangers by banning them.
      if ((await redisCall(() => redis.zscore(keys.roomsOf(user.id), room))) === null) return;
      // Of the times that they were taken out of a room, the last one counts.
      await bans.forgetRemovals(user.id, [room]);
      if (told.how === "removed") await bans.noteRemoval(user.id, room, by);
      if (told.how === "banned") await bans.note(user.id, room);
      await logs.append(ownLog(user.id), {
        id: randomUUID(),
        type: "room_removed",
        by,
        fields: { room, ...told },
      });
      await Promise.all([
        redisCall(() => redis.zrem(keys.roomsOf(user.id), room)),
        marks.forget(user.id, room),
      ]);
    },
    async tellMuted(user, room, { by, ...told }) {
      await logs.append(ownLog(user.id), { id: randomUUID(), type: "muted", by, fields: { room, ...told } });
    },
    async mine(user) {
      const { rooms, marks: marksOfUser } = await noted(user);
      return { rooms: await among(user, rooms), marks: marksOfUser };
    },
  };
}
