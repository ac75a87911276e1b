import { z } from "zod";
import { pageCursorSchema, roomIdSchema } from "../ids.ts";
import { nameSchema, personSchema, roleSchema, roomSchema, topicSchema, userSchema } from "../model/index.ts";
import { addresseeSchema, nothing, query, type RequestDefinitions, room } from "./definition.ts";

/** Rooms, and who is in them. */
export const rooms = {
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
} as const satisfies RequestDefinitions;
