import { hash } from "node:crypto";
import type { Cursor, Message, MessageId, UserId } from "../protocol/index.ts";

/** A place in a log and a digest of the history before it. */
export interface Position {
  readonly seq: number;
  /** Number of the newest message at this place. */
  readonly n: number;
  readonly chain: string;
  /** When the event at this place was made, in Redis time; 0 at the start of the log. */
  readonly atMs: number;
}

/** Where every log starts. */
export const genesis: Position = { seq: 0, n: 0, chain: "0", atMs: 0 };

/** The opaque form in which clients keep a position. */
export function cursorOf(position: { seq: number; chain: string }): Cursor {
  return `${position.seq}-${position.chain}` as Cursor;
}

export function parseCursor(cursor: Cursor): { seq: number; chain: string } {
  const dash = cursor.indexOf("-");
  return { seq: Number(cursor.slice(0, dash)), chain: cursor.slice(dash + 1) };
}

/** One event as the log holds it. What a node needs to deliver it stands outside of the body, which stays unparsed. */
export interface Entry extends Position {
  /** Chain that this event was appended to. */
  readonly before: string;
  readonly type: string;
  /** The event as JSON without its opening brace, `seq`, `at` and `n`. */
  readonly body: string;
  /** JSON of what was done to it since; empty when nothing was. */
  readonly overlay: string;
}

/** What was done to a message since it was written: the overlay's JSON. */
interface Overlay {
  /** Sequence of the latest change; absent when nothing but replies came since. */
  readonly rev?: number;
  readonly text?: string;
  readonly mentions?: UserId[];
  readonly editedAtMs?: number;
  /** Emoji to the ids of those who reacted, in the order in which they did. */
  readonly reactions?: Record<string, UserId[]>;
  /** Those emoji in the order in which they came. */
  readonly kinds?: string[];
  /** What answers it; `last` is the sequence of the newest. */
  readonly replies?: { readonly count: number; readonly last: number; readonly atMs: number };
}

/** Reads `seq n at before chain type body`, the form in which events are stored and published. */
export function parseRecord(record: string, overlay = ""): Entry {
  let start = 0;
  const next = () => {
    const end = record.indexOf(" ", start);
    const field = record.slice(start, end);
    start = end + 1;
    return field;
  };
  const seq = Number(next());
  const n = Number(next());
  const atMs = Number(next());
  const before = next();
  const chain = next();
  const type = next();
  return {
    seq,
    n,
    atMs,
    before,
    chain,
    type,
    body: record.slice(start),
    overlay,
  };
}

/** Marks a payload on a log's channel that is no event. */
export const whisperMark = "~";

/** The event as JSON, as it is sent to clients. Puts text together; parses nothing. */
export function eventJson(entry: Entry): string {
  const n = entry.type === "message" ? `,"n":${entry.n}` : "";
  return `{"seq":${entry.seq},"at":"${new Date(entry.atMs).toISOString()}"${n},${entry.body}`;
}

/** A message event as it stands now, as `viewer` sees it. */
export function messageOf(entry: Entry, viewer: UserId): Message {
  const message = JSON.parse(eventJson(entry)) as Message;
  if (entry.overlay === "") return { ...message, rev: entry.seq };
  const overlay = JSON.parse(entry.overlay) as Overlay;
  const { rev = entry.seq, text, mentions, editedAtMs, reactions, replies } = overlay;
  const thread = replies && {
    replies: { count: replies.count, last: replies.last, at: new Date(replies.atMs).toISOString() },
  };
  if (message.deleted) return { ...message, rev, ...thread };
  // An edit says who is mentioned from then on: nobody, where it names nobody.
  const { mentions: before, ...rest } = message;
  const mentioned = editedAtMs === undefined ? before : mentions;
  return {
    ...rest,
    rev,
    ...thread,
    ...(text === undefined ? {} : { text }),
    ...(mentioned === undefined ? {} : { mentions: mentioned }),
    ...(editedAtMs === undefined ? {} : { editedAt: new Date(editedAtMs).toISOString() }),
    ...(reactions === undefined ? {} : { reactions: summarize(overlay, viewer) }),
  };
}

function summarize(
  { reactions = {}, kinds = Object.keys(reactions) }: Overlay,
  viewer: UserId,
): NonNullable<Message["reactions"]> {
  const firstFew = 10;
  return Object.fromEntries(
    kinds.map((emoji) => {
      const by = reactions[emoji] ?? [];
      return [emoji, { count: by.length, mine: by.includes(viewer), by: by.slice(0, firstFew) }];
    }),
  );
}

/** What a writer hands to the log; the log adds sequence, number, time and chain. */
export interface NewEvent {
  /** Names the write: the same id again is the same write. */
  readonly id: MessageId | string;
  readonly type: string;
  readonly by: { readonly id: UserId; readonly name: string };
  /** Whether it takes the next message number. */
  readonly counts?: boolean;
  /** The other fields of the event. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A new event as it is handed to Redis. */
export interface EncodedEvent {
  /** JSON without the opening brace, so that what Redis assigns can be put before it. */
  readonly body: string;
  /**
   * Tells two writes with the same id apart, by all that the author wrote; not by the author's name, which the same person
   * may spell in another case the next time. Kept for a day for each event, so it is short.
   */
  readonly fingerprint: string;
}

/** The fields, which may be long, are made JSON once for both. */
export function encodeEvent({ id, type, by, fields }: NewEvent): EncodedEvent {
  const json = JSON.stringify(fields);
  const rest = json === "{}" ? "}" : `,${json.slice(1)}`;
  const written = `[${JSON.stringify(type)},${JSON.stringify(by.id)},${json}]`;
  return {
    body: `${JSON.stringify({ id, type, by }).slice(1, -1)}${rest}`,
    fingerprint: hash("sha1", written, "base64url").slice(0, 12),
  };
}
