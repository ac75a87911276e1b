import {
  cursorOf,
  type Entry,
  eventJson,
  type LogName,
  type Logs,
  messageOf,
  parseCursor,
  slotKey,
  type Written,
} from "../logs/index.ts";
import { loadScript } from "../platform/index.ts";
import {
  type Cursor,
  lobbyId,
  type Message,
  type Person,
  RequestError,
  type RequestInput,
  type RoomId,
  type UserId,
} from "../protocol/index.ts";

/** What was missed, or a page to start over from. Events are JSON already, as they go out. */
export type SyncAnswer =
  | { events: string[]; cursor: Cursor; more: boolean; bytes: number }
  | { reset: true; messages: Message[]; cursor: Cursor };

/** What was said in rooms. Methods reject with `RequestError`. */
export interface Messages {
  /** Stores the message; resolves when Redis has it on disk. */
  send(by: Person, message: RequestInput<"message:send">): Promise<Written>;
  history(
    reader: UserId,
    request: RequestInput<"room:history">,
  ): Promise<{ messages: Message[]; more: boolean; cursor: Cursor }>;
  /** Everything after a cursor, at most `maxBytes` of it, or a page to start over from. */
  sync(
    reader: UserId,
    room: RoomId,
    cursor: Cursor,
    maxBytes: number,
  ): Promise<SyncAnswer>;
}

const sendScript = loadScript("send.lua", import.meta.url);

/** Who missed more than this starts over with a page, which is quicker to read for them and for us. */
const missedAtMost = 500;
const startOverWith = 50;

export function createMessages(options: {
  logs: Logs;
  prefix: string;
  textBytes: number;
}): Messages {
  const { logs, prefix } = options;
  const logOf = (room: RoomId): LogName => ({ kind: "room", id: room });
  // Everybody who is signed in is in the lobby; it has no members of its own.
  const whoMustBeMember = (room: RoomId, user: UserId) =>
    room === lobbyId ? undefined : user;

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

  return {
    async send(by, { room, id, text, replyTo, mentions }) {
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
      const name = logOf(room);
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
          },
        },
        {
          script: sendScript,
          keys: [
            slotKey(prefix, name, "meta"),
            slotKey(prefix, name, "members"),
          ],
          args: [whoMustBeMember(room, by.id) ?? ""],
        },
      );
      if ("refused" in written) {
        throw written.refused === "missing"
          ? new RequestError("not_found", "there is no such room", {
              field: "room",
            })
          : new RequestError(
              "forbidden",
              "only members may write into this room; join it first",
              { field: "room" },
            );
      }
      return written;
    },
    async history(reader, { room, before, after, around, limit }) {
      const member = whoMustBeMember(room, reader);
      if (around !== undefined) {
        const half = Math.ceil(limit / 2);
        const name = logOf(room);
        const [older, newer] = await Promise.all([
          logs.page(name, {
            direction: "older",
            beside: around,
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
        const head = older.head.seq <= newer.head.seq ? older.head : newer.head;
        return {
          messages: [...older.messages, ...newer.messages].map((entry) =>
            messageOf(entry, reader),
          ),
          more: older.more || newer.more,
          cursor: cursorOf(head),
        };
      }
      const page = await logs.page(logOf(room), {
        direction: after === undefined ? "older" : "newer",
        // 0 would mean "from the newest"; before the first there is nothing.
        beside:
          after ?? (before === undefined ? undefined : Math.max(1, before)),
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
        const { messages, cursor: start } = await newest(
          reader,
          room,
          startOverWith,
        );
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
