import { z } from "zod";
import { userIdSchema } from "../ids.ts";
import { sequenceSchema } from "./basics.ts";
import { eventFields, messageReferenceSchema, notifySchema } from "./messages.ts";
import { personSchema } from "./people.ts";
import { roleSchema, secondsSchema } from "./rooms.ts";

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

export type RoomEvent = z.infer<typeof eventSchema>;
