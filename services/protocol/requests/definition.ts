import { z } from "zod";
import { roomIdSchema, userIdSchema } from "../ids.ts";
import { nameSchema } from "../model/index.ts";

/** What the server does with a request, what comes with it, and what it answers. */
export interface RequestDefinition {
  readonly does: string;
  readonly payload: z.ZodType;
  readonly answer: z.ZodType;
}

export type RequestDefinitions = Record<string, RequestDefinition>;

/** What a search begins with. */
export const query = z
  .string()
  .max(64)
  .optional()
  .describe("Only what starts with this, compared without case");

/** Names one person: by id, by name, or by the number that the list shows. */
export const addresseeSchema = z
  .union(
    [
      z.strictObject({ id: userIdSchema }),
      z.strictObject({ name: nameSchema }),
      z.strictObject({ number: z.number().int().min(1) }),
    ],
    "must be {id}, {name} or {number}",
  )
  .describe("One person: `{id}`, `{name}` or `{number}`");

export const room = z.object({ room: roomIdSchema });

export const nothing = z.object({});
