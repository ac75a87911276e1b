import { createHash, randomBytes } from "node:crypto";
import {
  callMany,
  gatherCalls,
  gatherReads,
  loadScript,
  type RedisClock,
  type RedisConnection,
  redisCall,
  runScript,
} from "../platform/index.ts";
import {
  foldName,
  type Person,
  RequestError,
  type SessionId,
  type SignIn,
  type UserId,
} from "../protocol/index.ts";
import { userKeys } from "./user-keys.ts";

/** A name is its user's while they are online and for ten minutes more: nodes renew it every minute. */
export const nameHeldMs = 11 * 60_000;
export const renewNamesEveryMs = 60_000;
/** Names claimed or held in one command: less than a millisecond of Redis. */
const naming = { atMost: 200, groupEveryMs: 10 };
/** A name that was claimed and never used falls free soon. */
const unusedNameHeldMs = 30_000;

/** Names, who has them, and which sessions have ended. Methods reject with `RequestError`. */
export interface Users {
  /**
   * Claims a name for a guest. The same name with the same key is always the same user: the id is made from both.
   *
   * @param how `held`: they are here, so the name is theirs as after `hold`; otherwise it falls free soon
   * @throws RequestError `conflict`: somebody else holds the name
   */
  claim(guest: SignIn, how?: { held: boolean }): Promise<Person>;
  /** Keeps the name for somebody who is here. @throws RequestError `conflict`: somebody else has it by now */
  hold(user: Person): Promise<void>;
  /** The same for many, in one command; answers what `hold` throws, undefined for those who keep theirs. */
  holdAll(users: readonly Person[]): Promise<(RequestError | undefined)[]>;
  release(user: Person): Promise<void>;
  /**
   * What belongs to the user is forgotten when they were not here for a long time, which starts now.
   *
   * @param also names of what others keep with the user, in the same slot
   */
  keep(user: Person, also: readonly string[]): Promise<void>;
  /** Who holds a name, online or not; undefined: nobody. */
  byName(name: string): Promise<UserId | undefined>;
  /** What is known of users by id; unknown ones are left out. */
  people(ids: readonly UserId[]): Promise<Person[]>;
  /** From now on the session is refused, until its token would have expired anyway. */
  revoke(user: UserId, session: SessionId, expiresAtMs: number): Promise<void>;
  isRevoked(user: UserId, session: SessionId): Promise<boolean>;
  /** Which of these sessions have been revoked, in one command. */
  revoked(sessions: readonly { user: UserId; session: SessionId }[]): Promise<boolean[]>;
}

const claimScript = loadScript("claim-name.lua", import.meta.url);
const holdScript = loadScript("hold-name.lua", import.meta.url);
const introduceScript = loadScript("introduce.lua", import.meta.url);
const keepScript = loadScript("keep.lua", import.meta.url);
const releaseScript = loadScript("release-name.lua", import.meta.url);
const revokedScript = loadScript("revoked.lua", import.meta.url);

export function createUsers(options: {
  redis: RedisConnection;
  clock: RedisClock;
  prefix: string;
  /** After which what belongs to somebody who was not here is forgotten; 0: never. */
  keptDays: number;
}): Users {
  const { redis, clock } = options;
  const keptMs = options.keptDays * 86_400_000;
  const keys = userKeys(options.prefix);
  const reads = gatherReads(redis);
  const claimName = gatherCalls(redis, claimScript, naming);
  const introduce = gatherCalls(redis, introduceScript, naming);
  const hold = gatherCalls(redis, holdScript, naming);
  return {
    async claim({ name, key }, { held } = { held: false }) {
      const id = key === undefined ? randomId() : idFrom(name, key);
      const digest = key === undefined ? "" : createHash("sha256").update(key).digest("base64url");
      const holder = await claimName([keys.name(name)], [id, digest, held ? nameHeldMs : unusedNameHeldMs]);
      if (holder === null) {
        throw new RequestError("conflict", `the name ${JSON.stringify(name)} is taken; choose another`, {
          field: "name",
        });
      }
      const user = { id: holder as UserId, name };
      await introduce([keys.profile(user.id)], [name, keptMs]);
      return user;
    },
    async hold(user) {
      const held = await hold([keys.name(user.name)], [user.id, nameHeldMs]);
      if (held !== 1) throw nameLost(user);
    },
    async holdAll(users) {
      const calls = users.map(({ id, name }) => ({ keys: [keys.name(name)], args: [id, nameHeldMs] }));
      const held = await callMany(redis, holdScript, calls);
      return users.map((user, i) => (held[i] === 1 ? undefined : nameLost(user)));
    },
    async keep(user, also) {
      const kept = [keys.profile(user.id), keys.preferences(user.id), ...also];
      await runScript(redis, keepScript, kept, [user.name, keptMs]);
    },
    async release(user) {
      await runScript(redis, releaseScript, [keys.name(user.name)], [user.id]);
    },
    async byName(name) {
      const holder = await reads.hget(keys.name(name), "user");
      return (holder ?? undefined) as UserId | undefined;
    },
    async people(ids) {
      const names = await Promise.all(ids.map((id) => reads.hget(keys.profile(id), "name")));
      return ids.flatMap((id, i) => {
        const name = names[i];
        return typeof name === "string" ? [{ id, name }] : [];
      });
    },
    async revoke(user, session, expiresAtMs) {
      await redisCall(async () => {
        await redis.zadd(keys.revoked(user), expiresAtMs, session);
        await redis.zremrangebyscore(keys.revoked(user), "-inf", clock.nowMs() - 60_000);
        // Until the last of them has run out: set when there is no expiry yet, or prolonged.
        await redis.pexpireat(keys.revoked(user), expiresAtMs + 60_000, "NX");
        await redis.pexpireat(keys.revoked(user), expiresAtMs + 60_000, "GT");
      });
    },
    async isRevoked(user, session) {
      return (await reads.zscore(keys.revoked(user), session)) !== null;
    },
    async revoked(sessions) {
      const calls = sessions.map(({ user, session }) => ({ keys: [keys.revoked(user)], args: [session] }));
      return (await callMany(redis, revokedScript, calls)).map((revoked) => revoked === 1);
    },
  };
}

function nameLost({ name }: Person): RequestError {
  return new RequestError(
    "conflict",
    `somebody else is called ${JSON.stringify(name)} by now; sign in with another name`,
    { field: "name" },
  );
}

function randomId(): UserId {
  return `u${randomBytes(12).toString("base64url")}` as UserId;
}

/** The key is a secret of some 122 random bits, so its digest can be public. */
function idFrom(name: string, key: string): UserId {
  const digest = createHash("sha256")
    .update(`parley user\n${foldName(name)}\n${key}`)
    .digest("base64url");
  return `u${digest.slice(0, 16)}` as UserId;
}
