import { z } from "zod";

/**
 * Ids are opaque: letters, digits, `-` and `_`, 1 to 64 of them. The alphabet is narrow because ids become
 * parts of Redis keys; anything else is refused at the edge.
 */
const idPattern = /^[A-Za-z0-9_-]{1,64}$/;
const id = z.string().regex(idPattern, "must be 1 to 64 letters, digits, '-' or '_'");

export const userIdSchema = id.brand<"UserId">().describe("Id of a user");
export const roomIdSchema = id.brand<"RoomId">().describe("Id of a room; `lobby` is always there");
export const sessionIdSchema = id.brand<"SessionId">();
export const messageIdSchema = z
  .guid("must be a UUID that the client makes")
  .transform((uuid) => uuid.toLowerCase())
  .brand<"MessageId">()
  .describe("UUID made by the client; the same id again is the same write");

/** Position in a log and the history before it; opaque to clients. `<sequence>-<chain>`. */
export const cursorSchema = z
  .string()
  .regex(/^\d{1,15}-[0-9a-f]{1,40}$/, "must be a cursor that the server gave out")
  .brand<"Cursor">()
  .describe("Opaque: names a position in a log and the history before it");

/** Continues a list that did not fit on one page; opaque to clients. */
export const pageCursorSchema = z
  .string()
  .max(400)
  .regex(/^[A-Za-z0-9_-]*$/, "must be a cursor that the server gave out")
  .brand<"PageCursor">()
  .describe("Opaque: where the next page of a list starts");

export type UserId = z.infer<typeof userIdSchema>;
export type RoomId = z.infer<typeof roomIdSchema>;
export type SessionId = z.infer<typeof sessionIdSchema>;
export type MessageId = z.infer<typeof messageIdSchema>;
export type Cursor = z.infer<typeof cursorSchema>;
export type PageCursor = z.infer<typeof pageCursorSchema>;

/** The channel that everybody who signs in is in, and nobody can leave. */
export const lobbyId = "lobby" as RoomId;
