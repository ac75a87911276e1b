import { eventJson, parseRecord } from "../logs/index.ts";
import type { PageCursor, RequestAnswer, UserId } from "../protocol/index.ts";

/** What `look.lua` answers when it finds the message. */
export type LookReply = [status: string, overlay: string, more: number, ...string[]];

/** One message with what is told of it only to those who ask. */
export interface Look extends RequestAnswer<"message:versions"> {
  /** Emoji to the ids of those who reacted, in the order in which they did. */
  readonly reactions: Readonly<Record<string, readonly UserId[]>>;
}

const peopleAPage = 50;

export function lookFrom([, overlay, more, ...records]: LookReply): Look {
  const { reactions = {} } = (overlay === "" ? {} : JSON.parse(overlay)) as Partial<Pick<Look, "reactions">>;
  const versions: Look["versions"] = [];
  for (const record of records) {
    const version = JSON.parse(eventJson(parseRecord(record)));
    const { seq, at, text } = version as Look["versions"][number];
    versions.push({ seq, at, text });
  }
  return { reactions, versions, more: more === 1 };
}

/** A stretch of a list of people; the cursor is the place in it, as of the moment. */
export function pageOf(all: readonly UserId[], cursor: PageCursor | undefined) {
  const from = cursor === undefined ? 0 : Math.max(0, Number.parseInt(cursor, 36) || 0);
  const to = from + peopleAPage;
  return {
    ids: all.slice(from, to),
    count: all.length,
    ...(to < all.length ? { cursor: to.toString(36) as PageCursor } : {}),
  };
}
