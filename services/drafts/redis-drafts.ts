import { slotKey } from "../logs/index.ts";
import { loadScript, type RedisConnection, redisCall, runScript } from "../platform/index.ts";
import { RequestError, type RoomId, type UserId } from "../protocol/index.ts";

export interface Draft {
  readonly room: RoomId;
  /** Empty: none any more. */
  readonly text: string;
  /** Of one user's drafts, the later one has the greater revision. */
  readonly revision: number;
}

/**
 * What people were about to say: not in their log, because only the latest of many changes matters. Methods reject with
 * `RequestError`.
 */
export interface Drafts {
  /**
   * The last one to say so wins, in the order of Redis.
   *
   * @throws RequestError `too_large`
   */
  set(user: UserId, room: RoomId, text: string): Promise<number>;
  /** The latest, those that are empty by now included. */
  of(user: UserId): Promise<Draft[]>;
}

const setScript = loadScript("set-draft.lua", import.meta.url);

/** More than a message may have by default: what is too long to be sent is still being shortened. */
const textBytesAtMost = 32 * 1_024;
const draftsAtMost = 100;
const bytesAtMost = 256 * 1_024;
const keptDaysAtMost = 30;

/** @param options.keptDays after which what belongs to somebody who was not here is forgotten; 0: never */
export function createDrafts(options: { redis: RedisConnection; prefix: string; keptDays: number }): Drafts {
  const { redis, prefix, keptDays } = options;
  const keptForMs = Math.min(keptDaysAtMost, keptDays || keptDaysAtMost) * 86_400_000;
  const keyOf = (user: UserId) => slotKey(prefix, { kind: "user", id: user }, "drafts");
  return {
    async set(user, room, text) {
      if (Buffer.byteLength(text) > textBytesAtMost) {
        throw new RequestError("too_large", `a draft may have at most ${textBytesAtMost} bytes`, {
          field: "text",
        });
      }
      const args = [room, text, draftsAtMost, bytesAtMost, keptForMs];
      return Number(await runScript(redis, setScript, [keyOf(user)], args));
    },
    async of(user) {
      const all = await redisCall(() => redis.hgetall(keyOf(user)));
      return Object.entries(all)
        .filter(([room]) => room !== ".")
        .map(([room, value]) => {
          const colon = value.indexOf(":");
          return {
            room: room as RoomId,
            text: value.slice(colon + 1),
            revision: Number(value.slice(0, colon)),
          };
        });
    },
  };
}
