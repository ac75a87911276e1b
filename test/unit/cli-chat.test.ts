import { expect, it, vi } from "vitest";
import { createChat } from "../../cli/chat.ts";
import type { OwnBan, OwnRemoval } from "../../services/protocol/index.ts";
import type { ClientEvent, ParleyClient, SendExtras } from "../../web/client/contract.ts";
import { lobby, roomAt, said, welcomeOf } from "./client-stand-in.ts";

const directId = "d1";

/** A conversation in front of which somebody sits, with a client that a test speaks for. */
function start() {
  let tell: (event: ClientEvent) => void = () => {};
  const sent: [room: string, text: string, extras: SendExtras | undefined][] = [];
  const bans: OwnBan[] = [];
  const removals: OwnRemoval[] = [];
  const confirmed: string[][] = [];
  const rooms = [
    { ...roomAt(4), read: 1, mentions: 1 },
    { ...roomAt(0), id: directId as never, name: "bob", kind: "direct" as const },
  ];
  const client = {
    listen(listener: typeof tell) {
      tell = listener;
      return () => {};
    },
    connect() {},
    me: welcomeOf().user,
    connection: "online",
    outbox: [],
    room: (id: string) => rooms.find((room) => room.id === id),
    send(room: string, text: string, extras?: SendExtras) {
      sent.push([room, text, extras]);
      return "m";
    },
    request: async (name: string, { told }: { told?: string[] }) => {
      if (told !== undefined) confirmed.push(told);
      return name === "me:bans"
        ? { bans, removals }
        : { users: [{ id: "u-bob", name: "Bob Ross" }], count: 1 };
    },
  } as unknown as ParleyClient;
  const [printed, called, noted] = [[] as string[], [] as string[], [] as string[]];
  const chat = createChat({
    client,
    print: (text) => void printed.push(text),
    call: (text) => void called.push(text),
    note: (text) => void noted.push(text),
    interactive: true,
    timeoutMs: 1_000,
    uuid: () => "id",
  });
  return {
    chat,
    rooms,
    bans,
    removals,
    confirmed,
    sent,
    printed,
    called,
    noted,
    tell: (event: ClientEvent) => tell(event),
  };
}

it("calls for what is direct or mentions one, and says at the start what is unread", async () => {
  const { chat, rooms, printed, called, noted, tell } = start();
  async function* nothing() {}
  const done = chat.run(nothing());
  tell({ type: "welcome", welcome: welcomeOf({ rooms }) });
  const message = (seq: number, more: object) =>
    ({ ...said(seq), by: { id: "u-bob", name: "bob" }, ...more }) as never;
  const me = welcomeOf().user.id;
  tell({
    type: "events",
    room: lobby,
    events: [message(5, { text: "all" }), message(6, { text: "you", mentions: [me] })],
  });
  tell({ type: "events", room: lobby, events: [message(7, { text: "here", notify: "here" })] });
  tell({ type: "events", room: directId as never, events: [message(1, { text: "psst" })] });
  await done;
  expect(noted.at(-1)).toBe("Unread: 3 in Lobby (1 for you).");
  expect(printed).toEqual(["[Lobby] bob: all"]);
  expect(called).toEqual(["[Lobby] bob: you", "[Lobby] bob: here", "[direct] bob: psst"]);
});

it("says at the start what one is kept out of", async () => {
  const { chat, rooms, bans, noted, tell } = start();
  const by = { id: "u-bob" as never, name: "bob" };
  const garden = { id: "garden" as never, name: "garden", kind: "channel" as const };
  bans.push({ room: garden, by, at: new Date().toISOString(), until: null, reason: "spam" });
  async function* nothing() {}
  const done = chat.run(nothing());
  tell({ type: "welcome", welcome: welcomeOf({ rooms }) });
  await done;
  await vi.waitFor(() =>
    expect(noted.at(-1)).toBe(
      "You are banned from garden until somebody who moderates it lifts that, by bob: spam.",
    ),
  );
});

it("says of which rooms one was removed while away, and tells the server that it did", async () => {
  const { chat, rooms, removals, confirmed, noted, tell } = start();
  const by = { id: "u-bob" as never, name: "bob" };
  const garden = { id: "garden" as never, name: "garden", kind: "channel" as const };
  removals.push({ room: garden, by, at: new Date().toISOString() });
  async function* nothing() {}
  const done = chat.run(nothing());
  tell({ type: "welcome", welcome: welcomeOf({ rooms }) });
  await done;
  await vi.waitFor(() => expect(confirmed).toEqual([["garden"]]));
  expect(noted.at(-1)).toMatch(/^bob removed you from garden at .*\d\d.*\.$/);
});

it("tells the server of a removal that it heard of as it happened, not of a leaving", async () => {
  const { chat, rooms, confirmed, tell } = start();
  async function* nothing() {}
  const done = chat.run(nothing());
  tell({ type: "welcome", welcome: welcomeOf({ rooms }) });
  const out = { type: "room_removed", seq: 1, id: "e", at: new Date().toISOString(), by: welcomeOf().user };
  tell({ type: "me-events", events: [{ ...out, room: "yard" } as never] });
  tell({ type: "me-events", events: [{ ...out, room: "court", how: "removed" } as never] });
  await done;
  expect(confirmed).toEqual([["court"]]);
});

it("names those whom a line mentions, also those it has to look for", async () => {
  const { chat, rooms, sent, tell } = start();
  async function* lines() {
    yield "hello @bob ross";
    yield "plain";
  }
  const done = chat.run(lines());
  tell({ type: "welcome", welcome: welcomeOf({ rooms }) });
  await done;
  await vi.waitFor(() => expect(sent).toHaveLength(2));
  expect(sent).toEqual([
    ["lobby", "hello @bob ross", { mentions: ["u-bob"] }],
    ["lobby", "plain", {}],
  ]);
});

it("says what is going on while it is away or Redis is, and what becomes of what one types; each once", async () => {
  const { chat, noted, tell } = start();
  async function* nothing() {}
  const done = chat.run(nothing());
  tell({ type: "connection", state: "offline" });
  tell({ type: "welcome", welcome: welcomeOf() });
  tell({ type: "connection", state: "online" });
  tell({ type: "degraded", reason: "the store is away" });
  tell({ type: "recovered" });
  tell({ type: "connection", state: "offline" });
  tell({ type: "connection", state: "connecting" });
  tell({ type: "connection", state: "offline" });
  tell({ type: "connection", state: "online" });
  await done;
  expect(noted.filter((line) => !line.startsWith("Signed in"))).toEqual([
    "Cannot connect; trying again.",
    "Connected again.",
    "The server has trouble (the store is away); what you send waits.",
    "The server has recovered.",
    "Disconnected; what you send waits, and goes out once connected again.",
    "Connected again.",
  ]);
});

it("says who muted one, took one out or keeps one out, why, and where what one types goes then", async () => {
  const { chat, rooms, noted, sent, tell } = start();
  const garden = { ...roomAt(0), id: "garden" as never, name: "garden" };
  rooms.push(garden as never);
  let next = () => {};
  async function* lines() {
    yield "/join garden";
    await new Promise<void>((resolve) => {
      next = resolve;
    });
    yield "for the lobby";
  }
  const done = chat.run(lines());
  tell({ type: "welcome", welcome: welcomeOf({ rooms }) });
  await vi.waitFor(() => expect(noted.at(-1)).toMatch(/garden/));
  const by = { id: "u-bob", name: "bob" };
  const user = welcomeOf().user;
  const at = new Date().toISOString();
  const mute = (seconds: number | null, when = at) =>
    ({ type: "mute", seq: 1, id: "e1", at: when, by, user, seconds }) as never;
  tell({ type: "events", room: garden.id, events: [mute(60, "2020-01-01T00:00:00.000Z"), mute(null)] });
  expect(noted.at(-1)).toBe("bob muted you in garden until somebody who moderates it lifts that.");
  tell({
    type: "me-events",
    events: [
      { type: "muted", seq: 1, id: "o1", at, by, room: "garden", until: null, reason: "too loud" },
    ] as never,
  });
  expect(noted.at(-1)).toBe("You are muted in garden because: too loud");
  tell({
    type: "events",
    room: garden.id,
    events: [{ type: "unmute", seq: 2, id: "e2", at, by, user }] as never,
  });
  expect(noted.at(-1)).toBe("You can write again in garden.");
  const out = {
    type: "room_removed",
    seq: 2,
    id: "o2",
    at,
    by,
    room: "garden",
    how: "banned",
    until: at,
    reason: "spam",
  };
  tell({ type: "me-events", events: [out] as never });
  expect(noted.at(-1)).toMatch(
    /^bob banned you from garden until .*: spam\. What you type goes to the lobby\.$/,
  );
  tell({ type: "room-removed", room: garden.id });
  next();
  await vi.waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]?.[0]).toBe("lobby");
  await done;
});
