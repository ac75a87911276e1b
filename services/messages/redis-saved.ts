import { randomUUID } from "node:crypto";
import { type LogName, type Logs, messageOf, slotKey } from "../logs/index.ts";
import { loadScript, type RedisConnection, redisCall } from "../platform/index.ts";
import {
  type MessageId,
  type PageCursor,
  type Person,
  type RequestAnswer,
  RequestError,
  type RequestInput,
  type RoomId,
  type UserId,
} from "../protocol/index.ts";
import { logOf, whoMustBeMember } from "./room-log.ts";

/** Messages that somebody keeps for themselves, on all of their devices. Methods reject with `RequestError`. */
export interface Saved {
  /** Redis names of what is kept with a user. */
  keysOfUser(user: UserId): string[];
  /** Saves a message that the user may read, or forgets it; what is so already changes nothing. */
  set(by: Person, save: RequestInput<"message:save">): Promise<void>;
  has(user: UserId, saved: Pick<RequestInput<"message:save">, "room" | "of">): Promise<boolean>;
  /** The latest first, without what the user may not read any more or is not kept. */
  list(user: UserId, cursor?: PageCursor): Promise<RequestAnswer<"saved:list">>;
}

const saveScript = loadScript("save.lua", import.meta.url);
/** Messages that one person may save. */
const savedAtMost = 500;
const savedAPage = 30;

export function createSaved(options: { redis: RedisConnection; logs: Logs; prefix: string }): Saved {
  const { redis, logs, prefix } = options;
  const own = (user: UserId): LogName => ({ kind: "user", id: user });
  const key = (user: UserId) => slotKey(prefix, own(user), "saved");

  const nameOf = ({ room, of }: Parameters<Saved["has"]>[1]) => `${room} ${of.seq} ${of.id}`;

  async function read(reader: UserId, room: RoomId, seq: number, id: string) {
    const { entries } = await logs.pick(logOf(room), [seq], whoMustBeMember(room, reader));
    const message = entries.map((entry) => messageOf(entry, reader))[0];
    return message?.type === "message" && message.id === id ? message : undefined;
  }

  return {
    keysOfUser: (user) => [key(user)],
    async set(by, { room, of, on }) {
      if (on && !(await read(by.id, room, of.seq, of.id))) {
        throw new RequestError("conflict", "that message is not at that place; read the history again", {
          field: "of",
        });
      }
      const written = await logs.append(
        own(by.id),
        { id: randomUUID(), type: "saved", by, fields: { room, of, on } },
        {
          script: saveScript,
          keys: [key(by.id)],
          args: [nameOf({ room, of }), on ? 1 : 0, savedAtMost],
        },
      );
      if ("refused" in written && written.refused === "full") {
        throw new RequestError("conflict", `one can save at most ${savedAtMost} messages; forget one first`, {
          field: "of",
        });
      }
    },
    has: async (user, saved) => (await redisCall(() => redis.zscore(key(user), nameOf(saved)))) !== null,
    async list(user, cursor) {
      const from = cursor === undefined ? 0 : Math.max(0, Number.parseInt(cursor, 36) || 0);
      const found = await redisCall(() => redis.zrevrange(key(user), from, from + savedAPage));
      const messages = await Promise.all(
        found.slice(0, savedAPage).map(async (member) => {
          const [room, seq, id] = member.split(" ") as [RoomId, string, MessageId];
          const message = await read(user, room, Number(seq), id).catch(unlessAllowed);
          return message === undefined || message.deleted ? [] : [{ room, message }];
        }),
      );
      return {
        saved: messages.flat(),
        ...(found.length > savedAPage ? { cursor: (from + savedAPage).toString(36) as PageCursor } : {}),
      };
    },
  };
}

/** Whoever left the room since may not read it any more; that is no reason to keep the rest from them. */
export function unlessAllowed(error: unknown): undefined {
  if (!(error instanceof RequestError) || error.code !== "forbidden") throw error;
}
