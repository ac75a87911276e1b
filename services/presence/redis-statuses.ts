import { loadScript, type RedisConnection, runScript } from "../platform/index.ts";
import type { OwnStatus, RequestInput, UserId } from "../protocol/index.ts";
import { presenceKeys } from "./redis-keys.ts";
import type { PresenceTimes } from "./times.ts";

/** What people have set about themselves, on all of their devices. Methods reject with `RequestError`. */
export interface Statuses {
  /** Replaces what was set before; answers how it is now. */
  set(user: UserId, status: RequestInput<"status:set">): Promise<OwnStatus>;
  /** When those who are not shown as here were last seen, as far as they let others know. */
  lastSeen(users: readonly UserId[]): Promise<Map<UserId, string>>;
}

const setScript = loadScript("set-status.lua", import.meta.url);
const statusesScript = loadScript("statuses.lua", import.meta.url);

export function createStatuses(options: {
  redis: RedisConnection;
  prefix: string;
  times: PresenceTimes;
}): Statuses {
  const { redis, times } = options;
  const keys = presenceKeys(options.prefix).all;
  return {
    async set(user, { mode, text, emoji, forSeconds = 0, lastSeen }) {
      const till = (await runScript(redis, setScript, keys, [
        user,
        mode === "auto" ? "" : mode,
        text ?? "",
        emoji ?? "",
        forSeconds * 1_000,
        lastSeen ? 0 : 1,
        times.numberRestMs,
      ])) as number;
      return {
        mode,
        ...(text ? { text } : {}),
        ...(emoji ? { emoji } : {}),
        ...(till === 0 ? {} : { until: new Date(till).toISOString() }),
        lastSeen,
      };
    },
    async lastSeen(users) {
      if (users.length === 0) return new Map();
      const reply = (await runScript(redis, statusesScript, keys, users)) as string[];
      const seen = new Map<UserId, string>();
      for (const [i, user] of users.entries()) {
        const [status = "", ms = ""] = reply.slice(2 * i, 2 * i + 2);
        if (ms !== "" && parseStatus(status).lastSeen) seen.set(user, new Date(Number(ms)).toISOString());
      }
      return seen;
    },
  };
}

interface StoredStatus {
  readonly mode?: Exclude<OwnStatus["mode"], "auto">;
  readonly text?: string;
  readonly emoji?: string;
  readonly till?: number;
  readonly private?: true;
}

/** What `write_status` in state.lua wrote; empty when nothing is set. */
export function parseStatus(record: string): OwnStatus {
  const stored: StoredStatus = record === "" ? {} : JSON.parse(record);
  return {
    mode: stored.mode ?? "auto",
    ...(stored.text === undefined ? {} : { text: stored.text }),
    ...(stored.emoji === undefined ? {} : { emoji: stored.emoji }),
    ...(stored.till === undefined ? {} : { until: new Date(stored.till).toISOString() }),
    lastSeen: stored.private !== true,
  };
}
