import { z } from "zod";
import { messageIdSchema, roomIdSchema, userIdSchema } from "../ids.ts";
import { sequenceSchema, timeSchema } from "./basics.ts";
import { personSchema } from "./people.ts";

export const messageReferenceSchema = z
  .object({ seq: sequenceSchema, id: messageIdSchema })
  .describe("Names a message by its place and its id");

export const notifySchema = z
  .enum(["here", "all"])
  .describe("Mentions those members who are online, or all; not in rooms above `limits.mentionAllMembers`");

export const eventFields = {
  seq: sequenceSchema.describe("Dense: 1, 2, 3, …"),
  id: z.string(),
  at: timeSchema,
  by: personSchema,
};

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

export const draftSchema = z
  .object({
    room: roomIdSchema,
    text: z.string().describe("Empty: none any more"),
    revision: z.number().int().describe("The later of two drafts has the greater one"),
  })
  .describe("What one was about to say in a room");

export type Notify = z.infer<typeof notifySchema>;
export type Message = z.infer<typeof messageSchema>;
