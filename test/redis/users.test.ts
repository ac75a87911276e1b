import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Person, SessionId, UserId } from "../../services/protocol/index.ts";
import { createUsers } from "../../services/users/index.ts";
import { nameHeldMs } from "../../services/users/redis-users.ts";
import { userKeys } from "../../services/users/user-keys.ts";
import { createStage, errorOf, redisOfFile } from "./stage.ts";

const server = redisOfFile();
const key = "0f9bbf44-9d41-4bd5-a8e6-0f1b2a6d8b7c";
const otherKey = "5f0c6b7e-2b0e-4f5f-9f3f-d1f0a9f8e7d6";

async function start() {
  const stage = await createStage(server());
  return { ...stage, users: createUsers({ ...stage, keptDays: 90 }), keys: userKeys(stage.prefix) };
}

/** The time a name is held has passed. */
async function letExpire({ redis, keys }: Awaited<ReturnType<typeof start>>, name: string) {
  await redis.pexpire(keys.name(name), 1);
  await vi.waitFor(async () => expect(await redis.exists(keys.name(name))).toBe(0));
}

describe("claiming a name", () => {
  it("gives it to the first who asks, in whatever case", async () => {
    const { users } = await start();
    const ada = await users.claim({ name: "Ada", key });
    expect(ada.name).toBe("Ada");
    for (const name of ["Ada", "ada", "ADA", "\u{1D400}da"]) {
      const error = await errorOf(users.claim({ name, key: otherKey }));
      expect(error).toMatchObject({ code: "conflict", field: "name" });
    }
    expect(await users.byName("aDA")).toBe(ada.id);
  });

  it("knows letters of any script without case", async () => {
    const { users } = await start();
    await users.claim({ name: "Зоя", key });
    expect(await errorOf(users.claim({ name: "ЗОЯ", key: otherKey }))).toMatchObject({ code: "conflict" });
    await users.claim({ name: "İpek", key });
    expect((await users.claim({ name: "Zoë", key })).id).toBe((await users.claim({ name: "Zoë", key })).id);
  });

  it("gives it to one of many who ask at once", async () => {
    const { users } = await start();
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => users.claim({ name: "ada" })));
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
  });

  it("takes the same key for the same person, also after the name fell free", async () => {
    const stage = await start();
    const { users } = stage;
    const first = await users.claim({ name: "ada", key });
    expect(await users.claim({ name: "Ada", key })).toEqual({ id: first.id, name: "Ada" });
    await letExpire(stage, "ada");
    expect(await users.claim({ name: "ada", key })).toEqual(first);
  });

  it("makes somebody else of another key or another name", async () => {
    const stage = await start();
    const { users } = stage;
    const first = await users.claim({ name: "ada", key });
    const elsewhere = await users.claim({ name: "bob", key });
    expect(elsewhere.id).not.toBe(first.id);
    await letExpire(stage, "ada");
    expect((await users.claim({ name: "ada", key: otherKey })).id).not.toBe(first.id);
  });

  it("refuses the second claim without a key, because it could be anybody", async () => {
    const { users } = await start();
    await users.claim({ name: "ada" });
    expect(await errorOf(users.claim({ name: "ada" }))).toMatchObject({ code: "conflict" });
    expect(await errorOf(users.claim({ name: "ada", key }))).toMatchObject({ code: "conflict" });
  });

  it("lasts half a minute when it is not used", async () => {
    const stage = await start();
    await stage.users.claim({ name: "ada", key });
    const ttl = await stage.redis.pttl(stage.keys.name("ada"));
    expect(ttl).toBeGreaterThan(25_000);
    expect(ttl).toBeLessThanOrEqual(30_000);
    await letExpire(stage, "ada");
    await stage.users.claim({ name: "ada", key: otherKey });
  });

  it("keeps nobody's key as it is", async () => {
    const { users, redis, prefix } = await start();
    await users.claim({ name: "ada", key });
    for (const name of await redis.keys(`${prefix}*`)) {
      expect(JSON.stringify(await redis.hgetall(name))).not.toContain(key);
    }
  });
});

describe("holding a name", () => {
  it("lasts ten minutes after the last renewal, and a claim does not shorten it", async () => {
    const { users, redis, keys } = await start();
    const ada = await users.claim({ name: "ada", key });
    await users.hold(ada);
    await users.claim({ name: "ada", key });
    const ttl = await redis.pttl(keys.name("ada"));
    expect(ttl).toBeGreaterThan(10 * 60_000);
    expect(ttl).toBeLessThanOrEqual(nameHeldMs);
  });

  it("takes the name again when it fell free, but not from somebody else", async () => {
    const stage = await start();
    const { users } = stage;
    const ada = await users.claim({ name: "ada", key });
    await letExpire(stage, "ada");
    await users.hold(ada);
    expect(await errorOf(users.claim({ name: "ada", key: otherKey }))).toMatchObject({ code: "conflict" });
    // The one who holds it is still known by the key.
    expect((await users.claim({ name: "ada", key })).id).toBe(ada.id);
    await letExpire(stage, "ada");
    await users.claim({ name: "ada", key: otherKey });
    expect(await errorOf(users.hold(ada))).toMatchObject({ code: "conflict", field: "name" });
  });

  it("of many is one command, and whoever has lost theirs is told apart", async () => {
    const stage = await start();
    const { users, redis, keys } = stage;
    const ada = await users.claim({ name: "ada", key });
    const bob = await users.claim({ name: "bob", key });
    const eve = await users.claim({ name: "eve" });
    await letExpire(stage, "ada");
    await letExpire(stage, "bob");
    await users.claim({ name: "ada", key: otherKey });
    const lost = await users.holdAll([ada, bob, eve]);
    expect(lost.map((reason) => reason?.code)).toEqual(["conflict", undefined, undefined]);
    expect(lost[0]?.message).toBe((await errorOf(users.hold(ada))).message);
    expect(await redis.hget(keys.name("bob"), "user")).toBe(bob.id);
    expect(await redis.pttl(keys.name("eve"))).toBeGreaterThan(10 * 60_000);
  });

  it("ends when it is let go, by its holder alone", async () => {
    const { users } = await start();
    const ada = await users.claim({ name: "ada", key });
    await users.release({ id: "u-else" as UserId, name: "ada" });
    expect(await users.byName("ada")).toBe(ada.id);
    await users.release(ada);
    expect(await users.byName("ada")).toBeUndefined();
    await users.release(ada);
    await users.claim({ name: "ada", key: otherKey });
  });

  it("can be let go while Redis is full", async () => {
    const { users, redis } = await start();
    const ada = await users.claim({ name: "ada", key });
    onTestFinished(async () => void (await redis.config("SET", "maxmemory", "0")));
    await redis.config("SET", "maxmemory", "100kb");
    expect(await errorOf(users.claim({ name: "bob", key }))).toMatchObject({ code: "unavailable" });
    await users.release(ada);
    expect(await users.byName("ada")).toBeUndefined();
  });
});

describe("people", () => {
  it("are known by id, in the order asked for, as they last called themselves", async () => {
    const { users } = await start();
    const ada = await users.claim({ name: "ada", key });
    const bob = await users.claim({ name: "bob" });
    await users.claim({ name: "ADA", key });
    expect(await users.people([bob.id, "u-nobody" as UserId, ada.id])).toEqual([
      bob,
      { ...ada, name: "ADA" },
    ]);
    expect(await users.people([])).toEqual([]);
  });
});

describe("revoked sessions", () => {
  const session = (id: string) => `s-${id}` as SessionId;
  const ask = (user: Person, ...ids: string[]) => ids.map((id) => ({ user: user.id, session: session(id) }));

  it("are known, and no others", async () => {
    const { users, clock } = await start();
    const ada = await users.claim({ name: "ada" });
    const bob = await users.claim({ name: "bob" });
    await users.revoke(ada.id, session("1"), clock.nowMs() + 60_000);
    expect(await users.revoked([...ask(ada, "1", "2"), ...ask(bob, "1")])).toEqual([true, false, false]);
    expect(await users.revoked([])).toEqual([]);
    expect(await users.isRevoked(ada.id, session("1"))).toBe(true);
    expect(await users.isRevoked(ada.id, session("2"))).toBe(false);
  });

  it("are remembered until the last of their tokens would have run out", async () => {
    const { users, clock, redis, keys } = await start();
    const ada = await users.claim({ name: "ada" });
    const now = clock.nowMs();
    await users.revoke(ada.id, session("long"), now + 3_600_000);
    await users.revoke(ada.id, session("short"), now + 60_000);
    expect(await redis.pexpiretime(keys.revoked(ada.id))).toBe(now + 3_660_000);
    await users.revoke(ada.id, session("longer"), now + 7_200_000);
    expect(await redis.pexpiretime(keys.revoked(ada.id))).toBe(now + 7_260_000);
    expect(await users.revoked(ask(ada, "long", "short", "longer"))).toEqual([true, true, true]);
  });

  it("are forgotten once their tokens have run out", async () => {
    const { users, clock, redis, keys } = await start();
    const ada = await users.claim({ name: "ada" });
    await users.revoke(ada.id, session("old"), clock.nowMs() - 120_000);
    await users.revoke(ada.id, session("new"), clock.nowMs() + 60_000);
    expect(await redis.zrange(keys.revoked(ada.id), "0", "-1")).toEqual(["s-new"]);
  });
});

describe("what belongs to somebody", () => {
  const day = 86_400_000;

  it("is forgotten after its days, which start anew whenever they were here", async () => {
    const { users, redis, prefix, keys } = await start();
    const ada = await users.claim({ name: "ada", key });
    expect(await redis.pttl(keys.profile(ada.id))).toBeGreaterThan(89 * day);
    const other = `${prefix}{user:${ada.id}}:reads`;
    await redis.hset(other, "lobby", "1");
    await redis.pexpire(keys.profile(ada.id), day);
    await users.keep(ada, [other, `${prefix}{user:${ada.id}}:nothing`]);
    for (const name of [keys.profile(ada.id), other]) {
      expect(await redis.pttl(name)).toBeGreaterThan(89 * day);
      expect(await redis.pttl(name)).toBeLessThanOrEqual(90 * day);
    }
    expect(await redis.keys(`${prefix}{user:${ada.id}}:*`)).toHaveLength(2);
  });

  it("is there again for somebody whose token outlived it", async () => {
    const { users, redis, keys } = await start();
    const ada = await users.claim({ name: "ada", key });
    await redis.del(keys.profile(ada.id));
    await users.keep(ada, []);
    expect(await users.people([ada.id])).toEqual([ada]);
  });

  it("is kept for ever at 0", async () => {
    const stage = await createStage(server());
    const users = createUsers({ ...stage, keptDays: 0 });
    const ada = await users.claim({ name: "ada", key });
    const { profile } = userKeys(stage.prefix);
    expect(await stage.redis.pttl(profile(ada.id))).toBe(-1);
    await stage.redis.pexpire(profile(ada.id), day);
    await users.keep(ada, []);
    expect(await stage.redis.pttl(profile(ada.id))).toBe(-1);
  });
});
