import { z } from "zod";
import { errorSchema } from "./errors.ts";
import { cursorSchema, pageCursorSchema, roomIdSchema } from "./ids.ts";
import {
  draftSchema,
  eventSchema,
  ownStatusSchema,
  personSchema,
  preferencesSchema,
  roomSchema,
  sequenceSchema,
  timeSchema,
  userEventSchema,
  userSchema,
} from "./model/index.ts";

export const limitsSchema = z
  .object({
    textBytes: z.number().int().describe("Longest text of a message, in bytes of UTF-8; 0: no limit"),
    frameBytes: z.number().int().describe("Longest frame that the server reads, in bytes"),
    messagesPerSecond: z
      .number()
      .describe("Messages a user may send on average, over all devices; 0: no limit"),
    messagesBurst: z.number().int().describe("Messages a user may send at once before the rate applies"),
    eventsPerSecond: z.number().describe("Requests a connection may make on average; 0: no limit"),
    roomsPerUser: z.number().int().describe("Rooms a user may be in; 0: no limit"),
    mentionAllMembers: z
      .number()
      .int()
      .describe("Largest room in which `notify` is allowed, in members; 0: any size"),
    retryWithinMs: z.number().int().describe("For how long a retry with the same id is recognised"),
  })
  .describe("The limits that concern a client");

interface NoticeDefinition {
  readonly says: string;
  readonly payload: z.ZodType;
}

/** Everything that the server says without being asked. */
export const notices = {
  welcome: {
    says: "Once per connection, before anything else",
    payload: z.object({
      user: z.object({
        id: userSchema.shape.id,
        name: z.string(),
        number: z.number().int(),
      }),
      token: z.string().optional().describe("Only when the handshake registered a guest: use it from now on"),
      node: z.string().describe("Which node this connection is on"),
      rooms: z.array(roomSchema).describe("The lobby and at most 100 rooms, by latest activity"),
      moreRooms: pageCursorSchema.optional().describe("Hand to `rooms:mine` for the rest"),
      me: cursorSchema.describe("Position in one's own log"),
      status: ownStatusSchema,
      online: z.number().int(),
      preferences: preferencesSchema,
      limits: limitsSchema,
      serverTime: timeSchema,
      version: z.string().describe("Version of the server, to notice that the page is older"),
    }),
  },
  "room:events": {
    says: "Consecutive events of a room, ascending; right after the position that the client was told",
    payload: z.object({
      room: roomIdSchema,
      events: z.array(eventSchema).min(1),
      cursor: cursorSchema,
    }),
  },
  "room:reset": {
    says: "The history that the client holds may be wrong: drop it and read it again after a random moment of up to 2 s",
    payload: z.object({ room: roomIdSchema }),
  },
  "room:head": {
    says: "Instead of events, for a large room that is not on screen",
    payload: z.object({
      room: roomIdSchema,
      seq: sequenceSchema,
      n: sequenceSchema,
      cursor: cursorSchema,
    }),
  },
  "room:typing": {
    says: "Somebody is typing, or has stopped; may be lost",
    payload: z.object({
      room: roomIdSchema,
      user: personSchema,
      on: z.boolean(),
    }),
  },
  "room:receipt": {
    says: "How far a member of a small room has read by now; may be lost, `room:receipts` has it",
    payload: z.object({ room: roomIdSchema, user: personSchema, n: sequenceSchema }),
  },
  "me:events": {
    says: "Consecutive events of one's own log",
    payload: z.object({
      events: z.array(userEventSchema).min(1),
      cursor: cursorSchema,
    }),
  },
  "me:draft": {
    says: "What one is about to say was changed on one of one's devices; may be lost: `drafts:mine` is the truth",
    payload: draftSchema,
  },
  "me:reset": {
    says: "One's own log may be wrong: connect again",
    payload: z.object({}),
  },
  "users:changes": {
    says: "Changes to the list that the client watches, in order",
    payload: z.object({
      changes: z.array(z.object({ user: userSchema, online: z.boolean() })),
    }),
  },
  "users:count": {
    says: "How many are online, at most once a second, to those who watch",
    payload: z.object({ count: z.number().int() }),
  },
  "server:draining": {
    says: "This node is going away and will close the transport at that time; reconnect by then",
    payload: z.object({ reconnectInMs: z.number().int() }),
  },
  "server:degraded": {
    says: "Something that the node needs is away",
    payload: z.object({ reason: z.string() }),
  },
  "server:recovered": { says: "Everything is back", payload: z.object({}) },
  "session:ended": {
    says: "Right before the server disconnects for good: the session ended and a reconnect will be refused",
    payload: errorSchema,
  },
} as const satisfies Record<string, NoticeDefinition>;

export type Notices = typeof notices;
export type NoticeName = keyof Notices;
export type NoticePayload<N extends NoticeName> = z.output<Notices[N]["payload"]>;
export type Limits = z.infer<typeof limitsSchema>;
