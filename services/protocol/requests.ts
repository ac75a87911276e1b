import { z } from "zod";
import { errorSchema } from "./errors.ts";
import { cursorSchema, messageIdSchema, pageCursorSchema, roomIdSchema, userIdSchema } from "./ids.ts";
import {
  actSchema,
  banSchema,
  descriptionSchema,
  draftSchema,
  emojiSchema,
  eventSchema,
  messageReferenceSchema,
  messageSchema,
  nameSchema,
  notifySchema,
  ownStatusSchema,
  personSchema,
  preferencesSchema,
  roleSchema,
  roomSchema,
  secondsSchema,
  sequenceSchema,
  slowSecondsSchema,
  statusModeSchema,
  statusTextSchema,
  textSchema,
  timeSchema,
  topicSchema,
  userEventSchema,
  userSchema,
} from "./model.ts";

const text = textSchema.min(1, "must not be empty").refine((s) => s.trim() !== "", "must not be blank");
const mentions = z.array(userIdSchema).max(50).optional();
const query = z.string().max(64).optional().describe("Only what starts with this, compared without case");
const userPageLimit = z.number().int().min(1).max(200).default(100);

/** Names one person: by id, by name, or by the number that the list shows. */
export const addresseeSchema = z
  .union(
    [
      z.strictObject({ id: userIdSchema }),
      z.strictObject({ name: nameSchema }),
      z.strictObject({ number: z.number().int().min(1) }),
    ],
    "must be {id}, {name} or {number}",
  )
  .describe("One person: `{id}`, `{name}` or `{number}`");

const written = z.object({
  seq: sequenceSchema,
  at: timeSchema,
  duplicate: z.literal(true).optional(),
});
const change = z.object({
  room: roomIdSchema,
  id: messageIdSchema,
  of: messageReferenceSchema,
});
const room = z.object({ room: roomIdSchema });
const nothing = z.object({});
/** What somebody who moderates does to a room or to somebody in it. */
const act = room.extend({
  id: messageIdSchema.optional().describe("A UUID that the client makes; makes the request safe to repeat"),
});
const actOn = act.extend({ to: addresseeSchema });
const actedOn = z.object({ user: userSchema });
const reason = textSchema.trim().max(250, "must be at most 250 characters").optional();
const userPage = z.object({
  users: z.array(userSchema),
  count: z.number().int().describe("Everybody online"),
  cursor: pageCursorSchema.optional(),
});

/** The answer to a cursor: all that came after it, or a page to start over from. */
const eventsOrReset = <E extends z.ZodType>(event: E) =>
  z.union([
    z.object({
      events: z.array(event),
      cursor: cursorSchema,
      more: z.boolean(),
    }),
    z.object({
      reset: z.literal(true),
      messages: z.array(messageSchema),
      cursor: cursorSchema,
    }),
  ]);

interface RequestDefinition {
  readonly does: string;
  readonly payload: z.ZodType;
  readonly answer: z.ZodType;
}

/**
 * Everything that a client can ask over its socket. One source for validation, types and documents. Each is answered
 * with `{ok: true, …answer}` or `{ok: false, error}`.
 */
export const requests = {
  "message:send": {
    does: "Send a message into a room",
    payload: z.object({
      room: roomIdSchema,
      id: messageIdSchema,
      text,
      replyTo: messageReferenceSchema.optional(),
      mentions,
      notify: notifySchema.optional(),
    }),
    answer: written.extend({ n: sequenceSchema }),
  },
  "message:edit": {
    does: "Replace the text of one's own message",
    payload: change.extend({ text, mentions }),
    answer: written,
  },
  "message:delete": {
    does: "Delete a message: one's own, or anybody's in a room that one moderates",
    payload: change,
    answer: written,
  },
  "message:react": {
    does: "Add or take back a reaction",
    payload: change.extend({
      emoji: emojiSchema,
      on: z.boolean(),
    }),
    answer: written,
  },
  "message:versions": {
    does: "Read what an edited message said before, newest version first; a deleted one has none",
    payload: room.extend({
      of: messageReferenceSchema,
      before: sequenceSchema.optional().describe("Only versions older than this one"),
    }),
    answer: z.object({
      versions: z.array(
        z.object({
          seq: sequenceSchema.describe("Of the message or of its edit"),
          at: timeSchema,
          text: z.string(),
        }),
      ),
      more: z.boolean().describe("Whether there are older ones"),
    }),
  },
  "message:reactions": {
    does: "Read who reacted to a message with an emoji, in the order in which they did",
    payload: room.extend({
      of: messageReferenceSchema,
      emoji: textSchema.min(1).max(32),
      cursor: pageCursorSchema.optional(),
    }),
    answer: z.object({
      people: z.array(personSchema),
      count: z.number().int(),
      cursor: pageCursorSchema.optional(),
    }),
  },
  "message:pin": {
    does: "Pin a message to its room, or take the pin away",
    payload: change.extend({ on: z.boolean() }),
    answer: written,
  },
  "room:pins": {
    does: "Read the pinned messages of a room, the latest pin first",
    payload: room,
    answer: z.object({ messages: z.array(messageSchema) }),
  },
  "room:thread": {
    does: "Read the replies of a thread, oldest first; the newest page when no place is named",
    payload: z.object({
      room: roomIdSchema,
      of: messageReferenceSchema.describe("The message with which the thread began"),
      before: sequenceSchema.optional(),
      limit: z.number().int().min(1).max(100).default(50),
    }),
    answer: z.object({
      root: messageSchema,
      messages: z.array(messageSchema),
      more: z.boolean(),
      cursor: cursorSchema.describe("The newest event that the page takes into account"),
      follows: z.boolean(),
      read: sequenceSchema.describe("Up to which reply one has read it; 0: none"),
    }),
  },
  "thread:follow": {
    does: "Follow a thread, or stop; whoever answers in one follows it by that, and so does who is answered",
    payload: z.object({ room: roomIdSchema, of: messageReferenceSchema, on: z.boolean() }),
    answer: nothing,
  },
  "thread:read": {
    does: "Say up to which reply one has read a thread that one follows",
    payload: z.object({ room: roomIdSchema, of: messageReferenceSchema, seq: sequenceSchema }),
    answer: nothing,
  },
  "threads:list": {
    does: "Read which threads one follows, with how many replies of each are unread",
    payload: z.object({}),
    answer: z.object({
      threads: z.array(
        z.object({
          room: roomIdSchema,
          root: messageSchema,
          read: sequenceSchema,
          unread: z.number().int(),
        }),
      ),
    }),
  },
  "message:save": {
    does: "Save a message for oneself, or forget it",
    payload: z.object({ room: roomIdSchema, of: messageReferenceSchema, on: z.boolean() }),
    answer: nothing,
  },
  "saved:list": {
    does: "Read what one has saved, the latest first; without what one may not read any more",
    payload: z.object({ cursor: pageCursorSchema.optional() }),
    answer: z.object({
      saved: z.array(z.object({ room: roomIdSchema, message: messageSchema })),
      cursor: pageCursorSchema.optional(),
    }),
  },
  "message:kept": {
    does: "Ask whether a message is pinned to its room, and whether one has saved it",
    payload: z.object({ room: roomIdSchema, of: messageReferenceSchema }),
    answer: z.object({ pinned: z.boolean(), saved: z.boolean() }),
  },
  "room:history": {
    does: "Read a page of messages, oldest first; the newest page when no place is named",
    payload: z
      .object({
        room: roomIdSchema,
        before: sequenceSchema.optional(),
        after: sequenceSchema.optional(),
        around: sequenceSchema.optional(),
        limit: z.number().int().min(1).max(200).default(50),
      })
      .refine((p) => [p.before, p.after, p.around].filter((place) => place !== undefined).length <= 1, {
        message: "name at most one of before, after and around",
        path: ["before"],
      }),
    answer: z.object({
      messages: z.array(messageSchema),
      more: z.boolean().describe("Whether there are further messages in the direction of reading"),
      cursor: cursorSchema.describe("The newest event that the page takes into account"),
    }),
  },
  "room:sync": {
    does: "Get everything that was missed since the cursors that one holds",
    payload: z.object({
      rooms: z
        .record(roomIdSchema, cursorSchema)
        .refine((rooms) => Object.keys(rooms).length <= 200, "names at most 200 rooms at a time"),
    }),
    answer: z.object({
      rooms: z
        .record(
          z.string(),
          z.union([
            ...eventsOrReset(eventSchema).options,
            z.object({ error: errorSchema }).describe("This room cannot be read, such as one that was left"),
          ]),
        )
        .describe("A room without an answer did not fit: ask again"),
    }),
  },
  "me:sync": {
    does: "Get everything that was missed of one's own log",
    payload: z.object({ cursor: cursorSchema }),
    answer: eventsOrReset(userEventSchema),
  },
  "room:focus": {
    does: "Say which room is on screen",
    payload: z.object({ room: roomIdSchema.nullable() }),
    answer: nothing,
  },
  "room:read": {
    does: "Say up to which message one has read",
    payload: z.object({
      room: roomIdSchema,
      n: sequenceSchema,
      back: sequenceSchema
        .optional()
        .describe(
          "`back` of the room as one knows it: a reading that does not know that the mark went back is ignored",
        ),
    }),
    answer: nothing,
  },
  "room:unread": {
    does: "Make a message, and all after it, unread again on all of one's devices",
    payload: z.object({ room: roomIdSchema, n: sequenceSchema.min(1) }),
    answer: nothing,
  },
  "room:receipts": {
    does: "Read how far the members of a small room have read; those who do not show it are left out",
    payload: room,
    answer: z.object({
      receipts: z.array(z.object({ user: personSchema, n: sequenceSchema })),
    }),
  },
  "me:prefer": {
    does: "Choose something for all of one's devices",
    payload: preferencesSchema,
    answer: nothing,
  },
  "room:typing": {
    does: "Say that one is typing, or has stopped",
    payload: z.object({ room: roomIdSchema, on: z.boolean() }),
    answer: nothing,
  },
  "draft:set": {
    does: "Keep what one is about to say for one's other devices, instead of what was kept before; not more than once a second",
    payload: z.object({ room: roomIdSchema, text: textSchema.describe("Empty: nothing any more") }),
    answer: z.object({ revision: z.number().int() }),
  },
  "drafts:mine": {
    does: "Read what one was about to say in all rooms, at most the latest 100, those that are empty by now included",
    payload: nothing,
    answer: z.object({ drafts: z.array(draftSchema) }),
  },
  "room:create": {
    does: "Create a room and be its first member",
    payload: z.object({
      // Nothing but a UUID: other ids, those of direct conversations among them, are not for clients to take.
      id: z
        .uuid("must be a UUID that the client makes")
        .pipe(roomIdSchema)
        .optional()
        .describe("A UUID that the client makes; makes the request safe to repeat"),
      name: nameSchema,
      kind: z.enum(["channel", "private"]),
      topic: topicSchema.optional(),
    }),
    answer: z.object({ room: roomSchema }),
  },
  "room:join": {
    does: "Become a member of a channel",
    payload: room,
    answer: z.object({ room: roomSchema }),
  },
  "room:leave": { does: "Stop being a member", payload: room, answer: nothing },
  "room:list": {
    does: "Read the directory of channels, by name",
    payload: z.object({ query, cursor: pageCursorSchema.optional() }),
    answer: z.object({
      rooms: z.array(
        z.object({
          id: roomIdSchema,
          name: z.string(),
          kind: z.literal("channel"),
          topic: z.string().optional(),
          members: z.number().int(),
          joined: z.boolean(),
        }),
      ),
      cursor: pageCursorSchema.optional(),
    }),
  },
  "room:invite": {
    does: "Make somebody a member of a room that one is a member of",
    payload: z.object({ room: roomIdSchema, to: addresseeSchema }),
    answer: z.object({ user: userSchema }),
  },
  "room:members": {
    does: "Read who is a member",
    payload: z.object({
      room: roomIdSchema,
      cursor: pageCursorSchema.optional(),
    }),
    answer: z.object({
      members: z.array(
        personSchema.extend({
          online: z.boolean(),
          role: roleSchema.exclude(["member"]).optional(),
          muted: roomSchema.shape.muted,
        }),
      ),
      count: z.number().int(),
      cursor: pageCursorSchema.optional(),
    }),
  },
  "room:update": {
    does: "Change name, topic or description of a room that one moderates",
    payload: act
      .extend({
        name: nameSchema.optional(),
        topic: topicSchema.optional(),
        description: descriptionSchema.optional(),
      })
      .refine((p) => p.name !== undefined || p.topic !== undefined || p.description !== undefined, {
        message: "must be given, or topic or description",
        path: ["name"],
      }),
    answer: nothing,
  },
  "room:archive": {
    does: "Archive a room that one owns, so that it can only be read, or take that back",
    payload: act.extend({ on: z.boolean() }),
    answer: nothing,
  },
  "room:slow": {
    does: "Set the seconds that must pass between two messages of one person; 0 ends slow mode",
    payload: act.extend({ seconds: slowSecondsSchema }),
    answer: nothing,
  },
  "room:role": {
    does: "Make a member of a room that one owns owner, moderator, or a member like the others",
    payload: actOn.extend({ role: roleSchema }),
    answer: actedOn,
  },
  "room:remove": {
    does: "Take somebody out of a room that one moderates; they can come in again",
    payload: actOn,
    answer: actedOn,
  },
  "room:ban": {
    does: "Take somebody out of a room that one moderates, and keep them out",
    payload: actOn.extend({ seconds: secondsSchema, reason }),
    answer: actedOn,
  },
  "room:unban": { does: "End a ban before its time", payload: actOn, answer: actedOn },
  "room:mute": {
    does: "Keep somebody from writing into a room that one moderates",
    payload: actOn.extend({ seconds: secondsSchema, reason }),
    answer: actedOn,
  },
  "room:unmute": { does: "End a mute before its time", payload: actOn, answer: actedOn },
  "room:audit": {
    does: "Read what was done to a room that one moderates, and to people in it, newest first",
    payload: room.extend({ cursor: pageCursorSchema.optional() }),
    answer: z.object({ acts: z.array(actSchema), cursor: pageCursorSchema.optional() }),
  },
  "room:bans": {
    does: "Read who is banned from a room that one moderates",
    payload: room,
    answer: z.object({ bans: z.array(banSchema) }),
  },
  "rooms:mine": {
    does: "Read the rooms that did not fit into `welcome`, and follow them",
    payload: z.object({ cursor: pageCursorSchema }),
    answer: z.object({
      rooms: z.array(roomSchema),
      moreRooms: pageCursorSchema.optional(),
    }),
  },
  "dm:open": {
    does: "Open the direct conversation with somebody",
    payload: z.object({ to: addresseeSchema }),
    answer: z.object({ room: roomSchema, user: userSchema }),
  },
  "users:list": {
    does: "Read who is online, by name",
    payload: z.object({
      query,
      cursor: pageCursorSchema.optional(),
      limit: userPageLimit,
    }),
    answer: userPage,
  },
  "users:watch": {
    does: "Read who is online and be told of changes in that page's range and to those ids; replaces an earlier watch",
    payload: z.object({
      query,
      cursor: pageCursorSchema.optional(),
      limit: userPageLimit,
      ids: z.array(userIdSchema).max(200).optional(),
    }),
    answer: userPage,
  },
  "presence:set": {
    does: "Say that this device's person is here, or away",
    payload: z.object({ status: z.enum(["online", "away"]) }),
    answer: nothing,
  },
  "status:set": {
    does: "Set what one says of oneself and how others are shown one, on all devices; replaces what was set before",
    payload: z.object({
      mode: statusModeSchema.default("auto"),
      text: statusTextSchema.optional(),
      emoji: emojiSchema.optional(),
      forSeconds: z
        .number()
        .int()
        .min(1)
        .max(30 * 24 * 3_600)
        .optional()
        .describe("After that, mode, text and emoji end by themselves"),
      lastSeen: z.boolean().default(true).describe("Whether others may know when one was last here"),
    }),
    answer: z.object({ status: ownStatusSchema }),
  },
  "users:seen": {
    does: "Read when people who are not here were last seen, as far as they let others know",
    payload: z.object({ ids: z.array(userIdSchema).min(1).max(100) }),
    answer: z.object({ seen: z.record(userIdSchema, timeSchema) }),
  },
} as const satisfies Record<string, RequestDefinition>;

export type Requests = typeof requests;
export type RequestName = keyof Requests;
/** What a client sends. */
export type RequestPayload<R extends RequestName> = z.input<Requests[R]["payload"]>;
/** What a handler gets: validated, defaults filled in. */
export type RequestInput<R extends RequestName> = z.output<Requests[R]["payload"]>;
export type RequestAnswer<R extends RequestName> = z.output<Requests[R]["answer"]>;
