import { createHash, randomUUID } from "node:crypto";
import type { LogName, Logs, Position } from "../logs/index.ts";
import {
  gatherReads,
  loadScript,
  type RedisClock,
  type RedisConnection,
  redisCall,
} from "../platform/index.ts";
import {
  lobbyId,
  type PageCursor,
  type Person,
  RequestError,
  type RoomId,
  type RoomKind,
  type UserId,
} from "../protocol/index.ts";
import { nextPage, pageStart } from "./page-cursor.ts";
import { createOwnBans } from "./redis-bans.ts";
import { createDirectory, type Directory } from "./redis-directory.ts";
import type { Marks } from "./redis-marks.ts";
import { createModeration, type Moderation } from "./redis-moderation.ts";
import { createOwnRooms, type OwnRooms } from "./redis-own-rooms.ts";
import { noSuchRoom, refusal } from "./refusal.ts";
import { roomKeys } from "./room-keys.ts";
import { factsFrom, type RoomFacts } from "./room-view.ts";

/** Somebody came into a room, or was in it already. */
export interface Entered {
  readonly facts: RoomFacts;
  /** Where the room's log stands, with that somebody in it. */
  readonly head: Position;
}

/** Who may be where. Methods reject with `RequestError`. */
export interface Rooms extends Pick<OwnRooms, "mine" | "noted" | "among"> {
  /** Redis names of what is kept with a user about rooms. */
  keysOfUser(user: UserId): string[];
  create(
    by: Person,
    room: {
      id?: RoomId;
      name: string;
      kind: "channel" | "private";
      topic?: string;
    },
  ): Promise<Entered>;
  /** The one conversation of two people; made when they first open it. */
  openDirect(by: Person, other: Person): Promise<Entered>;
  join(by: Person, room: RoomId): Promise<Entered>;
  invite(by: Person, room: RoomId, user: Person): Promise<void>;
  leave(by: Person, room: RoomId): Promise<void>;
  /** Facts of rooms in the order asked for; undefined: there is no such room. */
  describe(rooms: readonly RoomId[]): Promise<(RoomFacts | undefined)[]>;
  isMember(room: RoomId, user: UserId): Promise<boolean>;
  /** Those of the given who are members; in the lobby everybody is. */
  membersAmong(room: RoomId, users: readonly UserId[]): Promise<UserId[]>;
  /** Member ids, by id, 100 a page. */
  members(room: RoomId, cursor?: PageCursor): Promise<{ ids: UserId[]; count: number; cursor?: PageCursor }>;
  directory: Directory["page"];
  /** What those with a role may do to a room and to people in it. */
  readonly moderation: Moderation;
}

const createScript = loadScript("create.lua", import.meta.url);
const changeMemberScript = loadScript("change-member.lua", import.meta.url);

const membersAPage = 100;
/** The lobby is there without being made. */
const lobbyMeta = Object.entries({ kind: "channel", name: "Lobby" });

export function createRooms(options: {
  redis: RedisConnection;
  clock: RedisClock;
  logs: Logs;
  marks: Marks;
  prefix: string;
  /** Rooms that one user may be in; 0: any number. */
  roomsPerUser: number;
  /** Told when somebody was kept out of a room because they are in so many. */
  onFull?: () => void;
}): Rooms {
  const { redis, logs } = options;
  const keys = roomKeys(options.prefix);
  const ownBans = createOwnBans({ ...options, describe });
  const own = createOwnRooms({ ...options, bans: ownBans });
  const directory = createDirectory({ ...options, describe });
  const reads = gatherReads(redis);
  const logOf = (id: RoomId): LogName => ({ kind: "room", id });

  async function describe(ids: readonly RoomId[]): Promise<(RoomFacts | undefined)[]> {
    const found = await Promise.all(
      ids.map((id) => Promise.all([reads.hgetall(keys.meta(id)), reads.zcard(keys.members(id))])),
    );
    return ids.map((id, i) => {
      const [meta = new Map<string, string>(), members = 0] = found[i] ?? [];
      return factsFrom(id, id === lobbyId ? new Map([...meta, ...lobbyMeta]) : meta, members);
    });
  }

  async function factsOf(id: RoomId): Promise<RoomFacts> {
    const [facts] = await describe([id]);
    if (!facts) throw noSuchRoom();
    return facts;
  }

  async function headOf(id: RoomId): Promise<Position> {
    const [head] = await logs.heads([logOf(id)]);
    if (!head) throw new Error("a head was asked for and not answered");
    return head;
  }

  async function enter(by: Person, user: Person, room: RoomId, change: "join" | "invite"): Promise<Entered> {
    const written = await logs.append(
      logOf(room),
      { id: randomUUID(), type: "member", by, fields: { user, joined: true } },
      {
        script: changeMemberScript,
        keys: [keys.meta(room), keys.members(room), keys.bans(room)],
        args: [change, user.id, by.id],
      },
    );
    if ("refused" in written) {
      await own.strike(user.id, room);
      throw refusal(written);
    }
    const [facts, head] = await Promise.all([factsOf(room), headOf(room)]);
    await own.tellAdded(user, by, facts, head, { already: written.duplicate });
    return { facts, head };
  }

  async function make(
    by: Person,
    room: {
      id: RoomId;
      name: string;
      kind: RoomKind;
      topic: string;
      creator: UserId;
    },
    members: readonly Person[],
  ): Promise<Entered> {
    for (const member of members) await own.note(member.id, room.id, by.id);
    const written = await logs.append(
      logOf(room.id),
      {
        id: randomUUID(),
        type: "room",
        by,
        fields: {
          ...(room.name ? { name: room.name } : {}),
          ...(room.topic ? { topic: room.topic } : {}),
        },
      },
      {
        script: createScript,
        keys: [keys.meta(room.id), keys.members(room.id)],
        args: [room.name, room.kind, room.topic, room.creator, ...members.map((member) => member.id)],
      },
    );
    if ("refused" in written) throw refusal(written);
    const [facts, head] = await Promise.all([factsOf(room.id), headOf(room.id)]);
    await directory.list(facts);
    for (const member of members) {
      const peer = room.kind === "direct" ? members.find((other) => other.id !== member.id) : undefined;
      await own.tellAdded(member, by, facts, head, { already: written.duplicate, peer });
    }
    return { facts, head };
  }

  return {
    describe,
    create(by, { id = randomUUID() as string as RoomId, name, kind, topic = "" }) {
      if (id === lobbyId)
        throw new RequestError("conflict", "the lobby is there already", {
          field: "id",
        });
      return make(by, { id, name, kind, topic, creator: by.id }, [by]);
    },
    openDirect(by, other) {
      if (by.id === other.id) {
        throw new RequestError("invalid", "a direct conversation is with somebody else", { field: "to" });
      }
      const [first, second] = by.id < other.id ? [by, other] : [other, by];
      const digest = createHash("sha256").update(`${first.id}\n${second.id}`).digest("base64url");
      const id = `d${digest.slice(0, 21)}` as RoomId;
      return make(by, { id, name: "", kind: "direct", topic: "", creator: first.id }, [by, other]);
    },
    async join(by, room) {
      if (room === lobbyId) return { facts: await factsOf(room), head: await headOf(room) };
      await own.note(by.id, room, by.id);
      return enter(by, by, room, "join");
    },
    async invite(by, room, user) {
      if (room === lobbyId) return;
      // Somebody who may not invite must not write into the index of others.
      const [inside, facts] = await Promise.all([this.isMember(room, by.id), describe([room])]);
      if (!facts[0]) throw noSuchRoom();
      if (!inside) throw refusal({ refused: "denied" });
      if (facts[0].kind === "direct") throw refusal({ refused: "closed" });
      await own.note(user.id, room, by.id);
      await enter(by, user, room, "invite");
    },
    async leave(by, room) {
      if (room === lobbyId)
        throw new RequestError("forbidden", "nobody can leave the lobby", {
          field: "room",
        });
      const written = await logs.append(
        logOf(room),
        {
          id: randomUUID(),
          type: "member",
          by,
          fields: { user: by, joined: false },
        },
        {
          script: changeMemberScript,
          keys: [keys.meta(room), keys.members(room), keys.bans(room)],
          args: ["leave", by.id, by.id],
        },
      );
      if ("refused" in written) throw refusal(written);
      await own.tellRemoved(by, room);
    },
    moderation: createModeration({ ...options, own, ownBans, directory, factsOf }),
    keysOfUser: (user) => [
      keys.roomsOf(user),
      keys.bannedFrom(user),
      keys.removedFrom(user),
      keys.reads(user),
      keys.mentions(user),
      keys.shownReads(user),
    ],
    mine: own.mine,
    noted: own.noted,
    among: own.among,
    async isMember(room, user) {
      if (room === lobbyId) return true;
      return (await reads.zscore(keys.members(room), user)) !== null;
    },
    async membersAmong(room, users) {
      if (room === lobbyId) return [...users];
      const scores = await Promise.all(users.map((user) => reads.zscore(keys.members(room), user)));
      return users.filter((_, i) => scores[i] !== null);
    },
    async members(room, cursor) {
      const after = cursor ? `(${pageStart(cursor)}` : "-";
      const [ids, count] = await redisCall(() =>
        Promise.all([
          redis.zrangebylex(keys.members(room), after, "+", "LIMIT", 0, membersAPage + 1),
          redis.zcard(keys.members(room)),
        ]),
      );
      return {
        ids: ids.slice(0, membersAPage) as UserId[],
        count,
        ...nextPage(ids, membersAPage),
      };
    },
    directory: directory.page,
  };
}
