import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import type { Cursor, NoticePayload, RoomEvent } from "../../services/protocol/index.ts";
import { type ChatClient, roomId, signIn } from "../support/chat-client.ts";
import type { History } from "./history.ts";
import type { Random } from "./random.ts";

/**
 * A second client, written from the protocol's page and without our library: it takes welcome, syncs with the cursors that it
 * kept, holds live events back meanwhile, and may send again or give up.
 */
export interface Terminal {
  readonly name: string;
  readonly user: string;
  readonly token: string;
  readonly online: boolean;
  readonly rooms: readonly string[];
  position(room: string): number | undefined;
  /** Resolves with the place, or undefined when it was refused or given up. */
  send(room: string, text: string): Promise<number | undefined>;
  /** Resolves when it is in; tries until then. */
  connect(): Promise<void>;
  /** It was let into a room: shows it from there on. */
  enter(room: { id: string; seq: number; cursor: Cursor }): void;
  /** The present connection; throws while there is none. */
  connection(): ChatClient;
  close(): void;
}

export interface TerminalDeps {
  readonly name: string;
  readonly user: string;
  /** Where to connect this time. */
  readonly url: () => string;
  readonly history: History;
  readonly random: Random;
}

interface Place {
  seq: number;
  cursor: Cursor;
  /** Live events that wait for the answer to a sync. */
  held: NoticePayload<"room:events">[] | undefined;
  /** How often it was told to start over: an answer to what was asked before the last time says nothing any more. */
  resets: number;
}

const mostTries = 4;

export function createTerminal(deps: TerminalDeps): Terminal {
  const { name, user, history, random } = deps;
  const key = randomUUID();
  const places = new Map<string, Place>();
  let token: string | undefined;
  let current: ChatClient | undefined;
  /** Names what one connection alone is told, which by itself is without gap or overlap; what is shown is made of all of it. */
  let stream = "";
  let streams = 0;
  let closed = false;

  async function connect(): Promise<void> {
    history.add({ type: "arriving", client: name, user });
    for (let attempt = 0; !closed; attempt++) {
      try {
        const url = deps.url();
        attach(await signIn(url, token === undefined ? { name: user, key } : { token }));
        return;
      } catch {
        await pause(random.between(50, Math.min(1_000, 100 * 2 ** attempt)));
      }
    }
  }

  function attach(client: ChatClient): void {
    if (closed) {
      client.leave();
      return;
    }
    token = client.token;
    history.add({ type: "online", client: name, user, ...history.welcomed(client.welcome) });
    current = client;
    streams += 1;
    stream = `${name}~${streams}`;
    const missed: Record<string, Cursor> = {};
    for (const { id, seq, cursor } of client.welcome.rooms) {
      const place = places.get(id);
      history.add({ type: "follow", client: stream, room: id, seq });
      if (!place) follow(id, seq, cursor);
      else if (place.cursor !== cursor) {
        place.held = [];
        missed[id] = place.cursor;
      }
    }
    let next = 0;
    const take = () => {
      for (; next < client.heard.length; next++) {
        const heard = client.heard[next];
        if (closed) return;
        if (heard?.name === "room:events") live(heard.payload as NoticePayload<"room:events">);
        else if (heard?.name === "room:reset")
          void startOver(client, (heard.payload as { room: string }).room);
      }
    };
    client.socket.onAny(take);
    client.socket.once("disconnect", () => {
      if (current !== client) return;
      current = undefined;
      for (const room of places.keys()) history.add({ type: "unfollow", client: stream, room });
      if (closed) return;
      history.add({ type: "offline", client: name, user, why: "cut" });
      void connect();
    });
    take();
    if (Object.keys(missed).length > 0) void sync(client, missed);
  }

  function follow(room: string, seq: number, cursor: Cursor): void {
    places.set(room, { seq, cursor, held: undefined, resets: 0 });
    history.add({ type: "follow", client: name, room, seq });
  }

  function live(notice: NoticePayload<"room:events">): void {
    const { room, events, cursor } = notice;
    const place = places.get(room);
    if (!place) return;
    history.add({ type: "events", client: stream, room, events: history.seen(events) });
    if (place.held) {
      place.held.push(notice);
      return;
    }
    // An answer to a sync may have been ahead of what this connection is told live.
    const later = events.filter((event) => event.seq > place.seq);
    if (later.length > 0) show(room, place, later, cursor);
  }

  function show(room: string, place: Place, events: readonly RoomEvent[], cursor: Cursor): void {
    if (events.length > 0) history.add({ type: "events", client: name, room, events: history.seen(events) });
    place.seq = events.at(-1)?.seq ?? place.seq;
    place.cursor = cursor;
  }

  function release(room: string, place: Place): void {
    const held = place.held ?? [];
    place.held = undefined;
    for (const { events, cursor } of held) {
      const later = events.filter((event) => event.seq > place.seq);
      if (later.length > 0) show(room, place, later, cursor);
    }
  }

  async function sync(client: ChatClient, cursors: Record<string, Cursor>): Promise<void> {
    const resets = new Map(Object.keys(cursors).map((room) => [room, places.get(room)?.resets]));
    for (let missed = cursors; Object.keys(missed).length > 0 && current === client; ) {
      const reply = await client.ask("room:sync", { rooms: missed }).catch(() => undefined);
      if (current !== client) return;
      if (!reply?.ok) {
        await pause(reply?.error.retryAfterMs ?? random.between(50, 200));
        continue;
      }
      const further: Record<string, Cursor> = {};
      for (const [room, cursor] of Object.entries(missed)) {
        const answer = reply.rooms[room];
        const place = places.get(room);
        if (!place || place.resets !== resets.get(room)) continue;
        if (!answer) further[room] = cursor;
        else if ("error" in answer) continue;
        else if ("reset" in answer) {
          begin(room, place, answer.messages, answer.cursor);
        } else {
          show(room, place, answer.events, answer.cursor);
          if (answer.more) further[room] = answer.cursor;
          else release(room, place);
        }
      }
      missed = further;
    }
  }

  function begin(
    room: string,
    place: Place,
    messages: readonly { seq: number; rev: number; id: string }[],
    cursor: Cursor,
  ) {
    const seq = messages.reduce((top, message) => Math.max(top, message.seq, message.rev), 0);
    history.add({
      type: "reset",
      client: name,
      room,
      seq,
      messages: messages.map(({ seq, id }) => ({ seq, id, type: "message" })),
    });
    place.seq = seq;
    place.cursor = cursor;
    release(room, place);
  }

  async function startOver(client: ChatClient, room: string): Promise<void> {
    const place = places.get(room);
    if (!place) return;
    place.held = [];
    place.resets += 1;
    const { resets } = place;
    // What is told after a reset says nothing about what came before it.
    history.add({ type: "unfollow", client: stream, room });
    while (current === client) {
      await pause(random.between(0, 2_000));
      const reply = await client.ask("room:history", { room: roomId(room) }).catch(() => undefined);
      if (place.resets > resets) return;
      if (current !== client || !reply?.ok) continue;
      begin(room, place, reply.messages, reply.cursor);
      return;
    }
  }

  async function send(room: string, text: string): Promise<number | undefined> {
    const id = randomUUID();
    for (let tries = 1; tries <= mostTries && !closed; tries++) {
      const client = current;
      if (!client) {
        if (tries > 1 && random.chance(0.3)) return undefined;
        await pause(random.between(50, 300));
        tries -= 1;
        continue;
      }
      history.add(
        tries === 1
          ? { type: "send", client: name, user, room, id, text }
          : { type: "again", client: name, room, id },
      );
      const reply = await client
        .ask("message:send", { room: roomId(room), id: id as never, text })
        .catch(() => undefined);
      if (!reply) {
        history.add({ type: "unknown", client: name, room, id });
      } else if (reply.ok) {
        history.add({ type: "acknowledged", client: name, room, id, seq: reply.seq, n: reply.n });
        // Now and then once more, as a client does that did not hear the answer.
        if (!random.chance(0.1)) return reply.seq;
      } else {
        const { code, retryAfterMs } = reply.error;
        const refused = { type: "refused" as const, client: name, room, id, code };
        history.add(retryAfterMs === undefined ? refused : { ...refused, retryAfterMs });
        // Left at that, it must not be there later.
        if (random.chance(0.4)) return undefined;
        await pause(Math.min(retryAfterMs ?? 50, 2_000));
      }
      if (random.chance(0.3)) return undefined;
    }
    return undefined;
  }

  return {
    name,
    user,
    get token() {
      if (token === undefined) throw new Error(`${name} was never in`);
      return token;
    },
    get online() {
      return current !== undefined && [...places.values()].every(({ held }) => held === undefined);
    },
    get rooms() {
      return [...places.keys()];
    },
    position: (room) => places.get(room)?.seq,
    send,
    connect,
    enter({ id, seq, cursor }) {
      history.add({ type: "follow", client: stream, room: id, seq });
      follow(id, seq, cursor);
    },
    connection() {
      if (!current) throw new Error(`${name} has no connection`);
      return current;
    },
    close() {
      closed = true;
      current?.leave();
      history.add({ type: "offline", client: name, user, why: "closed" });
    },
  };
}
