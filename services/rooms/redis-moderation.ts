import { randomUUID } from "node:crypto";
import type { LogName, Logs } from "../logs/index.ts";
import {
  loadScript,
  type RedisClock,
  type RedisConnection,
  runScript,
  type Script,
} from "../platform/index.ts";
import {
  type Act,
  type Ban,
  foldName,
  lobbyId,
  type MessageId,
  type OwnBan,
  type OwnRemoval,
  type PageCursor,
  type Person,
  RequestError,
  type Role,
  type RoomId,
  type UserId,
} from "../protocol/index.ts";
import { pageStart } from "./page-cursor.ts";
import { banFrom, type OwnBans } from "./redis-bans.ts";
import type { Directory } from "./redis-directory.ts";
import type { OwnRooms } from "./redis-own-rooms.ts";
import { refusal } from "./refusal.ts";
import { roomKeys } from "./room-keys.ts";
import type { RoomFacts } from "./room-view.ts";

/** Who acts: somebody with a role in the room, or an administrator, who needs none. */
type Actor = { readonly person: Person } | "administrator";

/** Which act: the same id again is the same act. */
interface Acting {
  readonly by: Actor;
  readonly room: RoomId;
  readonly id?: MessageId | undefined;
}

/** For how long, and why; `null`: until it is lifted. */
interface Restriction {
  readonly seconds: number | null;
  readonly reason?: string | undefined;
}

/**
 * What those with a role may do to a room and to people in it. Each act checks the role, takes effect, is an event of the
 * room's log, and is noted in the log of acts, in one step. Methods reject with `RequestError`.
 */
export interface Moderation {
  change(act: Acting, change: { name?: string; topic?: string; description?: string }): Promise<void>;
  archive(act: Acting, on: boolean): Promise<void>;
  slow(act: Acting, seconds: number): Promise<void>;
  setRole(act: Acting, user: Person, role: Role): Promise<void>;
  remove(act: Acting, user: Person): Promise<void>;
  ban(act: Acting, user: Person, how: Restriction): Promise<void>;
  unban(act: Acting, user: Person): Promise<void>;
  mute(act: Acting, user: Person, how: Restriction): Promise<void>;
  unmute(act: Acting, user: Person): Promise<void>;
  /** The acts, newest first, 50 a page; for those with a role. */
  acts(reader: UserId, room: RoomId, cursor?: PageCursor): Promise<{ acts: Act[]; cursor?: PageCursor }>;
  bans(reader: UserId, room: RoomId): Promise<Ban[]>;
  /** What keeps this user out of rooms that they were in. */
  bansOf(user: UserId): Promise<OwnBan[]>;
  /** What took this user out of rooms, and they have not heard of. Forgets that of the rooms that they were `told` of first. */
  removalsOf(user: UserId, told?: readonly RoomId[]): Promise<OwnRemoval[]>;
}

/** Administrators are nobody in the list; user ids start with a letter of their own, so nobody can be this one. */
const administrator = { id: "administrator" as UserId, name: "Administrator" };

const changeRoomScript = loadScript("change-room.lua", import.meta.url);
const setRoleScript = loadScript("set-role.lua", import.meta.url);
const removeMemberScript = loadScript("remove-member.lua", import.meta.url);
const muteScript = loadScript("mute.lua", import.meta.url);
const liftScript = loadScript("lift.lua", import.meta.url);
const actsScript = loadScript("acts.lua", import.meta.url);

/** When that ends which began then; `null`: not by itself. */
function endOf(atMs: number, seconds: number | null): string | null {
  return seconds === null ? null : new Date(atMs + seconds * 1_000).toISOString();
}

const actsAPage = 50;
const rolesAtMost = 100;
const mutesAtMost = 200;
const bansAtMost = 1_000;

export function createModeration(deps: {
  redis: RedisConnection;
  clock: RedisClock;
  logs: Logs;
  prefix: string;
  own: OwnRooms;
  ownBans: OwnBans;
  directory: Directory;
  factsOf: (room: RoomId) => Promise<RoomFacts>;
}): Moderation {
  const { redis, clock, logs, own } = deps;
  const keys = roomKeys(deps.prefix);
  const logOf = (id: RoomId): LogName => ({ kind: "room", id });

  /** @param event what everybody in the room learns  @param noted what only those who moderate learn besides */
  async function act(
    { by, room, id }: Acting,
    event: { type: string } & Record<string, unknown>,
    noted: Pick<Act, "type"> & Partial<Act>,
    through: { script: Script; args: readonly (string | number)[] },
  ): Promise<{ atMs: number; actor: Person }> {
    const { type, ...fields } = event;
    const actor = by === "administrator" ? administrator : by.person;
    const written = await logs.append(
      logOf(room),
      { id: id ?? randomUUID(), type, by: actor, fields },
      {
        script: through.script,
        keys: [keys.meta(room), keys.members(room), keys.bans(room), keys.acts(room)],
        args: [
          by === "administrator" ? "" : actor.id,
          room === lobbyId ? "lobby" : "room",
          JSON.stringify({ by: actor, ...noted }).slice(1),
          ...through.args,
        ],
      },
    );
    if ("refused" in written) throw refusal(written);
    return { ...written, actor };
  }

  async function change(
    acting: Acting,
    least: Role,
    fields: Pick<Act, "name" | "topic" | "description" | "archived" | "slowSeconds">,
    meta: Record<string, string>,
  ): Promise<void> {
    const before = await deps.factsOf(acting.room);
    await act(
      acting,
      { type: "room", ...fields },
      { type: "room", ...fields },
      { script: changeRoomScript, args: [least, ...Object.entries(meta).flat()] },
    );
    if (acting.room !== lobbyId) {
      await deps.directory.list(
        await deps.factsOf(acting.room),
        `${foldName(before.name)}\u0000${before.id}`,
      );
    }
  }

  async function takeOut(acting: Acting, user: Person, ban?: Restriction): Promise<void> {
    const { reason, seconds = null } = ban ?? {};
    const { atMs, actor } = await act(
      acting,
      { type: "member", user, joined: false, ...(ban ? { banned: seconds } : {}) },
      { type: ban ? "ban" : "remove", user, ...(ban ? { seconds } : {}), ...(reason ? { reason } : {}) },
      {
        script: removeMemberScript,
        args: [
          user.id,
          ban ? "ban" : "remove",
          seconds ?? "",
          restrictionRecord(acting, user, reason),
          bansAtMost,
        ],
      },
    );
    const until = endOf(atMs, seconds);
    await own.tellRemoved(user, acting.room, {
      by: actor,
      told: ban ? { how: "banned", until, ...(reason ? { reason } : {}) } : { how: "removed" },
    });
  }

  /** What is kept beside the time at which a mute or ban ends. */
  function restrictionRecord({ by }: Acting, user: Person, reason: string | undefined): string {
    return JSON.stringify({
      user,
      by: by === "administrator" ? administrator : by.person,
      at: new Date(clock.nowMs()).toISOString(),
      ...(reason ? { reason } : {}),
    });
  }

  async function read(reader: UserId, room: RoomId, what: "acts" | "bans", from: string): Promise<string[]> {
    const [status, ...found] = (await runScript(
      redis,
      actsScript,
      [keys.meta(room), keys.acts(room), keys.bans(room)],
      [reader, what, from, actsAPage + 1],
    )) as string[];
    if (status !== "ok") throw refusal({ refused: String(status) });
    return found;
  }

  return {
    bansOf: deps.ownBans.of,
    async removalsOf(user, told = []) {
      await deps.ownBans.forgetRemovals(user, told);
      return deps.ownBans.removalsOf(user);
    },
    async change(acting, { name, topic, description }) {
      if (name !== undefined && acting.room === lobbyId) {
        throw new RequestError("forbidden", "the lobby keeps its name", { field: "name" });
      }
      const given = {
        ...(name === undefined ? {} : { name }),
        ...(topic === undefined ? {} : { topic }),
        ...(description === undefined ? {} : { description }),
      };
      await change(acting, "moderator", given, given);
    },
    async archive(acting, on) {
      if (acting.room === lobbyId) throw refusal({ refused: "fixed" });
      await change(acting, "owner", { archived: on }, { archived: on ? "1" : "0" });
    },
    slow: (acting, seconds) =>
      change(acting, "moderator", { slowSeconds: seconds }, { slow: String(seconds) }),
    async setRole(acting, user, role) {
      await act(
        acting,
        { type: "role", user, role },
        { type: "role", user, role },
        { script: setRoleScript, args: [user.id, role, rolesAtMost] },
      );
    },
    remove: (acting, user) => takeOut(acting, user),
    ban: takeOut,
    async mute(acting, user, { seconds, reason }) {
      const { atMs, actor } = await act(
        acting,
        { type: "mute", user, seconds },
        { type: "mute", user, seconds, ...(reason ? { reason } : {}) },
        {
          script: muteScript,
          args: [user.id, seconds ?? "", restrictionRecord(acting, user, reason), mutesAtMost],
        },
      );
      // A node that dies before this leaves it to the next welcome.
      if (reason) await own.tellMuted(user, acting.room, { by: actor, until: endOf(atMs, seconds), reason });
    },
    async unmute(acting, user) {
      await act(
        acting,
        { type: "unmute", user },
        { type: "unmute", user },
        { script: liftScript, args: [user.id, "mute"] },
      );
    },
    async unban(acting, user) {
      await act(
        acting,
        { type: "unban", user },
        { type: "unban", user },
        { script: liftScript, args: [user.id, "ban"] },
      );
    },
    async acts(reader, room, cursor) {
      const found = await read(reader, room, "acts", cursor ? pageStart(cursor) : "");
      const acts: Act[] = [];
      for (let i = 0; i + 1 < found.length && acts.length < actsAPage; i += 2) {
        const act = JSON.parse(found[i + 1] ?? "{}") as Omit<Act, "at"> & { at: number };
        acts.push({ ...act, at: new Date(act.at).toISOString() });
      }
      const last = found[(actsAPage - 1) * 2];
      return {
        acts,
        ...(found.length > actsAPage * 2 && last !== undefined
          ? { cursor: Buffer.from(last).toString("base64url") as PageCursor }
          : {}),
      };
    },
    async bans(reader, room) {
      const found = await read(reader, room, "bans", "");
      const bans = found.flatMap((record, i) => (i % 2 === 0 ? [] : (banFrom(record, clock.nowMs()) ?? [])));
      return bans.sort((a, b) => (a.at < b.at ? 1 : -1));
    },
  };
}
