import { describe, expect, it } from "vitest";
import type { z } from "zod";
import {
  cursorSchema,
  errorCatalogue,
  errorSchema,
  handshakeSchema,
  idempotencyKeySchema,
  messageIdSchema,
  messagesQuerySchema,
  pageCursorSchema,
  postMessageSchema,
  RequestError,
  type RequestName,
  requests,
  roomIdSchema,
  signInSchema,
  userIdSchema,
  usersQuerySchema,
} from "../../services/protocol/index.ts";

const id = "0b8f6c1e-58f5-4c1a-9d2e-3a5d4e6f7a8b";
const of = { seq: 3, id };
const room = "lobby";
const uuid = "0b8f1c52-6a3e-4f0e-9d38-0d5d0a1f6c11";
const cursor = "12-0a1b2c3d4e5f6071";
const page = Buffer.from("ada\u0000u1").toString("base64url");

/** A payload for each request, as PROTOCOL describes it, and what must not be taken: the field that is named then. */
const cases: Record<RequestName, { takes: unknown[]; refuses: [payload: unknown, field: string][] }> = {
  "message:send": {
    takes: [
      { room, id, text: "hello" },
      { room, id, text: " x ", replyTo: of, mentions: ["u-1", "u_2"] },
      { room, id, text: "😀\n\u0000", mentions: [], notify: "here" },
    ],
    refuses: [
      [{ id, text: "hello" }, "room"],
      [{ room, text: "hello" }, "id"],
      [{ room, id }, "text"],
      [{ room, id, text: "" }, "text"],
      [{ room, id, text: " \n\u00a0" }, "text"],
      [{ room, id, text: 7 }, "text"],
      [{ room, id, text: "half \ud83d" }, "text"],
      [{ room: "r".repeat(65), id, text: "hello" }, "room"],
      [{ room, id: "not-a-uuid", text: "hello" }, "id"],
      [{ room, id, text: "hello", mentions: Array.from({ length: 51 }, (_, i) => `u${i}`) }, "mentions"],
      [{ room, id, text: "hello", mentions: ["u 1"] }, "mentions.0"],
      [{ room, id, text: "hello", notify: "everybody" }, "notify"],
      [{ room, id, text: "hello", replyTo: { seq: 1 } }, "replyTo.id"],
      [{ room, id, text: "hello", replyTo: { seq: -1, id } }, "replyTo.seq"],
    ],
  },
  "room:unread": {
    takes: [{ room, n: 1 }],
    refuses: [
      [{ room }, "n"],
      [{ room, n: 0 }, "n"],
    ],
  },
  "room:receipts": { takes: [{ room }], refuses: [[{}, "room"]] },
  "me:prefer": {
    takes: [{ receipts: false }],
    refuses: [
      [{ receipts: "no" }, "receipts"],
      [{}, "receipts"],
    ],
  },
  "message:edit": {
    takes: [{ room, id, of, text: "better", mentions: ["u1"] }],
    refuses: [
      [{ room, id, text: "better" }, "of"],
      [{ room, id, of: { ...of, seq: 1.5 }, text: "better" }, "of.seq"],
      [{ room, id, of: { ...of, seq: 2 ** 60 }, text: "better" }, "of.seq"],
      [{ room, id, of, text: " " }, "text"],
    ],
  },
  "message:delete": { takes: [{ room, id, of }], refuses: [[{ room, id, of: 3 }, "of"]] },
  "message:react": {
    takes: [
      { room, id, of, emoji: "👍", on: true },
      { room, id, of, emoji: "👩‍👩‍👧‍👦", on: false },
    ],
    refuses: [
      [{ room, id, of, emoji: "", on: true }, "emoji"],
      [{ room, id, of, emoji: "👍".repeat(33), on: true }, "emoji"],
      [{ room, id, of, emoji: "\ud83d", on: true }, "emoji"],
      [{ room, id, of, emoji: "👍", on: "yes" }, "on"],
    ],
  },
  "message:versions": {
    takes: [
      { room, of },
      { room, of, before: 7 },
    ],
    refuses: [
      [{ room }, "of"],
      [{ room, of, before: -1 }, "before"],
    ],
  },
  "message:reactions": {
    takes: [
      { room, of, emoji: "👍" },
      { room, of, emoji: "👍", cursor: page },
    ],
    refuses: [
      [{ room, of }, "emoji"],
      [{ room, of, emoji: "👍", cursor: "no cursor" }, "cursor"],
    ],
  },
  "message:pin": {
    takes: [{ room, id, of, on: true }],
    refuses: [
      [{ room, id, of }, "on"],
      [{ room, id, on: true }, "of"],
    ],
  },
  "room:pins": { takes: [{ room }], refuses: [[{}, "room"]] },
  "room:thread": {
    takes: [
      { room, of },
      { room, of, before: 7, limit: 100 },
    ],
    refuses: [
      [{ room }, "of"],
      [{ room, of, limit: 101 }, "limit"],
    ],
  },
  "thread:follow": { takes: [{ room, of, on: false }], refuses: [[{ room, of }, "on"]] },
  "thread:read": { takes: [{ room, of, seq: 7 }], refuses: [[{ room, of, seq: -1 }, "seq"]] },
  "threads:list": { takes: [{}], refuses: [] },
  "message:save": {
    takes: [{ room, of, on: true }],
    refuses: [[{ room, of: { seq: 1 }, on: true }, "of.id"]],
  },
  "message:kept": { takes: [{ room, of }], refuses: [[{ room }, "of"]] },
  "saved:list": { takes: [{}, { cursor: page }], refuses: [[{ cursor: "no cursor" }, "cursor"]] },
  "room:history": {
    takes: [{ room }, { room, before: 5 }, { room, after: 0, limit: 200 }, { room, around: 7, limit: 1 }],
    refuses: [
      [{ room, limit: 0 }, "limit"],
      [{ room, limit: 201 }, "limit"],
      [{ room, before: -1 }, "before"],
      [{ room, before: "5" }, "before"],
      [{ room, around: Number.MAX_SAFE_INTEGER + 1 }, "around"],
      [{ room, before: 5, after: 2 }, "before"],
    ],
  },
  "room:sync": {
    takes: [{ rooms: {} }, { rooms: { lobby: cursor, other: "0-0" } }],
    refuses: [
      [{}, "rooms"],
      [{ rooms: { lobby: 12 } }, "rooms.lobby"],
      [{ rooms: { lobby: "twelve" } }, "rooms.lobby"],
      [{ rooms: { "no room": cursor } }, "rooms.no room"],
      [{ rooms: Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`r${i}`, cursor])) }, "rooms"],
    ],
  },
  "me:sync": { takes: [{ cursor }], refuses: [[{ cursor: `${cursor}-` }, "cursor"]] },
  "room:focus": { takes: [{ room }, { room: null }], refuses: [[{}, "room"]] },
  "room:read": {
    takes: [{ room, n: 0 }],
    refuses: [
      [{ room, n: -1 }, "n"],
      [{ room, n: Number.NaN }, "n"],
    ],
  },
  "draft:set": {
    takes: [
      { room, text: "half a th" },
      { room, text: "" },
    ],
    refuses: [
      [{ room }, "text"],
      [{ room, text: "half \ud83d" }, "text"],
      [{ text: "x" }, "room"],
    ],
  },
  "drafts:mine": { takes: [{}], refuses: [] },
  "room:typing": { takes: [{ room, on: true }], refuses: [[{ room }, "on"]] },
  "room:create": {
    takes: [
      { name: "Plaza", kind: "channel" },
      { id, name: "Plaza", kind: "private", topic: "t".repeat(250) },
    ],
    refuses: [
      [{ name: "Plaza", kind: "direct" }, "kind"],
      [{ name: "", kind: "channel" }, "name"],
      [{ name: "Plaza", kind: "channel", topic: "t".repeat(251) }, "topic"],
      [{ name: "Plaza", kind: "channel", topic: "\udc00" }, "topic"],
      // Ids that are not a client's to choose: the lobby, and those that conversations have.
      [{ id: "lobby", name: "Plaza", kind: "channel" }, "id"],
      [{ id: `d${"A".repeat(21)}`, name: "Plaza", kind: "channel" }, "id"],
      [{ id: "__proto__", name: "Plaza", kind: "channel" }, "id"],
    ],
  },
  "room:join": { takes: [{ room }], refuses: [[{ room: "" }, "room"]] },
  "room:leave": { takes: [{ room }], refuses: [[{ room: "a:b" }, "room"]] },
  "room:list": {
    takes: [{}, { query: "pla", cursor: page }],
    refuses: [
      [{ query: "q".repeat(65) }, "query"],
      [{ cursor: "c".repeat(401) }, "cursor"],
      [{ cursor: "not base64!" }, "cursor"],
    ],
  },
  "room:invite": {
    takes: [
      { room, to: { id: "u1" } },
      { room, to: { name: " Ada " } },
      { room, to: { number: 3 } },
    ],
    refuses: [
      [{ room }, "to"],
      [{ room, to: {} }, "to"],
      [{ room, to: { id: "u1", name: "ada" } }, "to"],
      [{ room, to: { number: 0 } }, "to.number"],
      [{ room, to: { number: "3" } }, "to"],
      [{ room, to: { name: "n".repeat(33) } }, "to.name"],
    ],
  },
  "room:members": { takes: [{ room }, { room, cursor: page }], refuses: [[{ room, cursor: 1 }, "cursor"]] },
  "room:update": {
    takes: [
      { room, name: " Plaza " },
      { room, id: uuid, topic: "", description: "" },
    ],
    refuses: [
      [{ room }, "name"],
      [{ room, name: " " }, "name"],
      [{ room, topic: "t".repeat(251) }, "topic"],
      [{ room, description: "d".repeat(2_001) }, "description"],
      [{ room, topic: "t", id: "1" }, "id"],
    ],
  },
  "room:archive": { takes: [{ room, on: true }], refuses: [[{ room }, "on"]] },
  "room:slow": {
    takes: [
      { room, seconds: 0 },
      { room, seconds: 21_600 },
    ],
    refuses: [
      [{ room, seconds: -1 }, "seconds"],
      [{ room, seconds: 21_601 }, "seconds"],
      [{ room, seconds: 1.5 }, "seconds"],
    ],
  },
  "room:role": {
    takes: [{ room, to: { id: "u1" }, role: "moderator" }],
    refuses: [
      [{ room, to: { id: "u1" }, role: "king" }, "role"],
      [{ room, role: "owner" }, "to"],
    ],
  },
  "room:remove": { takes: [{ room, to: { name: "ada" }, id: uuid }], refuses: [[{ room }, "to"]] },
  "room:ban": {
    takes: [
      { room, to: { id: "u1" }, seconds: null },
      { room, to: { id: "u1" }, seconds: 60, reason: "spam" },
    ],
    refuses: [
      [{ room, to: { id: "u1" } }, "seconds"],
      [{ room, to: { id: "u1" }, seconds: 0 }, "seconds"],
      [{ room, to: { id: "u1" }, seconds: 60, reason: "r".repeat(251) }, "reason"],
    ],
  },
  "room:unban": { takes: [{ room, to: { id: "u1" } }], refuses: [[{ room }, "to"]] },
  "room:mute": {
    takes: [{ room, to: { number: 3 }, seconds: 600 }],
    refuses: [[{ room, to: { number: 3 }, seconds: "600" }, "seconds"]],
  },
  "room:unmute": { takes: [{ room, to: { id: "u1" } }], refuses: [[{ room }, "to"]] },
  "room:audit": { takes: [{ room }, { room, cursor: page }], refuses: [[{}, "room"]] },
  "room:bans": { takes: [{ room }], refuses: [[{}, "room"]] },
  "me:bans": {
    takes: [{}, { told: [room] }],
    refuses: [[{ told: Array.from({ length: 101 }, (_, i) => `r${i}`) }, "told"]],
  },
  "rooms:mine": { takes: [{ cursor: page }], refuses: [[{}, "cursor"]] },
  "dm:open": { takes: [{ to: { number: 3 } }], refuses: [[{ to: { number: 1.5 } }, "to"]] },
  "users:list": {
    takes: [{}, { query: "Á", cursor: page, limit: 200 }],
    refuses: [
      [{ limit: 201 }, "limit"],
      [{ query: "q".repeat(65) }, "query"],
    ],
  },
  "users:watch": {
    takes: [{}, { query: "a", limit: 1, ids: ["u1"] }],
    refuses: [[{ ids: Array.from({ length: 201 }, (_, i) => `u${i}`) }, "ids"]],
  },
  "presence:set": {
    takes: [{ status: "online" }, { status: "away" }],
    refuses: [[{ status: "offline" }, "status"]],
  },
  "status:set": {
    takes: [{}, { mode: "dnd", text: "in a meeting", emoji: "📅", forSeconds: 3_600, lastSeen: false }],
    refuses: [
      [{ mode: "gone" }, "mode"],
      [{ text: "x".repeat(101) }, "text"],
      [{ emoji: "" }, "emoji"],
      [{ forSeconds: 0 }, "forSeconds"],
    ],
  },
  "users:seen": {
    takes: [{ ids: ["u1"] }],
    refuses: [
      [{ ids: [] }, "ids"],
      [{ ids: ["a b"] }, "ids.0"],
    ],
  },
};

const fieldOf = (result: z.ZodSafeParseResult<unknown>) => result.error?.issues[0]?.path.join(".");

describe.each(Object.entries(cases))("%s", (name, { takes, refuses }) => {
  const { payload } = requests[name as RequestName];

  it("takes what the protocol describes, and ignores what it does not know", () => {
    for (const given of takes) {
      expect(payload.safeParse(given).error).toBeUndefined();
      expect(payload.safeParse({ ...(given as object), later: true }).data).not.toHaveProperty("later");
    }
  });

  it("refuses what is wrong or too long, and names the field", () => {
    for (const [given, field] of refuses) {
      const result = payload.safeParse(given);
      expect(result.success, JSON.stringify(given)).toBe(false);
      expect(fieldOf(result)).toBe(field);
    }
    for (const given of [undefined, null, "text", 7, [], [takes[0]]]) {
      expect(payload.safeParse(given).success, JSON.stringify(given)).toBe(false);
    }
  });
});

it("every request has its cases", () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(requests).sort());
});

describe("defaults", () => {
  it("are filled in", () => {
    expect(requests["room:history"].payload.parse({ room })).toEqual({ room, limit: 50 });
    expect(requests["users:list"].payload.parse({})).toEqual({ limit: 100 });
    expect(messagesQuerySchema.parse({})).toEqual({ limit: 50 });
    expect(messagesQuerySchema.parse({ before: "7", limit: "3" })).toEqual({ before: 7, limit: 3 });
    expect(usersQuerySchema.parse({ limit: "7" })).toEqual({ limit: 7 });
  });
});

describe("ids", () => {
  it.each([userIdSchema, roomIdSchema])("are letters, digits, '-' and '_', 1 to 64 of them", (schema) => {
    for (const good of ["a", "A-1_z", "-", "x".repeat(64)]) expect(schema.safeParse(good).success).toBe(true);
    for (const bad of ["", "x".repeat(65), "a b", "a:b", "{a}", "é", "a\n", "\na", "a/b", "..", "*"]) {
      expect(schema.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
    }
  });

  it("of messages are UUIDs, in whatever case the same", () => {
    const { success, data } = messageIdSchema.safeParse(id.toUpperCase());
    expect(success).toBe(true);
    expect(data).toBe(id);
    expect(idempotencyKeySchema.parse(id.toUpperCase())).toBe(id);
    for (const bad of ["", id.slice(1), `${id}0`, `{${id}}`, id.replaceAll("-", ""), ` ${id}`]) {
      expect(messageIdSchema.safeParse(bad).success, bad).toBe(false);
    }
  });
});

describe("cursors", () => {
  it("are places with a chain", () => {
    for (const good of ["0-0", cursor, "999999999999999-f"]) {
      expect(cursorSchema.safeParse(good).success).toBe(true);
    }
    const long = `1-${"a".repeat(41)}`;
    for (const bad of [
      "",
      "1",
      "-0",
      "1-",
      "1-g",
      "1-A",
      "x-0",
      "1.5-0",
      "1-0 ",
      "1-0\n",
      "9999999999999999-0",
      long,
    ]) {
      expect(cursorSchema.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
    }
  });

  it("of pages are short and safe in an address", () => {
    expect(pageCursorSchema.safeParse(page).success).toBe(true);
    for (const bad of ["a=b", "a b", "é", "a".repeat(401)]) {
      expect(pageCursorSchema.safeParse(bad).success).toBe(false);
    }
  });
});

describe("signing in", () => {
  it("takes a name, with or without a key that is long enough to be a secret", () => {
    expect(signInSchema.parse({ name: " Ada " })).toEqual({ name: "Ada" });
    expect(signInSchema.parse({ name: "Ada", key: id })).toEqual({ name: "Ada", key: id });
    for (const key of ["", "short", "x".repeat(15), "x".repeat(129), "spaces in the key", 7]) {
      expect(fieldOf(signInSchema.safeParse({ name: "Ada", key }))).toBe("key");
    }
  });

  it("takes a token in the handshake, and believes it before a name", () => {
    expect(handshakeSchema.parse({ token: "t" })).toEqual({ token: "t" });
    expect(handshakeSchema.parse({ name: "Ada" })).toEqual({ name: "Ada" });
    expect(handshakeSchema.parse({ token: "t", name: "Ada" })).toEqual({ token: "t" });
    for (const bad of [undefined, {}, { token: "" }, { token: "t".repeat(4_097) }, { name: "" }]) {
      expect(handshakeSchema.safeParse(bad).success).toBe(false);
    }
    expect(handshakeSchema.safeParse({}).error?.issues[0]?.message).toBe("must be {token} or {name, key?}");
  });
});

describe("a message over HTTP", () => {
  it("is what a socket sends, without room and id", () => {
    expect(postMessageSchema.parse({ text: "hello", room: "x", id: "y" })).toEqual({ text: "hello" });
    expect(postMessageSchema.safeParse({ text: " " }).success).toBe(false);
  });
});

describe("errors", () => {
  it("travel with what is set, and nothing else", () => {
    const plain = new RequestError("forbidden", "no");
    expect(JSON.parse(JSON.stringify(plain))).toEqual({ code: "forbidden", message: "no" });
    const full = new RequestError("rate_limited", "slower", { field: "text", retryAfterMs: 0 });
    expect(full.toJSON()).toEqual({
      code: "rate_limited",
      message: "slower",
      field: "text",
      retryAfterMs: 0,
    });
    expect(errorSchema.parse(full.toJSON())).toEqual(full.toJSON());
  });

  it("say whether a retry helps exactly where a wait can mend it", () => {
    const retry = Object.entries(errorCatalogue).filter(([, { retry }]) => retry);
    expect(retry.map(([code]) => code)).toEqual(["rate_limited", "unavailable"]);
    const statuses = Object.values(errorCatalogue).map(({ status }) => status);
    expect(new Set(statuses).size).toBe(statuses.length);
  });
});
