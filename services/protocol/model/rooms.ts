import { z } from "zod";
import { cursorSchema, roomIdSchema } from "../ids.ts";
import { sequenceSchema, textSchema, timeSchema } from "./basics.ts";
import { personSchema } from "./people.ts";

export const topicSchema = textSchema.trim().max(250, "must be at most 250 characters");

export const descriptionSchema = textSchema.trim().max(2_000, "must be at most 2000 characters");

export const slowSecondsSchema = z.number().int().min(0).max(21_600);

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

export const restrictionSchema = z.object({
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

export type RoomKind = z.infer<typeof roomKindSchema>;
export type Role = z.infer<typeof roleSchema>;
export type Room = z.infer<typeof roomSchema>;
