import { describe, expect, it } from "vitest";
import { genesis } from "../../services/logs/index.ts";
import { createMessages } from "../../services/messages/index.ts";
import type { PageCursor, Person, RoomId } from "../../services/protocol/index.ts";
import { createMarks, createRooms } from "../../services/rooms/index.ts";
import { roomKeys } from "../../services/rooms/room-keys.ts";
import { eventually } from "../support/wait.ts";
import { ada, bob, createStage, errorOf, eve, messageId, person, redisOfFile, roomLog } from "./stage.ts";

const server = redisOfFile();
const lobby = "lobby" as RoomId;
const anyTime = expect.stringMatching(/^\d{4}-.*Z$/);
const mia = person("mia");

/** A channel that ada owns and mia moderates; bob is a member, eve is not. */
async function start() {
  const stage = await createStage(server());
  const rooms = createRooms({ ...stage, marks: createMarks(stage), roomsPerUser: 0 });
  const messages = createMessages({ ...stage, textBytes: 0 });
  const { moderation } = rooms;
  const as = (by: Person, room: RoomId = plaza, id = messageId()) => ({ by: { person: by }, room, id });
  const plaza = (await rooms.create(ada, { name: "Plaza", kind: "channel" })).facts.id;
  await rooms.join(mia, plaza);
  await rooms.join(bob, plaza);
  await moderation.setRole(as(ada), mia, "moderator");
  const send = (by: Person, room = plaza, id = messageId()) => messages.send(by, { room, id, text: "hello" });
  const events = async (room = plaza) => {
    const missed = await stage.logs.since(roomLog(room), genesis, { maxEntries: 1_000, maxBytes: 1_000_000 });
    return (missed?.entries ?? []).map((entry) => {
      const { id: _, ...event } = JSON.parse(`{${entry.body}`) as { id: string; type: string };
      return event;
    });
  };
  const facts = async (room = plaza) => {
    const [found] = await rooms.describe([room]);
    if (!found) throw new Error("there is no such room");
    return found;
  };
  const guard = () => stage.redis.hget(stage.logs.keys(roomLog(plaza)).head, "guard");
  return {
    ...stage,
    rooms,
    messages,
    moderation,
    as,
    plaza,
    send,
    events,
    facts,
    guard,
    keys: roomKeys(stage.prefix),
  };
}

describe("roles", () => {
  it("are given by owners, to members", async () => {
    const { moderation, as, facts, events } = await start();
    await moderation.setRole(as(ada), bob, "moderator");
    await moderation.setRole(as(ada), bob, "moderator");
    expect([...(await facts()).roles].sort()).toEqual([
      [ada.id, "owner"],
      [bob.id, "moderator"],
      [mia.id, "moderator"],
    ]);
    expect((await events()).at(-1)).toEqual({ type: "role", by: ada, user: bob, role: "moderator" });
    expect((await events()).filter(({ type }) => type === "role")).toHaveLength(2);
    expect(await errorOf(moderation.setRole(as(mia), bob, "member"))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.setRole(as(bob), bob, "owner"))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.setRole(as(eve), eve, "owner"))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.setRole(as(ada), eve, "moderator"))).toMatchObject({
      code: "not_found",
      field: "to",
    });
  });

  it("leave an owner, whatever two owners do at the same time", async () => {
    const { moderation, as, facts } = await start();
    expect(await errorOf(moderation.setRole(as(ada), ada, "member"))).toMatchObject({ code: "conflict" });
    for (let round = 0; round < 20; round++) {
      const owners = [...(await facts()).roles].filter(([, role]) => role === "owner").map(([id]) => id);
      const owner = [ada, mia].find(({ id }) => id === owners[0]) ?? ada;
      const other = owner === ada ? mia : ada;
      await moderation.setRole(as(owner), other, "owner");
      await Promise.allSettled([
        moderation.setRole(as(owner), owner, "moderator"),
        moderation.setRole(as(other), other, "moderator"),
      ]);
      expect([...(await facts()).roles.values()].filter((role) => role === "owner")).toHaveLength(1);
    }
  });

  it("pass on when the last owner leaves: to the longest moderator, else to a member, else to who comes next", async () => {
    const { rooms, moderation, as, plaza, facts, events } = await start();
    await moderation.setRole(as(ada), bob, "moderator");
    await rooms.leave(ada, plaza);
    expect((await events()).at(-1)).toMatchObject({ type: "member", joined: false, owner: mia.id });
    expect((await facts()).roles.get(mia.id)).toBe("owner");
    await moderation.setRole(as(mia), bob, "member");
    await rooms.leave(mia, plaza);
    expect([...(await facts()).roles]).toEqual([[bob.id, "owner"]]);
    await rooms.leave(bob, plaza);
    expect([...(await facts()).roles]).toEqual([]);
    await rooms.join(eve, plaza);
    expect((await events()).at(-1)).toMatchObject({ type: "member", joined: true, owner: eve.id });
    expect([...(await facts()).roles]).toEqual([[eve.id, "owner"]]);
  });

  it("stay as they are when one of two owners leaves", async () => {
    const { rooms, moderation, as, plaza, facts, events } = await start();
    await moderation.setRole(as(ada), mia, "owner");
    await rooms.leave(ada, plaza);
    expect((await events()).at(-1)).not.toHaveProperty("owner");
    expect([...(await facts()).roles]).toEqual([[mia.id, "owner"]]);
  });

  it("are given by administrators anywhere, also in the lobby, which needs no owner", async () => {
    const { moderation, as, facts, events } = await start();
    await moderation.setRole({ by: "administrator", room: lobby }, eve, "owner");
    expect((await facts(lobby)).roles.get(eve.id)).toBe("owner");
    expect((await events(lobby)).at(-1)).toMatchObject({
      type: "role",
      by: { name: "Administrator" },
      user: eve,
    });
    await moderation.setRole(as(eve, lobby), bob, "moderator");
    await moderation.setRole(as(eve, lobby), eve, "member");
    expect([...(await facts(lobby)).roles]).toEqual([[bob.id, "moderator"]]);
    await moderation.setRole({ by: "administrator", room: as(ada).room }, bob, "owner");
    expect((await facts()).roles.get(bob.id)).toBe("owner");
  });

  it("are not for direct conversations, or rooms that are not there", async () => {
    const { rooms, moderation, as } = await start();
    const { facts } = await rooms.openDirect(ada, bob);
    expect(facts.roles.size).toBe(0);
    expect(await errorOf(moderation.setRole(as(ada, facts.id), bob, "owner"))).toMatchObject({
      code: "forbidden",
    });
    expect(await errorOf(moderation.remove(as(ada, facts.id), bob))).toMatchObject({ code: "forbidden" });
    const nowhere = as(ada, "nowhere" as RoomId);
    expect(await errorOf(moderation.setRole(nowhere, bob, "owner"))).toMatchObject({ code: "not_found" });
  });
});

describe("those who may act, and on whom", () => {
  const acts = ["remove", "ban", "mute"] as const;

  it("are those whose role is above", async () => {
    const { rooms, moderation, as, plaza } = await start();
    const zoe = person("zoe");
    await rooms.join(zoe, plaza);
    await moderation.setRole(as(ada), zoe, "moderator");
    for (const what of acts) {
      const act = (by: Person, whom: Person) => moderation[what](as(by), whom, { seconds: 60 });
      for (const [by, whom] of [
        [bob, mia],
        [bob, ada],
        [bob, bob],
        [mia, zoe],
        [mia, ada],
        [mia, mia],
        [ada, ada],
        [eve, bob],
      ] as const) {
        expect(await errorOf(act(by, whom)), `${by.name} ${what} ${whom.name}`).toMatchObject({
          code: "forbidden",
        });
      }
    }
    await moderation.mute(as(mia), bob, { seconds: 60 });
    await moderation.mute(as(ada), zoe, { seconds: 60 });
  });

  it("change a room when they moderate it, and archive it when they own it", async () => {
    const { moderation, as, facts, events } = await start();
    expect(await errorOf(moderation.change(as(bob), { topic: "mine" }))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.slow(as(bob), 5))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.archive(as(mia), true))).toMatchObject({ code: "forbidden" });
    await moderation.change(as(mia), { topic: "news", description: "all of it" });
    await moderation.slow(as(mia), 30);
    expect(await facts()).toMatchObject({ topic: "news", description: "all of it", slowSeconds: 30 });
    expect((await events()).slice(-2)).toEqual([
      { type: "room", by: mia, topic: "news", description: "all of it" },
      { type: "room", by: mia, slowSeconds: 30 },
    ]);
    await moderation.change(as(mia), { topic: "" });
    expect(await facts()).toMatchObject({ topic: "", description: "all of it" });
  });
});

describe("an act", () => {
  it("is done once for an id, and not at all when it is so already", async () => {
    const { moderation, as, plaza, events } = await start();
    const before = (await events()).length;
    const id = messageId();
    for (let times = 0; times < 3; times++) await moderation.mute(as(mia, plaza, id), bob, { seconds: 60 });
    await moderation.unmute(as(mia), bob);
    await moderation.unmute(as(mia), bob);
    // The answer was lost, and it is asked for again: what was lifted since stays lifted.
    await moderation.mute(as(mia, plaza, id), bob, { seconds: 60 });
    await moderation.change(as(mia), { topic: "" });
    await moderation.slow(as(mia), 0);
    await moderation.archive(as(ada), false);
    await moderation.unban(as(mia), eve);
    await moderation.remove(as(mia), eve);
    expect((await events()).slice(before).map(({ type }) => type)).toEqual(["mute", "unmute"]);
    expect(await errorOf(moderation.mute(as(mia, plaza, id), bob, { seconds: 61 }))).toMatchObject({
      code: "conflict",
    });
  });

  it("is noted for those who moderate, with its reason, newest first, page by page", async () => {
    const { moderation, as, plaza, events } = await start();
    await moderation.mute(as(mia), bob, { seconds: 60, reason: "too loud" });
    await moderation.ban(as(ada), bob, { seconds: null, reason: "still" });
    const { acts } = await moderation.acts(mia.id, plaza);
    expect(acts).toMatchObject([
      { type: "ban", by: ada, user: bob, seconds: null, reason: "still" },
      { type: "mute", by: mia, user: bob, seconds: 60, reason: "too loud" },
      { type: "role", by: ada, user: mia, role: "moderator" },
    ]);
    expect(JSON.stringify(await events())).not.toContain("loud");
    expect(await errorOf(moderation.acts(bob.id, plaza))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.acts(eve.id, plaza))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.bans(bob.id, plaza))).toMatchObject({ code: "forbidden" });

    for (let i = 0; i < 117; i++) await moderation.change(as(ada), { topic: `topic ${i}` });
    const sizes: number[] = [];
    let cursor: PageCursor | undefined;
    do {
      const page = await moderation.acts(ada.id, plaza, cursor);
      sizes.push(page.acts.length);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(sizes).toEqual([50, 50, 20]);
  });

  it("is forgotten when thousands followed", async () => {
    const { moderation, as, redis, keys, plaza } = await start();
    const acts = Array.from({ length: 1_300 }, (_, i) => moderation.change(as(ada), { topic: `topic ${i}` }));
    await Promise.all(acts);
    expect(await redis.xlen(keys.acts(plaza))).toBeLessThan(1_150);
  });
});

describe("a mute", () => {
  it("takes somebody's word for its time, not what they said or their going", async () => {
    const { moderation, messages, rooms, logs, as, plaza, send, guard } = await start();
    const { seq } = await send(bob);
    const of = {
      seq,
      id: (await messages.history(bob.id, { room: plaza, limit: 1 })).messages[0]?.id as never,
    };
    await moderation.mute(as(mia), bob, { seconds: 1, reason: "loud" });
    const [facts] = await rooms.describe([plaza]);
    const untilMs = facts?.mutes.get(bob.id)?.untilMs ?? 0;
    const until = new Date(untilMs).toISOString();
    const muted = { code: "forbidden", reason: "muted", until };
    const own = await logs.since({ kind: "user", id: bob.id }, genesis, {
      maxEntries: 100,
      maxBytes: 100_000,
    });
    const why = { type: "muted", by: mia, room: plaza, until, reason: "loud" };
    expect(JSON.parse(`{${own?.entries.at(-1)?.body}`)).toMatchObject(why);
    expect(await errorOf(send(bob))).toMatchObject(muted);
    expect(await errorOf(messages.edit(bob, { room: plaza, id: messageId(), of, text: "x" }))).toMatchObject(
      muted,
    );
    expect(
      await errorOf(messages.react(bob, { room: plaza, id: messageId(), of, emoji: "👍", on: true })),
    ).toMatchObject(muted);
    await send(ada);
    await messages.remove(bob, { room: plaza, id: messageId(), of });
    await eventually(() => send(bob));
    expect(await errorOf(moderation.mute(as(mia), eve, { seconds: 60 }))).toMatchObject({
      code: "not_found",
    });
    // What is over is forgotten with the next act.
    await moderation.slow(as(mia), 5);
    expect((await rooms.describe([plaza]))[0]?.mutes.size).toBe(0);
    await moderation.slow(as(mia), 0);
    expect(await guard()).toBeNull();
  });

  it("without a time lasts until it is lifted, also through leaving and coming back", async () => {
    const { moderation, rooms, as, plaza, send, guard } = await start();
    await moderation.mute(as(mia), bob, { seconds: null });
    expect(await errorOf(send(bob))).toMatchObject({ reason: "muted", until: undefined });
    await rooms.leave(bob, plaza);
    await rooms.join(bob, plaza);
    expect(await errorOf(send(bob))).toMatchObject({ reason: "muted" });
    await moderation.unmute(as(mia), bob);
    await send(bob);
    expect(await guard()).toBeNull();
  });

  it("answers a retry of what was stored before", async () => {
    const { moderation, as, plaza, send } = await start();
    const id = messageId();
    const { seq } = await send(bob, plaza, id);
    await moderation.mute(as(mia), bob, { seconds: null });
    expect(await send(bob, plaza, id)).toMatchObject({ seq, duplicate: true });
  });

  it("works in the lobby, where nobody can be removed", async () => {
    const { moderation, as, send } = await start();
    await moderation.setRole({ by: "administrator", room: lobby }, eve, "moderator");
    await moderation.mute(as(eve, lobby), bob, { seconds: 60 });
    expect(await errorOf(send(bob, lobby))).toMatchObject({ reason: "muted" });
    await send(mia, lobby);
    expect(await errorOf(moderation.remove(as(eve, lobby), bob))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.ban(as(eve, lobby), bob, { seconds: 1 }))).toMatchObject({
      code: "forbidden",
    });
  });

  it("lets nothing through that is sent while it comes", async () => {
    const { moderation, as, plaza, send, events } = await start();
    const sends = Array.from({ length: 40 }, () => send(bob));
    await moderation.mute(as(mia), bob, { seconds: 60 });
    await Promise.allSettled([...sends, ...Array.from({ length: 40 }, () => send(bob))]);
    const types = (await events(plaza)).map(({ type }) => type);
    expect(types.slice(types.indexOf("mute") + 1)).toEqual([]);
  });
});

describe("removing and banning", () => {
  it("a member ends their membership; a removed one may come back to a channel", async () => {
    const { moderation, rooms, logs, as, plaza, send, events } = await start();
    await moderation.remove(as(mia), bob);
    expect(await rooms.isMember(plaza, bob.id)).toBe(false);
    expect((await rooms.mine(bob.id)).rooms).toEqual([]);
    expect((await events()).at(-1)).toEqual({ type: "member", by: mia, user: bob, joined: false });
    const own = await logs.since({ kind: "user", id: bob.id }, genesis, {
      maxEntries: 100,
      maxBytes: 100_000,
    });
    expect(JSON.parse(`{${own?.entries.at(-1)?.body}`)).toMatchObject({
      type: "room_removed",
      by: mia,
      room: plaza,
      how: "removed",
    });
    expect(await errorOf(send(bob))).toMatchObject({ code: "forbidden" });
    await rooms.join(bob, plaza);
    await send(bob);
  });

  it("keeps a banned one out until that ends", async () => {
    const { moderation, rooms, logs, as, plaza, send, events } = await start();
    await moderation.ban(as(mia), bob, { seconds: 1, reason: "spam" });
    expect((await events()).at(-1)).toEqual({ type: "member", by: mia, user: bob, joined: false, banned: 1 });
    const own = await logs.since({ kind: "user", id: bob.id }, genesis, {
      maxEntries: 100,
      maxBytes: 100_000,
    });
    const { until, ...told } = JSON.parse(`{${own?.entries.at(-1)?.body}`);
    expect(told).toMatchObject({ type: "room_removed", by: mia, how: "banned", reason: "spam" });
    const banned = { code: "forbidden", reason: "banned", until };
    expect(await moderation.bans(mia.id, plaza)).toMatchObject([
      { user: bob, by: mia, until, reason: "spam" },
    ]);
    expect(await errorOf(rooms.join(bob, plaza))).toMatchObject(banned);
    expect(await errorOf(rooms.invite(ada, plaza, bob))).toMatchObject(banned);
    expect((await rooms.mine(bob.id)).rooms).toEqual([]);
    expect(await errorOf(send(bob))).toMatchObject({ code: "forbidden" });
    await eventually(() => rooms.join(bob, plaza));
    await send(bob);
    expect(await moderation.bans(mia.id, plaza)).toEqual([]);
  });

  it("tells whom it keeps out for as long as it does", async () => {
    const { moderation, rooms, redis, keys, as, plaza } = await start();
    const hut = (await rooms.create(ada, { name: "Hut", kind: "private" })).facts.id;
    await rooms.invite(ada, hut, bob);
    await redis.pexpire(keys.roomsOf(bob.id), 60_000);
    await moderation.ban(as(ada, hut), bob, { seconds: null, reason: "spam" });
    await moderation.ban(as(mia), bob, { seconds: 60 });
    const endless = { room: { id: hut, name: "Hut", kind: "private" }, by: ada, until: null, reason: "spam" };
    expect(await moderation.bansOf(bob.id)).toEqual([
      { room: { id: plaza, name: "Plaza", kind: "channel" }, by: mia, at: anyTime, until: anyTime },
      { ...endless, at: anyTime },
    ]);
    // Forgotten with what else is kept with them.
    expect(await redis.pttl(keys.bannedFrom(bob.id))).toBeGreaterThan(0);
    await moderation.unban(as(mia), bob);
    expect(await moderation.bansOf(bob.id)).toMatchObject([endless]);
    expect(await redis.zcard(keys.bannedFrom(bob.id))).toBe(1);
  });

  it("is not told besides as the removal that came before", async () => {
    const { moderation, rooms, as, plaza } = await start();
    await moderation.remove(as(mia), bob);
    await rooms.join(bob, plaza);
    await moderation.ban(as(mia), bob, { seconds: 60 });
    expect(await moderation.removalsOf(bob.id)).toEqual([]);
  });

  it("keeps out for ever, until it is lifted, also those who were never in, who hear nothing of it", async () => {
    const { moderation, rooms, logs, as, plaza } = await start();
    await moderation.ban(as(mia), eve, { seconds: null });
    expect(await moderation.bansOf(eve.id)).toEqual([]);
    expect(await logs.heads([{ kind: "user", id: eve.id }])).toMatchObject([{ seq: 0 }]);
    expect(await errorOf(rooms.join(eve, plaza))).toMatchObject({ reason: "banned", until: undefined });
    await moderation.unban(as(mia), eve);
    await rooms.join(eve, plaza);
  });

  it("lets nobody in who joins at the same time", async () => {
    const { moderation, rooms, as, plaza } = await start();
    for (let round = 0; round < 20; round++) {
      await Promise.allSettled([
        rooms.join(eve, plaza),
        moderation.ban(as(mia), eve, { seconds: 60 }),
        rooms.join(eve, plaza),
      ]);
      expect(await rooms.isMember(plaza, eve.id)).toBe(false);
      await moderation.unban(as(mia), eve);
    }
  });

  it("tells those who were not told because a node died", async () => {
    const { moderation, redis, keys, logs, as, plaza } = await start();
    await redis.zrem(keys.members(plaza), bob.id);
    await moderation.remove(as(mia), bob);
    const own = await logs.since({ kind: "user", id: bob.id }, genesis, {
      maxEntries: 100,
      maxBytes: 100_000,
    });
    expect(own?.entries.at(-1)?.type).toBe("room_removed");
  });

  it("by an administrator passes a room on that would have no owner", async () => {
    const { moderation, facts, plaza } = await start();
    await moderation.remove({ by: "administrator", room: plaza }, ada);
    expect((await facts()).roles.get(mia.id)).toBe("owner");
  });

  it("has an end: as many are banned as may be, unless some bans are over", async () => {
    const { moderation, redis, keys, as, plaza } = await start();
    const full = Array.from({ length: 1_000 }, (_, i) => [`u${i}`, "0 {}"]).flat();
    await redis.hset(keys.bans(plaza), ...full);
    expect(await errorOf(moderation.ban(as(mia), eve, { seconds: 60 }))).toMatchObject({ code: "conflict" });
    await redis.hset(keys.bans(plaza), "u7", "1 {}");
    await moderation.ban(as(mia), eve, { seconds: 60 });
  });
});

describe("a removal", () => {
  it("is told to whom it took out until they say so", async () => {
    const { moderation, rooms, redis, keys, as, plaza } = await start();
    const hut = (await rooms.create(ada, { name: "Hut", kind: "private" })).facts.id;
    await rooms.invite(ada, hut, bob);
    await redis.pexpire(keys.roomsOf(bob.id), 60_000);
    await moderation.remove(as(ada, hut), bob);
    await moderation.remove(as(mia), bob);
    const fromHut = { room: { id: hut, name: "Hut", kind: "private" }, by: ada, at: anyTime };
    const fromPlaza = { room: { id: plaza, name: "Plaza", kind: "channel" }, by: mia, at: anyTime };
    expect(await moderation.removalsOf(bob.id)).toEqual([fromPlaza, fromHut]);
    expect(await moderation.bansOf(bob.id)).toEqual([]);
    // Forgotten with what else is kept with them.
    expect(await redis.pttl(keys.removedFrom(bob.id))).toBeGreaterThan(0);
    expect(await moderation.removalsOf(bob.id, [plaza])).toEqual([fromHut]);
    expect(await moderation.removalsOf(bob.id, [hut, plaza])).toEqual([]);
    expect(await redis.exists(keys.removedFrom(bob.id))).toBe(0);
  });

  it("is told once for each room, the newest", async () => {
    const { moderation, rooms, as, plaza } = await start();
    await moderation.remove(as(mia), bob);
    await rooms.join(bob, plaza);
    await moderation.remove(as(ada), bob);
    expect(await moderation.removalsOf(bob.id)).toMatchObject([{ room: { id: plaza }, by: ada }]);
    expect(await moderation.removalsOf(bob.id, [plaza])).toEqual([]);
  });

  it("is told to nobody who is in again, or left by themselves", async () => {
    const { moderation, rooms, as, plaza } = await start();
    await moderation.remove(as(mia), bob);
    await rooms.invite(ada, plaza, bob);
    expect(await moderation.removalsOf(bob.id)).toEqual([]);
    await rooms.leave(bob, plaza);
    expect(await moderation.removalsOf(bob.id)).toEqual([]);
  });

  it("is told to nobody who was never in", async () => {
    const { moderation, as } = await start();
    await moderation.remove(as(mia), eve);
    expect(await moderation.removalsOf(eve.id)).toEqual([]);
  });
});

describe("slow mode", () => {
  it("makes each person wait between two messages, those with a role not", async () => {
    const { moderation, rooms, as, plaza, send } = await start();
    await rooms.join(eve, plaza);
    await moderation.slow(as(mia), 60);
    await send(bob);
    const error = await errorOf(send(bob));
    expect(error).toMatchObject({ code: "rate_limited", reason: "slow" });
    const { retryAfterMs } = error as { retryAfterMs?: number };
    expect(retryAfterMs).toBeGreaterThan(55_000);
    expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    await send(eve);
    for (let i = 0; i < 3; i++) {
      await send(ada);
      await send(mia);
    }
    await moderation.slow(as(mia), 1);
    await eventually(() => send(bob));
    await moderation.slow(as(mia), 0);
    for (let i = 0; i < 3; i++) await send(bob);
  });

  it("lets one of many through that come at once, and a retry of that one", async () => {
    const { moderation, as, plaza, send } = await start();
    await moderation.slow(as(mia), 60);
    const ids = Array.from({ length: 20 }, () => messageId());
    const outcomes = await Promise.allSettled(ids.map((id) => send(bob, plaza, id)));
    const passed = ids.filter((_, i) => outcomes[i]?.status === "fulfilled");
    expect(passed).toHaveLength(1);
    expect(await send(bob, plaza, passed[0])).toMatchObject({ duplicate: true });
  });

  it("keeps nothing about people for longer than it needs", async () => {
    const { moderation, redis, prefix, as, plaza, send } = await start();
    await send(bob);
    expect(await redis.keys(`${prefix}*spoke*`)).toEqual([]);
    await moderation.slow(as(mia), 60);
    await send(bob);
    const [key = ""] = await redis.keys(`${prefix}{room:${plaza}}:spoke*`);
    expect(await redis.pttl(key)).toBeGreaterThan(0);
  });
});

describe("an archived room", () => {
  it("can be read, not written or entered, until an owner takes that back", async () => {
    const { moderation, messages, rooms, as, plaza, send, facts, events } = await start();
    const { seq } = await send(bob);
    const of = {
      seq,
      id: (await messages.history(bob.id, { room: plaza, limit: 1 })).messages[0]?.id as never,
    };
    await moderation.archive(as(ada), true);
    expect(await facts()).toMatchObject({ archived: true });
    const archived = { code: "forbidden", reason: "archived" };
    for (const by of [bob, mia, ada]) expect(await errorOf(send(by))).toMatchObject(archived);
    expect(
      await errorOf(messages.react(ada, { room: plaza, id: messageId(), of, emoji: "👍", on: true })),
    ).toMatchObject(archived);
    expect(await errorOf(rooms.join(eve, plaza))).toMatchObject(archived);
    expect(await errorOf(rooms.invite(ada, plaza, eve))).toMatchObject(archived);
    expect((await messages.history(bob.id, { room: plaza, limit: 10 })).messages).toHaveLength(1);
    await messages.remove(ada, { room: plaza, id: messageId(), of });
    await rooms.leave(bob, plaza);
    await moderation.archive(as(ada), false);
    expect((await events()).at(-1)).toEqual({ type: "room", by: ada, archived: false });
    await send(ada);
    await rooms.join(bob, plaza);
  });

  it("is not for the lobby", async () => {
    const { moderation, as } = await start();
    await moderation.setRole({ by: "administrator", room: lobby }, eve, "owner");
    expect(await errorOf(moderation.archive(as(eve, lobby), true))).toMatchObject({ code: "forbidden" });
    expect(await errorOf(moderation.change(as(eve, lobby), { name: "Hall" }))).toMatchObject({
      code: "forbidden",
    });
    await moderation.change(as(eve, lobby), { topic: "welcome" });
  });
});

describe("the directory", () => {
  const names = async (rooms: Awaited<ReturnType<typeof start>>["rooms"], query = "") =>
    (await rooms.directory(query)).rooms.map(({ name }) => name);

  it("follows a new name", async () => {
    const { rooms, moderation, as } = await start();
    await moderation.change(as(mia), { name: "Market" });
    expect(await names(rooms)).toEqual(["Market"]);
    expect(await names(rooms, "pla")).toEqual([]);
    await moderation.change(as(mia), { name: "market" });
    expect(await names(rooms, "MARK")).toEqual(["market"]);
  });

  it("leaves archived rooms out until they are back, and never has private ones", async () => {
    const { rooms, moderation, as } = await start();
    const { facts } = await rooms.create(ada, { name: "Den", kind: "private" });
    await moderation.change(as(ada, facts.id), { name: "Cave" });
    await moderation.archive(as(ada), true);
    expect(await names(rooms)).toEqual([]);
    await moderation.archive(as(ada), false);
    expect(await names(rooms)).toEqual(["Plaza"]);
  });

  it("is put right by whoever finds it wrong, because a node died between two steps", async () => {
    const { rooms, redis, keys, plaza } = await start();
    await redis.hset(keys.meta(plaza), "name", "Market");
    expect(await names(rooms)).toEqual([]);
    expect(await names(rooms)).toEqual(["Market"]);
    await redis.hset(keys.meta(plaza), "archived", "1");
    expect(await names(rooms)).toEqual([]);
    expect(await redis.zcard(keys.directory)).toBe(0);
  });

  it("shows two channels of one name", async () => {
    const { rooms } = await start();
    await rooms.create(bob, { name: "plaza", kind: "channel" });
    expect((await names(rooms)).sort()).toEqual(["Plaza", "plaza"]);
  });
});

describe("a message that somebody else deletes", () => {
  it("is gone, says who did it, and is noted, without what it said", async () => {
    const { moderation, messages, plaza, send } = await start();
    const newest = async () => (await messages.history(bob.id, { room: plaza, limit: 1 })).messages[0];
    const sent = async (by: Person) => {
      const id = messageId();
      return { seq: (await send(by, plaza, id)).seq, id };
    };
    const remove = (by: Person, of: Awaited<ReturnType<typeof sent>>) =>
      messages.remove(by, { room: plaza, id: messageId(), of });

    const adas = await sent(ada);
    expect(await errorOf(remove(bob, adas))).toMatchObject({ code: "forbidden", field: "of" });
    const bobs = await sent(bob);
    const edit = messages.edit(mia, { room: plaza, id: messageId(), of: bobs, text: "nicer" });
    expect(await errorOf(edit)).toMatchObject({ code: "forbidden", field: "of" });
    await remove(mia, bobs);
    await remove(mia, bobs);
    expect(await newest()).toMatchObject({ id: bobs.id, deleted: true, deletedBy: mia, by: bob });
    expect(await newest()).not.toHaveProperty("text");
    const { acts } = await moderation.acts(ada.id, plaza);
    expect(acts.slice(0, 2)).toMatchObject([
      { type: "delete", by: mia, user: bob, of: bobs },
      { type: "role" },
    ]);

    await remove(bob, await sent(bob));
    expect(await newest()).toMatchObject({ deleted: true });
    expect(await newest()).not.toHaveProperty("deletedBy");
    expect((await moderation.acts(ada.id, plaza)).acts).toHaveLength(acts.length);
  });
});
