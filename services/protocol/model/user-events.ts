import { z } from "zod";
import { roomIdSchema, sessionIdSchema } from "../ids.ts";
import { sequenceSchema, timeSchema } from "./basics.ts";
import { eventFields, messageReferenceSchema } from "./messages.ts";
import { ownStatusSchema, preferencesSchema } from "./people.ts";
import { roomSchema } from "./rooms.ts";

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

export type UserEvent = z.infer<typeof userEventSchema>;
