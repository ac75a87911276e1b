import { randomUUID } from "node:crypto";
import { cursorOf, type LogName, type Logs, messageOf, slotKey } from "../logs/index.ts";
import { loadScript, type RedisConnection, redisCall } from "../platform/index.ts";
import {
  type Message,
  type MessageId,
  type Person,
  type RequestAnswer,
  RequestError,
  type RequestInput,
  type RoomId,
  type UserId,
} from "../protocol/index.ts";
import type { Answered } from "./redis-messages.ts";
import { unlessAllowed } from "./redis-saved.ts";
import { logOf, whoMustBeMember } from "./room-log.ts";

/** Where a thread is: the message with which it began. */
type Thread = Pick<RequestInput<"thread:follow">, "room" | "of">;

/** What answers a message, and who follows it. Methods reject with `RequestError`. */
export interface Threads {
  /** Redis names of what is kept with a user. */
  keysOfUser(user: UserId): string[];
  page(reader: UserId, request: RequestInput<"room:thread">): Promise<RequestAnswer<"room:thread">>;
  /** Whether the user follows a thread from now on; what is so already changes nothing. */
  follow(user: Person, thread: Thread, on: boolean): Promise<void>;
  /** Up to which reply the user has read; of a thread that they do not follow nothing is noted. */
  markRead(user: Person, thread: Thread, seq: number): Promise<void>;
  /**
   * A reply was stored: its author follows the thread, and so does, from the first reply on, who is answered. Not
   * atomic with the reply: a node that dies in between leaves somebody who does not follow, and can do so by hand.
   */
  answered(by: Person, room: RoomId, answered: Answered, seq: number): Promise<void>;
  list(user: UserId): Promise<RequestAnswer<"threads:list">>;
}

const followScript = loadScript("follow.lua", import.meta.url);
/** Threads that one person may follow. */
const followedAtMost = 200;

export function createThreads(options: {
  redis: RedisConnection;
  logs: Logs;
  prefix: string;
  /** How far somebody has read in each room: replies stand in its conversation as well. */
  marks: { of(user: UserId): Promise<ReadonlyMap<RoomId, { readonly read: number }>> };
}): Threads {
  const { redis, logs, prefix, marks } = options;
  const own = (user: UserId): LogName => ({ kind: "user", id: user });
  const followedKey = (user: UserId) => slotKey(prefix, own(user), "threads");
  const repliesKey = (room: RoomId) => slotKey(prefix, logOf(room), "replies");
  const fieldOf = ({ room, of }: Thread) => `${room} ${of.seq} ${of.id}`;

  async function note(
    user: UserId,
    by: Person,
    thread: Thread,
    change: "follow" | "unfollow" | "read",
    read: number,
  ): Promise<string> {
    const written = await logs.append(
      own(user),
      { id: randomUUID(), type: "thread", by, fields: { room: thread.room, of: thread.of } },
      {
        script: followScript,
        keys: [followedKey(user)],
        args: [fieldOf(thread), change, read, followedAtMost],
      },
    );
    return "refused" in written ? written.refused : "ok";
  }

  /** Up to which sequence somebody has read in the conversation of a room; asked for once a room. */
  function readInRooms(user: UserId): (room: RoomId) => Promise<number> {
    const places = new Map<RoomId, Promise<number>>();
    let mine: ReturnType<typeof marks.of> | undefined;
    const placeIn = async (room: RoomId) => {
      mine ??= marks.of(user);
      const mark = (await mine).get(room);
      return mark === undefined ? 0 : logs.placeOf(logOf(room), mark.read);
    };
    return (room) => {
      const place = places.get(room) ?? placeIn(room);
      places.set(room, place);
      return place;
    };
  }

  async function readRoot(reader: UserId, { room, of }: Thread) {
    const { entries } = await logs.pick(logOf(room), [of.seq], whoMustBeMember(room, reader));
    const root = entries.map((entry) => messageOf(entry, reader))[0];
    return root?.type === "message" && root.id === of.id ? root : undefined;
  }

  async function needRoot(reader: UserId, thread: Thread): Promise<Message> {
    const root = await readRoot(reader, thread);
    if (root !== undefined) return root;
    throw new RequestError("conflict", "that message is not at that place; read the history again", {
      field: "of",
    });
  }

  return {
    keysOfUser: (user) => [followedKey(user)],
    async page(reader, { room, of, before, limit }) {
      const root = await needRoot(reader, { room, of });
      const to = before === undefined ? `(${digits(of.seq)}!` : `(${memberOf(of.seq, before)}`;
      const [members, known, inRoom] = await redisCall(() =>
        Promise.all([
          redis.zrevrangebylex(repliesKey(room), to, `[${digits(of.seq)} `, "LIMIT", 0, limit + 1),
          redis.hget(followedKey(reader), fieldOf({ room, of })),
          readInRooms(reader)(room),
        ]),
      );
      const seqs = members.slice(0, limit).map(replyIn).reverse();
      const { entries, head } = await logs.pick(logOf(room), seqs, whoMustBeMember(room, reader));
      return {
        root,
        messages: entries.map((entry) => messageOf(entry, reader)),
        more: members.length > limit,
        cursor: cursorOf(head),
        follows: known !== null,
        read: later(Number(known ?? 0), inRoom, of.seq),
      };
    },
    async follow(user, thread, on) {
      const root = on ? await needRoot(user.id, thread) : undefined;
      const result = await note(user.id, user, thread, on ? "follow" : "unfollow", root?.replies?.last ?? 0);
      if (result === "full") {
        throw new RequestError(
          "conflict",
          `one can follow at most ${followedAtMost} threads; leave one first`,
          {
            field: "of",
          },
        );
      }
    },
    async markRead(user, thread, seq) {
      await note(user.id, user, thread, "read", seq);
    },
    async answered(by, room, { root, count, author }, seq) {
      const thread = { room, of: root };
      await note(by.id, by, thread, "follow", seq);
      if (count === 1 && author !== undefined && author !== by.id)
        await note(author, by, thread, "follow", 0);
    },
    async list(user) {
      const followed = await redisCall(() => redis.hgetall(followedKey(user)));
      const readIn = readInRooms(user);
      const threads = await Promise.all(
        Object.entries(followed).map(async ([field, mark]) => {
          const [room, seq, id] = field.split(" ") as [RoomId, string, MessageId];
          const thread = { room, of: { seq: Number(seq), id } };
          const read = later(Number(mark), await readIn(room), thread.of.seq);
          const [root, unread] = await Promise.all([
            readRoot(user, thread).catch(unlessAllowed),
            redisCall(() =>
              redis.zlexcount(
                repliesKey(room),
                `(${memberOf(thread.of.seq, read)}`,
                `(${digits(thread.of.seq)}!`,
              ),
            ),
          ]);
          return root === undefined ? [] : [{ room, root, read, unread }];
        }),
      );
      return { threads: threads.flat() };
    },
  };
}

/** How far a thread is read by its own mark and by what was read in the room since it began. */
function later(mark: number, inRoom: number, root: number): number {
  return inRoom > root ? Math.max(mark, inRoom) : mark;
}

/** Members of `replies` as threads.lua writes them: 'root reply', sixteen digits each. '!' is what follows on ' '. */
function memberOf(root: number, reply: number): string {
  return `${digits(root)} ${digits(reply)}`;
}

function digits(seq: number): string {
  return String(seq).padStart(16, "0");
}

function replyIn(member: string): number {
  return Number(member.slice(member.indexOf(" ") + 1));
}
