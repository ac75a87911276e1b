import { z } from "zod";
import { userIdSchema } from "../ids.ts";
import { textSchema, timeSchema } from "./basics.ts";

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

export const preferencesSchema = z
  .object({
    receipts: z.boolean().describe("Whether this user shows how far they have read, and sees it of others"),
  })
  .describe("What a user has chosen for all of their devices");

export type Person = z.infer<typeof personSchema>;
export type User = z.infer<typeof userSchema>;
export type OwnStatus = z.infer<typeof ownStatusSchema>;
export type Preferences = z.infer<typeof preferencesSchema>;
