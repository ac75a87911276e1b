import { z } from "zod";
import { timeSchema } from "./basics.ts";
import { messageReferenceSchema } from "./messages.ts";
import { personSchema } from "./people.ts";
import { restrictionSchema, roleSchema, roomSchema, secondsSchema } from "./rooms.ts";

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

/** A ban as it is told to whom it keeps out. */
export const ownBanSchema = banSchema
  .omit({ user: true })
  .extend({ room: roomSchema.pick({ id: true, name: true, kind: true }) });

/** That somebody was taken out of a room, as it is told to themselves. */
export const ownRemovalSchema = ownBanSchema.pick({ room: true, by: true, at: true });

export type Act = z.infer<typeof actSchema>;
export type Ban = z.infer<typeof banSchema>;
export type OwnBan = z.infer<typeof ownBanSchema>;
export type OwnRemoval = z.infer<typeof ownRemovalSchema>;
