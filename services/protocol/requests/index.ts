import type { z } from "zod";
import { messages } from "./messages.ts";
import { moderation } from "./moderation.ts";
import { people } from "./people.ts";
import { reading } from "./reading.ts";
import { rooms } from "./rooms.ts";
import { threads } from "./threads.ts";
import { writing } from "./writing.ts";

export { addresseeSchema } from "./definition.ts";

/**
 * Everything that a client can ask over its socket. One source for validation, types and documents. Each is answered
 * with `{ok: true, …answer}` or `{ok: false, error}`.
 */
export const requests = {
  ...messages,
  ...threads,
  ...reading,
  ...writing,
  ...rooms,
  ...moderation,
  ...people,
} as const;

export type Requests = typeof requests;
export type RequestName = keyof Requests;
/** What a client sends. */
export type RequestPayload<R extends RequestName> = z.input<Requests[R]["payload"]>;
/** What a handler gets: validated, defaults filled in. */
export type RequestInput<R extends RequestName> = z.output<Requests[R]["payload"]>;
export type RequestAnswer<R extends RequestName> = z.output<Requests[R]["answer"]>;
