import { randomUUID } from "node:crypto";
import type { Logs } from "../logs/index.ts";
import { gatherReads, loadScript, type RedisConnection } from "../platform/index.ts";
import type { Person, Preferences, UserId } from "../protocol/index.ts";
import { userKeys } from "./user-keys.ts";

/** What users chose for all of their devices; these learn of a change by their own log. Methods reject with `RequestError`. */
export interface PreferencesOfUsers {
  /** In the order asked for. */
  of(users: readonly UserId[]): Promise<Preferences[]>;
  set(by: Person, preferences: Preferences): Promise<void>;
}

const preferScript = loadScript("prefer.lua", import.meta.url);

export function createPreferences({
  redis,
  logs,
  prefix,
}: {
  redis: RedisConnection;
  logs: Logs;
  prefix: string;
}): PreferencesOfUsers {
  const keys = userKeys(prefix);
  const reads = gatherReads(redis);
  return {
    async of(users) {
      const found = await Promise.all(users.map((user) => reads.hget(keys.preferences(user), "receipts")));
      return found.map((receipts) => ({ receipts: receipts !== "off" }));
    },
    async set(by, preferences) {
      const receipts = preferences.receipts ? "on" : "off";
      await logs.append(
        { kind: "user", id: by.id },
        { id: randomUUID(), type: "preferences", by, fields: { preferences } },
        { script: preferScript, keys: [keys.preferences(by.id)], args: ["receipts", receipts] },
      );
    },
  };
}
