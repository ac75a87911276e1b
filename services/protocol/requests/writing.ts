import { z } from "zod";
import { roomIdSchema } from "../ids.ts";
import { draftSchema, textSchema } from "../model/index.ts";
import { nothing, type RequestDefinitions } from "./definition.ts";

/** What one is about to say. */
export const writing = {
  "room:typing": {
    does: "Say that one is typing, or has stopped",
    payload: z.object({ room: roomIdSchema, on: z.boolean() }),
    answer: nothing,
  },
  "draft:set": {
    does: "Keep what one is about to say for one's other devices, instead of what was kept before; not more than once a second",
    payload: z.object({ room: roomIdSchema, text: textSchema.describe("Empty: nothing any more") }),
    answer: z.object({ revision: z.number().int() }),
  },
  "drafts:mine": {
    does: "Read what one was about to say in all rooms, at most the latest 100, those that are empty by now included",
    payload: nothing,
    answer: z.object({ drafts: z.array(draftSchema) }),
  },
} as const satisfies RequestDefinitions;
