import { z } from "zod";
import { messageIdSchema, pageCursorSchema, roomIdSchema } from "../ids.ts";
import {
  actSchema,
  banSchema,
  descriptionSchema,
  nameSchema,
  ownBanSchema,
  ownRemovalSchema,
  roleSchema,
  secondsSchema,
  slowSecondsSchema,
  textSchema,
  topicSchema,
  userSchema,
} from "../model/index.ts";
import { addresseeSchema, nothing, type RequestDefinitions, room } from "./definition.ts";

/** What somebody who moderates does to a room or to somebody in it. */
const act = room.extend({
  id: messageIdSchema.optional().describe("A UUID that the client makes; makes the request safe to repeat"),
});

const actOn = act.extend({ to: addresseeSchema });
const actedOn = z.object({ user: userSchema });
const reason = textSchema.trim().max(250, "must be at most 250 characters").optional();

/** What those may do who own or moderate a room. */
export const moderation = {
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
  "me:bans": {
    does: "Read what keeps oneself out of rooms that one was in, and what took one out of them, the newest first: at the first welcome of a visit, as it may have been told to nobody",
    payload: z.object({
      told: z
        .array(roomIdSchema)
        .max(100, "must be at most 100 rooms")
        .optional()
        .describe("Rooms of which the person was told that they were removed; that is forgotten"),
    }),
    answer: z.object({
      bans: z.array(ownBanSchema),
      removals: z
        .array(ownRemovalSchema)
        .describe("Until they are told, or one comes into the room again; one may come in again"),
    }),
  },
} as const satisfies RequestDefinitions;
