import { z } from "zod";
import { errorSchema } from "../errors.ts";
import { cursorSchema, roomIdSchema } from "../ids.ts";
import { eventSchema, messageSchema, personSchema, sequenceSchema, userEventSchema } from "../model/index.ts";
import { nothing, type RequestDefinitions, room } from "./definition.ts";

/** The answer to a cursor: all that came after it, or a page to start over from. */
const eventsOrReset = <E extends z.ZodType>(event: E) =>
  z.union([
    z.object({
      events: z.array(event),
      cursor: cursorSchema,
      more: z.boolean(),
    }),
    z.object({
      reset: z.literal(true),
      messages: z.array(messageSchema),
      cursor: cursorSchema,
    }),
  ]);

/** Reading what was said, catching up with it, and saying how far one has read. */
export const reading = {
  "room:history": {
    does: "Read a page of messages, oldest first; the newest page when no place is named",
    payload: z
      .object({
        room: roomIdSchema,
        before: sequenceSchema.optional(),
        after: sequenceSchema.optional(),
        around: sequenceSchema.optional(),
        limit: z.number().int().min(1).max(200).default(50),
      })
      .refine((p) => [p.before, p.after, p.around].filter((place) => place !== undefined).length <= 1, {
        message: "name at most one of before, after and around",
        path: ["before"],
      }),
    answer: z.object({
      messages: z.array(messageSchema),
      more: z.boolean().describe("Whether there are further messages in the direction of reading"),
      cursor: cursorSchema.describe("The newest event that the page takes into account"),
    }),
  },
  "room:sync": {
    does: "Get everything that was missed since the cursors that one holds",
    payload: z.object({
      rooms: z
        .record(roomIdSchema, cursorSchema)
        .refine((rooms) => Object.keys(rooms).length <= 200, "names at most 200 rooms at a time"),
    }),
    answer: z.object({
      rooms: z
        .record(
          z.string(),
          z.union([
            ...eventsOrReset(eventSchema).options,
            z.object({ error: errorSchema }).describe("This room cannot be read, such as one that was left"),
          ]),
        )
        .describe("A room without an answer did not fit: ask again"),
    }),
  },
  "me:sync": {
    does: "Get everything that was missed of one's own log",
    payload: z.object({ cursor: cursorSchema }),
    answer: eventsOrReset(userEventSchema),
  },
  "room:focus": {
    does: "Say which room is on screen",
    payload: z.object({ room: roomIdSchema.nullable() }),
    answer: nothing,
  },
  "room:read": {
    does: "Say up to which message one has read",
    payload: z.object({
      room: roomIdSchema,
      n: sequenceSchema,
      back: sequenceSchema
        .optional()
        .describe(
          "`back` of the room as one knows it: a reading that does not know that the mark went back is ignored",
        ),
    }),
    answer: nothing,
  },
  "room:unread": {
    does: "Make a message, and all after it, unread again on all of one's devices",
    payload: z.object({ room: roomIdSchema, n: sequenceSchema.min(1) }),
    answer: nothing,
  },
  "room:receipts": {
    does: "Read how far the members of a small room have read; those who do not show it are left out",
    payload: room,
    answer: z.object({
      receipts: z.array(z.object({ user: personSchema, n: sequenceSchema })),
    }),
  },
} as const satisfies RequestDefinitions;
