import { expect, it, vi } from "vitest";
import { createChat } from "../../cli/chat.ts";
import type { ClientEvent, ParleyClient, SendExtras } from "../../web/client/contract.ts";
import { lobby, roomAt, said, welcomeOf } from "./client-stand-in.ts";

const directId = "d1";

/** A conversation in front of which somebody sits, with a client that a test speaks for. */
function start() {
  let tell: (event: ClientEvent) => void = () => {};
  const sent: [room: string, text: string, extras: SendExtras | undefined][] = [];
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
    request: async () => ({ users: [{ id: "u-bob", name: "Bob Ross" }], count: 1 }),
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
  return { chat, rooms, sent, printed, called, noted, tell: (event: ClientEvent) => tell(event) };
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
