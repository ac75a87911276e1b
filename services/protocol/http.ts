import { z } from "zod";
import { messageIdSchema, pageCursorSchema } from "./ids.ts";
import { messageSchema, nameSchema, sequenceSchema, timeSchema, userSchema } from "./model/index.ts";
import { requests } from "./requests/index.ts";

const keySchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{16,128}$/, "must be a secret that the client makes, such as a UUID")
  .describe(
    "A secret that the client makes, such as a UUID: the same name with the same key is the same person",
  );

/** `POST /api/session` */
export const signInSchema = z.object({
  name: nameSchema,
  key: keySchema.optional(),
});

export const sessionSchema = z.object({
  token: z.string().describe("Bearer token; also `auth: {token}` of the socket handshake"),
  user: z.object({ id: userSchema.shape.id, name: z.string() }),
  expiresAt: timeSchema,
});

/** `auth` of the socket handshake: a token, or a name to register as a guest in one step. */
export const handshakeSchema = z.union(
  [z.object({ token: z.string().min(1).max(4096) }), signInSchema],
  "must be {token} or {name, key?}",
);

export const usersQuerySchema = z.object({
  query: z.string().max(64).optional(),
  cursor: pageCursorSchema.optional(),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

export const messagesQuerySchema = z.object({
  before: z.coerce.number().pipe(sequenceSchema).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

export const postMessageSchema = requests["message:send"].payload.omit({
  room: true,
  id: true,
});
export const idempotencyKeySchema = messageIdSchema;

/** `POST /api/rooms/:id/roles`, for administrators */
export const grantSchema = requests["room:role"].payload.pick({ to: true, role: true });

export const clusterQuerySchema = z.object({
  cursor: pageCursorSchema.optional(),
});

export const clusterSchema = z.object({
  nodes: z.array(
    z.object({
      id: z.string(),
      pid: z.number().int(),
      host: z.string(),
      version: z.string(),
      since: timeSchema,
      connections: z.number().int(),
      rooms: z.number().int().describe("Rooms that somebody on the node follows"),
      messagesPerSecond: z.number(),
      eventLoopDelayMs: z.number().describe("99th percentile of the last seconds"),
    }),
  ),
  presence: z
    .object({
      id: z.string(),
      pid: z.number().int(),
      since: timeSchema,
      standbys: z.number().int(),
    })
    .nullable()
    .describe("The presence service that leads; null while none does"),
  redis: z
    .object({
      mode: z.enum(["standalone", "sentinel", "cluster"]),
      version: z.string(),
    })
    .loose(),
  users: z.array(
    userSchema.extend({
      address: z.string().describe("Address of the newest connection"),
      node: z.string().describe("Node of the newest connection"),
      devices: z.number().int(),
    }),
  ),
  cursor: pageCursorSchema.optional(),
});

export const messagePageSchema = z.object({
  messages: z.array(messageSchema),
  more: z.boolean(),
  cursor: z.string(),
});

export type SignIn = z.infer<typeof signInSchema>;
export type Session = z.infer<typeof sessionSchema>;
export type ClusterReport = z.infer<typeof clusterSchema>;
