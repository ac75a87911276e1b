import { randomUUID } from "node:crypto";
import type { MessageId, RoomEvent } from "../../services/protocol/index.ts";
import { type ClientEvent, createClient, type ParleyClient, type Store } from "../../web/client/index.ts";
import { fresh, roomId } from "./chat-client.ts";
import { stopWhenDone } from "./started.ts";
import { eventually } from "./wait.ts";

/** Somebody who stays, whatever happens to nodes: the client library of the page, and what it told. */
export interface Resident {
  readonly name: string;
  readonly client: ParleyClient;
  readonly told: readonly ClientEvent[];
  /** Nodes that welcomed it, in that order. */
  readonly nodes: readonly string[];
  /** Events of the lobby, as they were told. */
  readonly events: readonly RoomEvent[];
  /** What contradicts "each event once, in order, without a gap", in words. */
  readonly faults: readonly string[];
  /** Resolves with its place once it is acknowledged, however often it had to be sent. */
  say(text: string): Promise<{ id: MessageId; seq: number }>;
  /** Resolves when everything up to there was told. */
  reached(seq: number, withinMs?: number): Promise<unknown>;
  leave(): void;
}

const lobby = roomId("lobby");

export interface ResidentOptions {
  readonly name?: string;
  /** With the name, makes it the same person. */
  readonly key?: string;
  /** Of the browser that it sits at; one of its own unless told. */
  readonly store?: Store;
}

/** Resolves with the first welcome. Closed when the test file is done, if not before. */
export async function moveIn(url: string, options: ResidentOptions = {}): Promise<Resident> {
  const { name = fresh("resident"), key = randomUUID(), store } = options;
  const client = createClient({
    url,
    credentials: { name, key },
    ...(store === undefined ? {} : { store }),
  });
  stopWhenDone(async () => client.close());
  const told: ClientEvent[] = [];
  const nodes: string[] = [];
  const events: RoomEvent[] = [];
  const faults: string[] = [];
  const sent = new Map<MessageId, number>();
  let seq = 0;
  client.listen((event) => {
    told.push(event);
    if (event.type === "welcome") {
      nodes.push(event.welcome.node);
      if (nodes.length === 1) seq = event.welcome.rooms.find(({ id }) => id === lobby)?.seq ?? 0;
    } else if (event.type === "sent") {
      sent.set(event.id, event.seq);
    } else if (event.type === "reset" && event.room === lobby) {
      faults.push(`started over at ${event.seq}`);
      seq = event.seq;
    } else if (event.type === "events" && event.room === lobby) {
      for (const one of event.events) {
        if (one.seq !== seq + 1) faults.push(`${one.seq} came after ${seq}`);
        seq = one.seq;
        events.push(one);
      }
    }
  });
  client.connect();
  await eventually(() => nodes.length > 0);
  return {
    name,
    client,
    told,
    nodes,
    events,
    faults,
    async say(text) {
      const id = client.send(lobby, text);
      const place = await eventually(
        () => {
          const failed = client.outbox.find((entry) => entry.id === id && entry.state === "failed");
          if (failed) throw new Error(`refused: ${JSON.stringify(failed.error)}`);
          return sent.get(id);
        },
        { timeoutMs: 40_000, everyMs: 5 },
      );
      return { id, seq: place };
    },
    reached: (last, withinMs = 10_000) =>
      eventually(
        () => {
          if (seq < last) throw new Error(`${name} is at ${seq} of ${last}`);
          return true;
        },
        { timeoutMs: withinMs },
      ),
    leave: () => client.close(),
  };
}
