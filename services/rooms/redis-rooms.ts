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
  foldName,
  lobbyId,
  type PageCursor,
  type Person,
  RequestError,
  type RoomId,
  type RoomKind,
  type UserId,
} from "../protocol/index.ts";
import { createOwnRooms, type OwnRooms } from "./redis-own-rooms.ts";
import { roomKeys } from "./room-keys.ts";
import type { RoomFacts } from "./room-view.ts";

/** Somebody came into a room, or was in it already. */
export interface Entered {
  readonly facts: RoomFacts;
  /** Where the room's log stands, with that somebody in it. */
  readonly head: Position;
}

/** Who may be where. Methods reject with `RequestError`. */
export interface Rooms extends Pick<OwnRooms, "mine" | "markRead" | "startReading"> {
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
  /** Member ids, by id, 100 a page. */
  members(room: RoomId, cursor?: PageCursor): Promise<{ ids: UserId[]; count: number; cursor?: PageCursor }>;
  /** Public channels by name, 50 a page. */
  directory(query: string, cursor?: PageCursor): Promise<{ rooms: RoomFacts[]; cursor?: PageCursor }>;
}

const createScript = loadScript("create.lua", import.meta.url);
const changeMemberScript = loadScript("change-member.lua", import.meta.url);

const membersAPage = 100;
const roomsAPage = 50;

export function createRooms(options: {
  redis: RedisConnection;
  clock: RedisClock;
  logs: Logs;
  prefix: string;
  /** Rooms that one user may be in; 0: any number. */
  roomsPerUser: number;
}): Rooms {
  const { redis, logs } = options;
  const keys = roomKeys(options.prefix);
  const own = createOwnRooms(options);
  const reads = gatherReads(redis);
  const logOf = (id: RoomId): LogName => ({ kind: "room", id });

  async function describe(ids: readonly RoomId[]): Promise<(RoomFacts | undefined)[]> {
    const found = await Promise.all(
      ids.map((id) =>
        Promise.all([reads.hmget(keys.meta(id), "name", "kind", "topic"), reads.zcard(keys.members(id))]),
      ),
    );
    return ids.map((id, i) => {
      if (id === lobbyId) return { id, kind: "channel", name: "Lobby", topic: "", members: 0 };
      const [[name, kind, topic], members] = found[i] ?? [[], 0];
      if (!kind) return undefined;
      return {
        id,
        kind: kind as RoomKind,
        name: name ?? "",
        topic: topic ?? "",
        members,
      };
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
        keys: [keys.meta(room), keys.members(room)],
        args: [change, user.id, by.id],
      },
    );
    if ("refused" in written) {
      await own.strike(user.id, room);
      throw refusal(written.refused);
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
    for (const member of members) await own.note(member.id, room.id);
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
    if ("refused" in written) throw refusal(written.refused);
    if (room.kind === "channel") {
      await redisCall(() => redis.zadd(keys.directory, 0, `${foldName(room.name)}\u0000${room.id}`));
    }
    const [facts, head] = await Promise.all([factsOf(room.id), headOf(room.id)]);
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
      await own.note(by.id, room);
      return enter(by, by, room, "join");
    },
    async invite(by, room, user) {
      if (room === lobbyId) return;
      // Somebody who may not invite must not write into the index of others.
      const [inside, facts] = await Promise.all([this.isMember(room, by.id), describe([room])]);
      if (!facts[0]) throw noSuchRoom();
      if (!inside) throw refusal("denied");
      if (facts[0].kind === "direct") throw refusal("closed");
      await own.note(user.id, room);
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
          keys: [keys.meta(room), keys.members(room)],
          args: ["leave", by.id, by.id],
        },
      );
      if ("refused" in written) throw refusal(written.refused);
      await own.tellRemoved(by, room, { already: written.duplicate });
    },
    mine: own.mine,
    markRead: own.markRead,
    startReading: own.startReading,
    async isMember(room, user) {
      if (room === lobbyId) return true;
      return (await reads.zscore(keys.members(room), user)) !== null;
    },
    async members(room, cursor) {
      const after = cursor ? `(${decodePage(cursor)}` : "-";
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
    async directory(query, cursor) {
      const folded = foldName(query.trim());
      const from = cursor ? `(${decodePage(cursor)}` : `[${folded}`;
      const to = folded === "" ? "+" : `(${folded}\u{10FFFF}`;
      const found = await redisCall(() =>
        redis.zrangebylex(keys.directory, from, to, "LIMIT", 0, roomsAPage + 1),
      );
      const ids = found
        .slice(0, roomsAPage)
        .map((entry) => entry.slice(entry.indexOf("\u0000") + 1) as RoomId);
      const facts = await describe(ids);
      return {
        rooms: facts.filter((room) => room !== undefined),
        ...nextPage(found, roomsAPage),
      };
    },
  };
}

function noSuchRoom(): RequestError {
  return new RequestError("not_found", "there is no such room", {
    field: "room",
  });
}

function refusal(status: string): RequestError {
  switch (status) {
    case "missing":
      return noSuchRoom();
    case "taken":
      return new RequestError("conflict", "there is another room with this id; make a new id", {
        field: "id",
      });
    case "closed":
      return new RequestError(
        "forbidden",
        "one comes into this room only by invitation, and direct conversations stay",
        {
          field: "room",
        },
      );
    case "denied":
      return new RequestError("forbidden", "only members may do this; join the room first", {
        field: "room",
      });
    default:
      return new RequestError("internal", `the room's script answered ${status}`);
  }
}

function nextPage(found: readonly string[], size: number): { cursor?: PageCursor } {
  const last = found[size - 1];
  return found.length > size && last !== undefined
    ? { cursor: Buffer.from(last).toString("base64url") as PageCursor }
    : {};
}

function decodePage(cursor: PageCursor): string {
  return Buffer.from(cursor, "base64url").toString();
}
