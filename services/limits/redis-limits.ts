import { loadScript, type RedisConnection, runScript } from "../platform/index.ts";
import { RequestError, type RoomId, type UserId } from "../protocol/index.ts";

/** A rate that holds over all nodes together. */
export interface Rate {
  /** On average; 0: no limit. */
  readonly perSecond: number;
  /** How many may come at once before the rate applies; 0: no limit. */
  readonly burst: number;
}

/** Limits that all nodes keep together, in Redis. Methods reject with `RequestError` `rate_limited` or `unavailable`. */
export interface SharedLimits {
  /** A message that a user wants to send. */
  message(user: UserId): Promise<void>;
  /** Word that a user is typing in a room: one in three seconds. */
  typing(user: UserId, room: RoomId): Promise<void>;
  /** A sign-in from an address. */
  signIn(address: string): Promise<void>;
  /** A room that a user wants to make, enter, leave or bring somebody into. */
  roomChange(user: UserId): Promise<void>;
}

export type SharedLimit = keyof SharedLimits;

const typingEverySeconds = 3;
const takeScript = loadScript("take.lua", import.meta.url);

export function createSharedLimits(options: {
  redis: RedisConnection;
  prefix: string;
  messages: Rate;
  signIns: Rate;
  roomChanges: Rate;
  onRefused?: (limit: SharedLimit) => void;
}): SharedLimits {
  async function take(limit: SharedLimit, key: string, rate: Rate, what: string): Promise<void> {
    if (rate.perSecond === 0 || rate.burst === 0) return;
    const waitMs = Number(
      await runScript(
        options.redis,
        takeScript,
        [options.prefix + key],
        [1_000 / rate.perSecond, rate.burst],
      ),
    );
    if (waitMs > 0) {
      options.onRefused?.(limit);
      const seconds = Math.max(1, Math.round(waitMs / 1_000));
      throw new RequestError("rate_limited", `too many ${what} in a short time; try again in ${seconds} s`, {
        retryAfterMs: waitMs,
      });
    }
  }
  return {
    message: (user) => take("message", `{user:${user}}:limit:messages`, options.messages, "messages"),
    typing: (user, room) =>
      take(
        "typing",
        `{user:${user}}:limit:typing:${room}`,
        { perSecond: 1 / typingEverySeconds, burst: 1 },
        "notices",
      ),
    signIn: (address) =>
      take("signIn", `{address:${address}}:limit:sign-ins`, options.signIns, "sign-ins from your address"),
    roomChange: (user) =>
      take("roomChange", `{user:${user}}:limit:rooms`, options.roomChanges, "rooms and invitations"),
  };
}
