import { gatherCalls, loadScript, type RedisConnection } from "../platform/index.ts";
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
  /** The same without waiting: takes one that was asked for ahead. False: none is left of those, and `message` asks. */
  messageAhead(user: UserId): boolean;
  /** Word that a user is typing in a room: one in three seconds. */
  typing(user: UserId, room: RoomId): Promise<void>;
  /** A sign-in from an address. */
  signIn(address: string): Promise<void>;
  /** A room that a user wants to make, enter, leave or bring somebody into. */
  roomChange(user: UserId): Promise<void>;
}

export type SharedLimit = Exclude<keyof SharedLimits, "messageAhead">;

const typingEverySeconds = 3;

const takeScript = loadScript("take.lua", import.meta.url);
/** Some microseconds of Redis each; a message waits for its own. */
const taking = { atMost: 100, groupEveryMs: 1 };

/**
 * Messages for which a user's limit is asked in one go, at most. Whoever writes on does so without Redis being asked for
 * each; taken ahead, they count as sent, so the limit is never exceeded, and what a user does not use in time is lost to
 * them: a tenth of what they had left, at most.
 */
const takenAhead = 8;
const aheadForMs = 5_000;

/** What was taken ahead for a user, and the question under way. */
interface Ahead {
  left: number;
  untilMs: number;
  asking: Promise<void> | undefined;
}

export function createSharedLimits(options: {
  redis: RedisConnection;
  prefix: string;
  messages: Rate;
  signIns: Rate;
  roomChanges: Rate;
  onRefused?: (limit: SharedLimit) => void;
}): SharedLimits {
  const call = gatherCalls(options.redis, takeScript, taking);
  const ahead = new Map<UserId, Ahead>();
  let tidiedMs = 0;

  /** Answers how many were taken, at least one. */
  async function take(
    limit: SharedLimit,
    key: string,
    rate: Rate,
    what: string,
    wanted = 1,
  ): Promise<number> {
    const [taken, waitMs] = (await call(
      [options.prefix + key],
      [1_000 / rate.perSecond, rate.burst, wanted],
    )) as [number, number];
    if (taken === 0) {
      options.onRefused?.(limit);
      const seconds = Math.max(1, Math.round(waitMs / 1_000));
      throw new RequestError("rate_limited", `too many ${what} in a short time; try again in ${seconds} s`, {
        retryAfterMs: waitMs,
      });
    }
    return taken;
  }

  async function one(limit: SharedLimit, key: string, rate: Rate, what: string): Promise<void> {
    if (!isOff(rate)) await take(limit, key, rate, what);
  }

  async function askAhead(user: UserId, entry: Ahead): Promise<void> {
    try {
      entry.left = await take(
        "message",
        `{user:${user}}:limit:messages`,
        options.messages,
        "messages",
        takenAhead,
      );
      entry.untilMs = performance.now() + aheadForMs;
    } finally {
      entry.asking = undefined;
    }
  }

  function takeAhead(user: UserId): boolean {
    if (isOff(options.messages)) return true;
    const nowMs = performance.now();
    forgetOld(nowMs);
    const entry = ahead.get(user);
    if (!entry || !isLeft(entry, nowMs)) return false;
    entry.left -= 1;
    return true;
  }

  async function takeAsked(user: UserId): Promise<void> {
    const entry = ahead.get(user) ?? { left: 0, untilMs: 0, asking: undefined };
    ahead.set(user, entry);
    // Those who wait for the same answer share it: one more of theirs is left, or each is refused.
    while (!isLeft(entry, performance.now())) {
      entry.asking ??= askAhead(user, entry);
      await entry.asking;
    }
    entry.left -= 1;
  }

  function forgetOld(nowMs: number): void {
    if (nowMs - tidiedMs < aheadForMs) return;
    tidiedMs = nowMs;
    for (const [user, { untilMs, asking }] of ahead) if (untilMs < nowMs && !asking) ahead.delete(user);
  }

  return {
    messageAhead: takeAhead,
    async message(user) {
      if (!takeAhead(user)) await takeAsked(user);
    },
    typing: (user, room) =>
      one(
        "typing",
        `{user:${user}}:limit:typing:${room}`,
        { perSecond: 1 / typingEverySeconds, burst: 1 },
        "notices",
      ),
    signIn: (address) =>
      one("signIn", `{address:${address}}:limit:sign-ins`, options.signIns, "sign-ins from your address"),
    roomChange: (user) =>
      one("roomChange", `{user:${user}}:limit:rooms`, options.roomChanges, "rooms and invitations"),
  };
}

function isLeft({ left, untilMs }: Ahead, nowMs: number): boolean {
  return left > 0 && untilMs >= nowMs;
}

function isOff({ perSecond, burst }: Rate): boolean {
  return perSecond === 0 || burst === 0;
}
