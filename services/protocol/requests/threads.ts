import { z } from "zod";
import { cursorSchema, roomIdSchema } from "../ids.ts";
import { messageReferenceSchema, messageSchema, sequenceSchema } from "../model/index.ts";
import { nothing, type RequestDefinitions } from "./definition.ts";

/** A message and its replies. */
export const threads = {
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
} as const satisfies RequestDefinitions;
