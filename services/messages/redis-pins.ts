import { type Logs, messageOf, slotKey, type Written } from "../logs/index.ts";
import { loadScript, type RedisConnection, redisCall } from "../platform/index.ts";
import type { Message, Person, RequestInput, RoomId, UserId } from "../protocol/index.ts";
import { pinsARoom, refusal } from "./refusal.ts";
import { logOf, whoMustBeMember } from "./room-log.ts";

/** Messages that a room keeps at hand. Methods reject with `RequestError`. */
export interface Pins {
  /** Pins a message or takes the pin away; what is so already changes nothing. Any member who may write there may. */
  set(by: Person, pin: RequestInput<"message:pin">): Promise<Written>;
  /** The latest pin first. */
  list(reader: UserId, room: RoomId): Promise<Message[]>;
  /** Whether there is a pin at that place; who asks is not looked at. */
  has(room: RoomId, seq: number): Promise<boolean>;
}

const pinScript = loadScript("pin.lua", import.meta.url);

export function createPins(options: { redis: RedisConnection; logs: Logs; prefix: string }): Pins {
  const { redis, logs, prefix } = options;
  const key = (room: RoomId, name: string) => slotKey(prefix, logOf(room), name);
  return {
    async set(by, { room, id, of, on }) {
      const written = await logs.append(
        logOf(room),
        { id, type: "pin", by, fields: { of, on } },
        {
          script: pinScript,
          keys: [logs.keys(logOf(room)).overlay, key(room, "meta"), key(room, "members"), key(room, "pins")],
          args: [by.id, whoMustBeMember(room, by.id) ?? "", of.seq, of.id, on ? 1 : 0, pinsARoom],
        },
      );
      if ("refused" in written) throw refusal(written);
      return written;
    },
    async list(reader, room) {
      const pinned = await redisCall(() => redis.zrevrange(key(room, "pins"), 0, -1));
      const { entries } = await logs.pick(logOf(room), pinned.map(Number), whoMustBeMember(room, reader));
      return entries.map((entry) => messageOf(entry, reader)).filter(({ deleted }) => !deleted);
    },
    has: async (room, seq) => (await redisCall(() => redis.zscore(key(room, "pins"), seq))) !== null,
  };
}
