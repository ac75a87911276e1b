import { z } from "zod";
import { messageIdSchema, pageCursorSchema, roomIdSchema, userIdSchema } from "../ids.ts";
import {
  emojiSchema,
  messageReferenceSchema,
  messageSchema,
  notifySchema,
  personSchema,
  sequenceSchema,
  textSchema,
  timeSchema,
} from "../model/index.ts";
import { nothing, type RequestDefinitions, room } from "./definition.ts";

/** What somebody says: at least something that can be seen. */
const text = textSchema.min(1, "must not be empty").refine((s) => s.trim() !== "", "must not be blank");
const mentions = z.array(userIdSchema).max(50).optional();
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

/** What is said in rooms, and what people do to it. */
export const messages = {
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
} as const satisfies RequestDefinitions;
