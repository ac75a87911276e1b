import type { Messages } from "../messages/index.ts";
import type { Presence } from "../presence/index.ts";
import {
  lobbyId,
  type MessageId,
  type Notify,
  type PageCursor,
  type Person,
  RequestError,
  type RoomId,
  type UserId,
} from "../protocol/index.ts";
import type { Marks, Rooms } from "../rooms/index.ts";
import type { Users } from "../users/index.ts";

/** A message, as far as it matters whom it mentions. */
export interface Mentioning {
  readonly room: RoomId;
  readonly n: number;
  readonly by: UserId;
  readonly mentions?: readonly UserId[] | undefined;
  readonly notify?: Notify | undefined;
}

export function mentionsAnybody({ mentions, notify }: Pick<Mentioning, "mentions" | "notify">): boolean {
  return notify !== undefined || (mentions !== undefined && mentions.length > 0);
}

/**
 * Tells those whom a message mentions, on all of their devices, and takes that back when it does not mention them any
 * more. Their logs are in other hash slots than the room's, so it is a second step after the append: done before the
 * message is acknowledged, so that a client which heard nothing sends again, and a retry notes what was not noted. What
 * is not taken back, because a node died between the two steps of a deletion, goes when the person reads on.
 */
export interface Mentions {
  /** @throws RequestError `forbidden`: the room is too large to mention everybody, and was when the message was stored */
  allow(by: Person, message: { room: RoomId; id: MessageId; notify?: Notify | undefined }): Promise<void>;
  note(by: Person, message: Mentioning, because: MessageId): Promise<void>;
  /** What a message mentions now; undefined: there is no such message, or it is deleted. */
  of(reader: UserId, room: RoomId, of: { seq: number; id: MessageId }): Promise<Mentioning | undefined>;
  /** @param after whom it mentions now; undefined: it is deleted */
  change(
    by: Person,
    before: Mentioning,
    after: readonly UserId[] | undefined,
    because: MessageId,
  ): Promise<void>;
}

/** Messages among which a retry is looked for. */
const lookBack = 200;

export function createMentions(deps: {
  rooms: Rooms;
  messages: Messages;
  marks: Marks;
  users: Users;
  presence: Presence;
  /** Most members that a message may mention at once by `notify`; 0: any number. */
  allMembers: number;
}): Mentions {
  const { rooms, marks, presence } = deps;

  async function everybody(room: RoomId): Promise<UserId[]> {
    const ids: UserId[] = [];
    let cursor: PageCursor | undefined;
    do {
      const after = cursor === undefined ? {} : { cursor };
      const page =
        room === lobbyId
          ? await presence.list({ limit: 200, ...after }).then((list) => ({
              ids: list.users.map((user) => user.id),
              cursor: list.cursor,
            }))
          : await rooms.members(room, cursor);
      ids.push(...page.ids);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return ids;
  }

  async function mentioned({ room, by, mentions = [], notify }: Mentioning): Promise<Set<UserId>> {
    const named = [...new Set(mentions)];
    // Who is nobody must not get a log.
    const known = room === lobbyId ? (await deps.users.people(named)).map(({ id }) => id) : named;
    const ids = new Set(await rooms.membersAmong(room, known));
    if (notify !== undefined) {
      const all = await everybody(room);
      const online = notify === "here" ? (await presence.online(all)).map(({ id }) => id) : all;
      for (const id of online) ids.add(id);
    }
    ids.delete(by);
    return ids;
  }

  async function tell(
    by: Person,
    to: Iterable<UserId>,
    { room, n }: Mentioning,
    on: boolean,
    because: string,
  ) {
    await Promise.all([...to].map((user) => marks.noteMention(user, by, { room, n, on, because })));
  }

  return {
    async allow(by, { room, id, notify }) {
      if (notify === undefined || deps.allMembers === 0) return;
      const [facts] = room === lobbyId ? [] : await rooms.describe([room]);
      const members = room === lobbyId ? presence.count : (facts?.members ?? 0);
      if (members <= deps.allMembers) return;
      // What is stored already is answered with its place, however many have come since.
      const { messages } = await deps.messages.history(by.id, { room, limit: lookBack });
      if (messages.some((message) => message.id === id)) return;
      throw new RequestError(
        "forbidden",
        `everybody can be mentioned at once in rooms of at most ${deps.allMembers}; this one has ${members}`,
        { field: "notify" },
      );
    },
    async note(by, message, because) {
      await tell(by, await mentioned(message), message, true, because);
    },
    async of(reader, room, of) {
      const page = await deps.messages.history(reader, { room, after: Math.max(0, of.seq - 1), limit: 1 });
      const [message] = page.messages;
      if (message === undefined || message.id !== of.id || message.deleted) return undefined;
      const { n, mentions, notify } = message;
      return { room, n, by: message.by.id, mentions, notify };
    },
    async change(by, before, after, because) {
      const was = await mentioned(before);
      const now = after === undefined ? new Set<UserId>() : await mentioned({ ...before, mentions: after });
      const gone = [...was].filter((id) => !now.has(id));
      await tell(by, gone, before, false, because);
      // All of them: a retry makes up for what an earlier try did not come to, and who was told is not told again.
      await tell(by, now, before, true, because);
    },
  };
}
