import { z } from "zod";
import { cursorSchema, messageIdSchema, roomIdSchema, sessionIdSchema, userIdSchema } from "./ids.ts";

/**
 * Text that has a form in UTF-8. Half a surrogate pair has none: it would come back as another character, and a message
 * that holds one could not be read again where it is stored.
 */
const wellFormed = (text: string) => !/\p{Surrogate}/u.test(text);
export const textSchema = z.string().refine(wellFormed, "must be well-formed Unicode");

/** Characters that nobody sees: with them, two names could look the same, or like nothing at all. */
const invisible = /\p{Default_Ignorable_Code_Point}/u;

/** Names are 1 to 32 characters after trimming and NFKC: letters, digits, `.`, `_`, `-` and inner spaces of any script. */
export const nameSchema = z
  .string()
  .max(256, "must be at most 32 characters")
  .transform((name) => name.normalize("NFKC").trim().replace(/\s+/gu, " "))
  .pipe(
    z
      .string()
      .min(1, "must not be empty")
      .refine((name) => [...name].length <= 32, "must be at most 32 characters")
      .refine(
        (name) => /^(?!\p{M})[\p{L}\p{M}\p{N}._\- ]*$/u.test(name) && !invisible.test(name),
        "may hold letters, digits, '.', '_', '-' and spaces",
      ),
  )
  .describe("1 to 32 letters, digits, `.`, `_`, `-` and inner spaces of any script");

export const timeSchema = z.iso.datetime().describe("ISO 8601 in UTC");
export const sequenceSchema = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
export const draftSchema = z
  .object({
    room: roomIdSchema,
    text: z.string().describe("Empty: none any more"),
    revision: z.number().int().describe("The later of two drafts has the greater one"),
  })
  .describe("What one was about to say in a room");

export const topicSchema = textSchema.trim().max(250, "must be at most 250 characters");

export const descriptionSchema = textSchema.trim().max(2_000, "must be at most 2000 characters");
export const slowSecondsSchema = z.number().int().min(0).max(21_600);

export const personSchema = z.object({ id: userIdSchema, name: z.string() }).describe("Who somebody is");

export const userSchema = z
  .object({
    id: userIdSchema,
    name: z.string(),
    number: z.number().int().nullable().describe("Small, unique among those online; null when offline"),
    status: z.enum(["online", "away", "offline"]),
    since: timeSchema.nullable().describe("When this user came online; null when offline"),
    dnd: z.literal(true).optional().describe("Does not want to be disturbed"),
    statusText: z.string().optional().describe("A line that this user says of themselves"),
    statusEmoji: z.string().optional(),
    statusUntil: timeSchema.optional().describe("When text, emoji and `dnd` end"),
    lastSeen: timeSchema.optional().describe("Of somebody offline who lets others know"),
  })
  .describe("A user in the list of who is here");

/** A line about oneself is short enough for a list. */
export const statusTextSchema = textSchema.trim().max(100, "must be at most 100 characters");
export const emojiSchema = textSchema.min(1).max(32);
export const statusModeSchema = z
  .enum(["auto", "away", "dnd", "invisible"])
  .describe(
    "`auto`: away by itself; `dnd`: do not disturb; `invisible`: for others one is not here, and neither comes nor goes",
  );

export const ownStatusSchema = z
  .object({
    mode: statusModeSchema,
    text: z.string().optional(),
    emoji: z.string().optional(),
    until: timeSchema.optional().describe("When mode, text and emoji end by themselves"),
    lastSeen: z.boolean().describe("Whether others may know when one was last here"),
  })
  .describe("What one has set about oneself, on all devices");

export const roomKindSchema = z.enum(["channel", "private", "direct"]);

export const roleSchema = z
  .enum(["owner", "moderator", "member"])
  .describe("Owners name roles, archive and moderate; moderators moderate members; members talk");

/** How long something lasts: seconds, or for ever. */
export const secondsSchema = z
  .number()
  .int()
  .min(1)
  .max(366 * 86_400)
  .nullable()
  .describe("Seconds that it lasts; null: until it is lifted");

const restrictionSchema = z.object({
  until: timeSchema.nullable().describe("When it ends; null: not by itself"),
  reason: z.string().optional(),
});

export const roomSchema = z
  .object({
    id: roomIdSchema,
    name: z.string().describe("For a direct conversation, the other person's name"),
    kind: roomKindSchema,
    topic: z.string().optional(),
    description: z.string().optional(),
    archived: z
      .literal(true)
      .optional()
      .describe("Nobody can write or come in until an owner takes that back"),
    slowSeconds: z
      .number()
      .int()
      .optional()
      .describe(
        "Slow mode: seconds from one message of a person to their next; those with a role are exempt",
      ),
    role: roleSchema.exclude(["member"]).optional().describe("This user's role, when it is more than member"),
    muted: restrictionSchema.optional().describe("This user cannot write here"),
    peer: personSchema.optional().describe("The other person of a direct conversation"),
    cursor: cursorSchema.describe("Names the newest event of the room"),
    seq: sequenceSchema.describe("Sequence of the newest event"),
    n: sequenceSchema.describe("Number of the newest message"),
    read: sequenceSchema.describe("Number of the newest message that this user has read; unread = n - read"),
    back: sequenceSchema
      .optional()
      .describe("When the mark was last moved back, as `seq` in one's own log; hand it to `room:read`"),
    mentions: z.number().int().optional().describe("Unread messages that mention this user; absent: none"),
    members: z.number().int(),
    at: timeSchema.nullable().describe("When the newest event was made"),
  })
  .describe("A room as one of its members sees it");

export const preferencesSchema = z
  .object({
    receipts: z.boolean().describe("Whether this user shows how far they have read, and sees it of others"),
  })
  .describe("What a user has chosen for all of their devices");

export const messageReferenceSchema = z
  .object({ seq: sequenceSchema, id: messageIdSchema })
  .describe("Names a message by its place and its id");

export const notifySchema = z
  .enum(["here", "all"])
  .describe("Mentions those members who are online, or all; not in rooms above `limits.mentionAllMembers`");

const eventFields = {
  seq: sequenceSchema.describe("Dense: 1, 2, 3, …"),
  id: z.string(),
  at: timeSchema,
  by: personSchema,
};

export const eventSchema = z
  .discriminatedUnion("type", [
    z.object({
      ...eventFields,
      type: z.literal("message"),
      n: sequenceSchema.describe("Number of the message in its room: 1, 2, 3, …"),
      text: z.string().optional().describe("Absent when the message was deleted"),
      replyTo: messageReferenceSchema.optional(),
      thread: messageReferenceSchema
        .optional()
        .describe("Of a reply: the message with which its thread began"),
      mentions: z.array(userIdSchema).optional(),
      notify: notifySchema.optional(),
      deleted: z.literal(true).optional(),
      deletedBy: personSchema.optional().describe("Who moderates and deleted it; absent: its author did"),
    }),
    z.object({
      ...eventFields,
      type: z.literal("edit"),
      of: messageReferenceSchema,
      text: z.string().optional().describe("Absent when the message was deleted since"),
      mentions: z.array(userIdSchema).optional(),
    }),
    z.object({
      ...eventFields,
      type: z.literal("delete"),
      of: messageReferenceSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("reaction"),
      of: messageReferenceSchema,
      emoji: z.string(),
      on: z.boolean(),
    }),
    z.object({
      ...eventFields,
      type: z.literal("member"),
      user: personSchema,
      joined: z.boolean(),
      banned: secondsSchema.optional().describe("With `joined: false`: they are kept out for so long"),
      owner: userIdSchema.optional().describe("Who is owner from here on, because nobody else was"),
    }),
    z.object({
      ...eventFields,
      type: z.literal("unban"),
      user: personSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("pin"),
      of: messageReferenceSchema,
      on: z.boolean(),
    }),
    z.object({
      ...eventFields,
      type: z.literal("role"),
      user: personSchema,
      role: roleSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("mute"),
      user: personSchema,
      seconds: secondsSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("unmute"),
      user: personSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("room"),
      name: z.string().optional(),
      topic: z.string().optional(),
      description: z.string().optional(),
      archived: z.boolean().optional(),
      slowSeconds: z.number().int().optional().describe("0: slow mode is off"),
    }),
  ])
  .describe("One entry of a room's log");

export const userEventSchema = z
  .discriminatedUnion("type", [
    z.object({
      ...eventFields,
      type: z.literal("room_added"),
      room: roomSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("room_removed"),
      room: roomIdSchema,
      how: z
        .enum(["removed", "banned"])
        .optional()
        .describe("Somebody else did this, `by` whom; absent: one left by oneself"),
      until: timeSchema.nullable().optional().describe("With `banned`: when that ends; null: not by itself"),
      reason: z.string().optional(),
    }),
    z.object({
      ...eventFields,
      type: z.literal("muted").describe("Why one's word was taken; the room's log has the mute itself"),
      room: roomIdSchema,
      until: timeSchema.nullable().describe("When that ends; null: not by itself"),
      reason: z.string(),
    }),
    z.object({
      ...eventFields,
      type: z.literal("read"),
      room: roomIdSchema,
      n: sequenceSchema,
      mentions: z.number().int().optional().describe("How many unread messages mention this user now"),
      back: z
        .literal(true)
        .optional()
        .describe("The mark was moved back: what comes after `n` is unread again"),
    }),
    z.object({
      ...eventFields,
      type: z.literal("mention"),
      room: roomIdSchema,
      n: sequenceSchema.describe("Number of the message"),
      on: z
        .boolean()
        .describe("Whether it mentions this user; it was edited or deleted when it does not any more"),
      mentions: z.number().int().describe("How many unread messages mention this user now"),
    }),
    z.object({
      ...eventFields,
      type: z.literal("saved"),
      room: roomIdSchema,
      of: messageReferenceSchema,
      on: z.boolean(),
    }),
    z.object({
      ...eventFields,
      type: z.literal("thread"),
      room: roomIdSchema,
      of: messageReferenceSchema.describe("The message with which the thread began"),
      on: z.boolean().describe("Whether one follows it"),
      read: sequenceSchema.describe("Up to which reply one has read it"),
    }),
    z.object({
      ...eventFields,
      type: z.literal("preferences"),
      preferences: preferencesSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("session_revoked"),
      session: sessionIdSchema,
    }),
    z.object({
      ...eventFields,
      type: z.literal("status"),
      status: ownStatusSchema,
    }),
  ])
  .describe("One entry of a user's own log");

export const messageSchema = z
  .object({
    ...eventFields,
    type: z.literal("message"),
    n: sequenceSchema,
    rev: sequenceSchema.describe("Sequence of its latest change"),
    text: z.string().optional().describe("Absent when deleted"),
    replyTo: messageReferenceSchema.optional(),
    thread: messageReferenceSchema.optional().describe("Of a reply: the message with which its thread began"),
    replies: z
      .object({
        count: z.number().int(),
        last: sequenceSchema.describe("Sequence of the newest"),
        at: timeSchema.describe("When that was made"),
      })
      .optional()
      .describe("What was said in the thread that began with this message"),
    mentions: z.array(userIdSchema).optional(),
    notify: notifySchema.optional(),
    editedAt: timeSchema.optional(),
    deleted: z.literal(true).optional(),
    deletedBy: personSchema.optional().describe("Who moderates and deleted it; absent: its author did"),
    reactions: z
      .record(
        z.string(),
        z.object({
          count: z.number().int(),
          mine: z.boolean(),
          by: z.array(userIdSchema),
        }),
      )
      .optional(),
  })
  .describe("A message as it stands now");

/** An act of somebody who moderates, as the others who do can read it. */
export const actSchema = z
  .object({
    at: timeSchema,
    by: personSchema,
    type: z.enum(["room", "role", "remove", "ban", "unban", "mute", "unmute", "delete"]),
    user: personSchema.optional().describe("Whom it was about"),
    role: roleSchema.optional(),
    seconds: secondsSchema.optional(),
    reason: z.string().optional(),
    of: messageReferenceSchema.optional().describe("The message that was deleted"),
    name: z.string().optional(),
    topic: z.string().optional(),
    description: z.string().optional(),
    archived: z.boolean().optional(),
    slowSeconds: z.number().int().optional(),
  })
  .describe("One entry of the log of acts");

export const banSchema = z.object({
  user: personSchema,
  by: personSchema,
  at: timeSchema,
  ...restrictionSchema.shape,
});

export type Role = z.infer<typeof roleSchema>;
export type Act = z.infer<typeof actSchema>;
export type Ban = z.infer<typeof banSchema>;
export type Person = z.infer<typeof personSchema>;
export type User = z.infer<typeof userSchema>;
export type OwnStatus = z.infer<typeof ownStatusSchema>;
export type Room = z.infer<typeof roomSchema>;
export type RoomKind = z.infer<typeof roomKindSchema>;
export type RoomEvent = z.infer<typeof eventSchema>;
export type UserEvent = z.infer<typeof userEventSchema>;
export type Notify = z.infer<typeof notifySchema>;
export type Preferences = z.infer<typeof preferencesSchema>;
export type Message = z.infer<typeof messageSchema>;
