import { z } from "zod";
import { pageCursorSchema, userIdSchema } from "../ids.ts";
import {
  emojiSchema,
  ownStatusSchema,
  preferencesSchema,
  statusModeSchema,
  statusTextSchema,
  timeSchema,
  userSchema,
} from "../model/index.ts";
import { nothing, query, type RequestDefinitions } from "./definition.ts";

const userPageLimit = z.number().int().min(1).max(200).default(100);
const userPage = z.object({
  users: z.array(userSchema),
  count: z.number().int().describe("Everybody online"),
  cursor: pageCursorSchema.optional(),
});

/** Who is online, and what one says of oneself. */
export const people = {
  "users:list": {
    does: "Read who is online, by name",
    payload: z.object({
      query,
      cursor: pageCursorSchema.optional(),
      limit: userPageLimit,
    }),
    answer: userPage,
  },
  "users:watch": {
    does: "Read who is online and be told of changes in that page's range and to those ids; replaces an earlier watch",
    payload: z.object({
      query,
      cursor: pageCursorSchema.optional(),
      limit: userPageLimit,
      ids: z.array(userIdSchema).max(200).optional(),
    }),
    answer: userPage,
  },
  "users:seen": {
    does: "Read when people who are not here were last seen, as far as they let others know",
    payload: z.object({ ids: z.array(userIdSchema).min(1).max(100) }),
    answer: z.object({ seen: z.record(userIdSchema, timeSchema) }),
  },
  "presence:set": {
    does: "Say that this device's person is here, or away",
    payload: z.object({ status: z.enum(["online", "away"]) }),
    answer: nothing,
  },
  "status:set": {
    does: "Set what one says of oneself and how others are shown one, on all devices; replaces what was set before",
    payload: z.object({
      mode: statusModeSchema.default("auto"),
      text: statusTextSchema.optional(),
      emoji: emojiSchema.optional(),
      forSeconds: z
        .number()
        .int()
        .min(1)
        .max(30 * 24 * 3_600)
        .optional()
        .describe("After that, mode, text and emoji end by themselves"),
      lastSeen: z.boolean().default(true).describe("Whether others may know when one was last here"),
    }),
    answer: z.object({ status: ownStatusSchema }),
  },
  "me:prefer": {
    does: "Choose something for all of one's devices",
    payload: preferencesSchema,
    answer: nothing,
  },
} as const satisfies RequestDefinitions;
