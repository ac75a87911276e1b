import {
  cursorOf,
  type Entry,
  eventJson,
  type Logs,
  messageOf,
  parseCursor,
  slotKey,
  type Written,
} from "../logs/index.ts";
import { loadScript, type RedisConnection, runScript } from "../platform/index.ts";
import {
  type Cursor,
  type Message,
  type MessageId,
  type PageCursor,
  type Person,
  type RequestAnswer,
  RequestError,
  type RequestInput,
  type RoomId,
  type UserId,
} from "../protocol/index.ts";
import { type Look, type LookReply, lookFrom, pageOf } from "./look.ts";
import { editsAMessage, reactionKinds, refusal } from "./refusal.ts";
import { logOf, whoMustBeMember } from "./room-log.ts";

/** What was missed, or a page to start over from. Events are JSON already, as they go out. */
export type SyncAnswer =
  | { events: string[]; cursor: Cursor; more: boolean; bytes: number }
  | { reset: true; messages: Message[]; cursor: Cursor };

/** The thread that a new reply went into. */
export interface Answered {
  readonly root: { readonly seq: number; readonly id: MessageId };
  /** Replies in it, this one included. */
  readonly count: number;
  /** Of the message with which it began; undefined when that is not the one that was answered. */
  readonly author: UserId | undefined;
}

/** What was said in rooms. Methods reject with `RequestError`. */
export interface Messages {
  /**
   * Stores the message; resolves when Redis has it on disk.
   *
   * @throws RequestError `forbidden`: no member, muted, or the room is archived; `rate_limited`: slow mode
   */
  send(
    by: Person,
    message: RequestInput<"message:send">,
  ): Promise<Written & { thread: Answered | undefined }>;
  /**
   * @throws RequestError `conflict`: that message is not at that place, or is deleted; `forbidden`: it is somebody else's, or
   * they may not write there now
   */
  edit(by: Person, change: RequestInput<"message:edit">): Promise<Written>;
  /** Erases the message and its edits; a tombstone stays. Those who moderate the room may do that to anybody's. */
  remove(by: Person, change: RequestInput<"message:delete">): Promise<Written>;
  /** Adds or takes back a reaction; what is so already changes nothing. Fails as `edit` does. */
  react(by: Person, change: RequestInput<"message:react">): Promise<Written>;
  /** What a message said over time. Fails as `edit` does, for any member. */
  versions(
    reader: UserId,
    request: RequestInput<"message:versions">,
  ): Promise<RequestAnswer<"message:versions">>;
  /** A page of those who reacted with an emoji. Fails as `versions` does. */
  reactions(
    reader: UserId,
    request: RequestInput<"message:reactions">,
  ): Promise<{ ids: UserId[]; count: number; cursor?: PageCursor }>;
  history(
    reader: UserId,
    request: RequestInput<"room:history">,
  ): Promise<{ messages: Message[]; more: boolean; cursor: Cursor }>;
  /** Everything after a cursor, at most `maxBytes` of it, or a page to start over from. */
  sync(reader: UserId, room: RoomId, cursor: Cursor, maxBytes: number): Promise<SyncAnswer>;
}

const lookScript = loadScript("look.lua", import.meta.url);
const sendScript = loadScript("send.lua", import.meta.url);
const replyScript = loadScript("reply.lua", import.meta.url);
const reviseScript = loadScript("revise.lua", import.meta.url);

/** As many texts as may be long and still fit well into one answer. */
const versionsAPage = 20;

/** Who missed more than this starts over with a page, which is quicker to read for them and for us. */
const missedAtMost = 500;
const startOverWith = 50;

export function createMessages(options: {
  redis: RedisConnection;
  logs: Logs;
  prefix: string;
  textBytes: number;
}): Messages {
  const { redis, logs, prefix } = options;
  const sendMany = logs.gather(sendScript);

  async function newest(reader: UserId, room: RoomId, count: number) {
    const page = await logs.page(logOf(room), {
      direction: "older",
      messages: count,
      member: whoMustBeMember(room, reader),
    });
    return {
      page,
      messages: page.messages.map((entry) => messageOf(entry, reader)),
      cursor: cursorOf(page.head),
    };
  }

  function requireTextFits(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (options.textBytes > 0 && bytes > options.textBytes) {
      throw new RequestError(
        "too_large",
        `the text has ${bytes} bytes; at most ${options.textBytes} are allowed`,
        {
          field: "text",
        },
      );
    }
  }

  async function revise(
    by: Person,
    { room, id, of }: RequestInput<"message:delete">,
    type: "edit" | "delete" | "reaction",
    fields: Record<string, unknown>,
    args: readonly (string | number)[],
  ): Promise<Written> {
    const name = logOf(room);
    const written = await logs.append(
      name,
      { id, type, by, fields: { of, ...fields } },
      {
        script: reviseScript,
        keys: [
          logs.keys(name).overlay,
          slotKey(prefix, name, "meta"),
          slotKey(prefix, name, "members"),
          slotKey(prefix, name, "acts"),
          slotKey(prefix, name, "pins"),
        ],
        args: [by.id, whoMustBeMember(room, by.id) ?? "", of.seq, of.id, ...args],
      },
    );
    if ("refused" in written) throw refusal(written);
    return written;
  }

  async function look(
    reader: UserId,
    { room, of }: Pick<RequestInput<"message:versions">, "room" | "of">,
    versions: number,
    before = 0,
  ): Promise<Look> {
    const name = logOf(room);
    const { log, overlay } = logs.keys(name);
    const reply = (await runScript(
      redis,
      lookScript,
      [log, overlay, slotKey(prefix, name, "meta"), slotKey(prefix, name, "members")],
      [whoMustBeMember(room, reader) ?? "", of.seq, of.id, versions, before],
    )) as LookReply;
    if (reply[0] === "denied") {
      throw new RequestError("forbidden", "only members may read this room; join it first", {
        field: "room",
      });
    }
    if (reply[0] !== "ok") throw refusal({ refused: reply[0], detail: 0 });
    return lookFrom(reply);
  }

  return {
    async send(by, { room, id, text, replyTo, mentions, notify }) {
      requireTextFits(text);
      const name = logOf(room);
      const keys = ["meta", "members", `spoke:${by.id}`].map((key) => slotKey(prefix, name, key));
      const args = [by.id, whoMustBeMember(room, by.id) ?? ""];
      const written = await logs.append(
        name,
        {
          id,
          type: "message",
          by,
          counts: true,
          fields: {
            text,
            ...(replyTo ? { replyTo } : {}),
            ...(mentions?.length ? { mentions } : {}),
            ...(notify ? { notify } : {}),
          },
        },
        replyTo
          ? {
              script: replyScript,
              keys: [...keys, logs.keys(name).overlay, slotKey(prefix, name, "replies")],
              args: [...args, replyTo.seq, replyTo.id],
            }
          : { script: sendMany, keys, args },
      );
      if ("refused" in written) throw refusal(written);
      return { ...written, thread: threadOf(written.more) };
    },
    async edit(by, { text, mentions, ...change }) {
      requireTextFits(text);
      const given = mentions?.length ? { mentions } : {};
      return revise(by, change, "edit", { text, ...given }, [
        "edit",
        text,
        mentions?.length ? JSON.stringify(mentions) : "",
        editsAMessage,
      ]);
    },
    remove: (by, change) => revise(by, change, "delete", {}, ["delete"]),
    react: (by, { emoji, on, ...change }) =>
      revise(by, change, "reaction", { emoji, on }, ["react", emoji, on ? 1 : 0, reactionKinds]),
    async versions(reader, { before, ...message }) {
      const { versions, more } = await look(reader, message, versionsAPage, before);
      return { versions, more };
    },
    async reactions(reader, { emoji, cursor, ...message }) {
      const { reactions } = await look(reader, message, 0);
      return pageOf(Object.hasOwn(reactions, emoji) ? (reactions[emoji] ?? []) : [], cursor);
    },
    async history(reader, { room, before, after, around, limit }) {
      const member = whoMustBeMember(room, reader);
      if (around !== undefined) {
        // The message itself is in the newer part, which therefore is never empty.
        const half = Math.floor(limit / 2);
        const name = logOf(room);
        const [older, newer] = await Promise.all([
          half === 0
            ? undefined
            : logs.page(name, {
                direction: "older",
                // 0 would mean "from the newest".
                beside: Math.max(1, around),
                messages: half,
                member,
              }),
          logs.page(name, {
            direction: "newer",
            beside: Math.max(0, around - 1),
            messages: limit - half,
            member,
          }),
        ]);
        // The cursor is that of the earlier look: an event between the two is then told again, never left out.
        const head = older && older.head.seq < newer.head.seq ? older.head : newer.head;
        return {
          messages: [...(older?.messages ?? []), ...newer.messages].map((entry) => messageOf(entry, reader)),
          more: (older?.more ?? around > 1) || newer.more,
          cursor: cursorOf(head),
        };
      }
      const page = await logs.page(logOf(room), {
        direction: after === undefined ? "older" : "newer",
        // 0 would mean "from the newest"; before the first there is nothing.
        beside: after ?? (before === undefined ? undefined : Math.max(1, before)),
        messages: limit,
        member,
      });
      return {
        messages: page.messages.map((entry) => messageOf(entry, reader)),
        more: page.more,
        cursor: cursorOf(page.head),
      };
    },
    async sync(reader, room, cursor, maxBytes) {
      const from = parseCursor(cursor);
      const missed = await logs.since(logOf(room), from, {
        maxEntries: missedAtMost,
        maxBytes,
        member: whoMustBeMember(room, reader),
      });
      if (!missed || missed.head.seq - from.seq > missedAtMost) {
        const { messages, cursor: start } = await newest(reader, room, startOverWith);
        return { reset: true, messages, cursor: start };
      }
      const { events, bytes } = encode(missed.entries);
      const last = missed.entries.at(-1);
      return {
        events,
        cursor: last ? cursorOf(last) : cursor,
        more: missed.more,
        bytes,
      };
    },
  };
}

function encode(entries: readonly Entry[]): {
  events: string[];
  bytes: number;
} {
  const events = entries.map(eventJson);
  return {
    events,
    bytes: events.reduce((sum, event) => sum + event.length, 0),
  };
}

/** What reply.lua says of the thread, beyond the place of the reply. */
function threadOf([count, seq, id, author]: Written["more"]): Answered | undefined {
  if (count === undefined) return undefined;
  return {
    root: { seq: Number(seq), id: id as MessageId },
    count: Number(count),
    author: author === "" ? undefined : (author as UserId),
  };
}
