import {
  type Batch,
  cursorOf,
  type Entry,
  eventJson,
  type Feed,
  type Feeds,
  type LogName,
  type Logs,
  type Position,
} from "../../logs/index.ts";
import type { Connection } from "./connection.ts";
import { encodeFrame, type Frame } from "./frame.ts";

/** How the events of a log are put to those who follow it. */
export interface Presentation {
  events(batch: { events: readonly string[]; cursor: string }): Frame;
  reset(): Frame;
  /** What is told to those who are there now; undefined: nothing. */
  whisper(json: string): Frame | undefined;
}

export function roomPresentation(room: string): Presentation {
  return {
    events: ({ events, cursor }) =>
      encodeFrame("room:events", `{"room":"${room}","events":[${events.join(",")}],"cursor":"${cursor}"}`),
    reset: () => encodeFrame("room:reset", `{"room":"${room}"}`),
    whisper: (json) => encodeFrame("room:typing", json),
  };
}

export const ownLogPresentation: Presentation = {
  events: ({ events, cursor }) =>
    encodeFrame("me:events", `{"events":[${events.join(",")}],"cursor":"${cursor}"}`),
  reset: () => encodeFrame("me:reset", "{}"),
  whisper: () => undefined,
};

/** Those on this node who follow one log. */
export interface Audience {
  readonly connections: ReadonlySet<Connection>;
  /**
   * Attaches a connection, unless it is closed already, and answers the position from which its live events go on. Both in one turn of the event
   * loop: whoever tells the client this position in the same turn leaves no gap and no overlap.
   */
  attach(connection: Connection): Position;
  /** Attaches a connection that was told an earlier position by somebody else: what lies between is sent first. */
  attachFrom(connection: Connection, told: { seq: number; chain: string }): Promise<void>;
  detach(connection: Connection): void;
  /** Position without attaching. */
  position(): Position;
}

export interface Audiences {
  /** The audience of a log; follows the log from now on. Rejects when Redis is away. Attach soon: nobody attached, it closes. */
  of(name: LogName): Promise<Audience>;
  /** The audience if there is one already. */
  present(name: LogName): Audience | undefined;
  readonly size: number;
}

interface Kept {
  readonly audience: Audience;
  /** Puts off the closing of an audience without connections: somebody is about to attach. */
  keep(): void;
}

interface Slot {
  readonly ready: Promise<Kept>;
  now: Kept | undefined;
}

/** An audience that everybody left is kept for a moment: whoever reloads the page comes right back. */
const lingerMs = 10_000;
const backlogLimits = { maxEntries: 500, maxBytes: 1024 * 1024 };

export function createAudiences(deps: {
  feeds: Feeds;
  logs: Logs;
  presentation: (name: LogName) => Presentation;
  /** Told every event of every log followed here, in its order, after it was delivered. */
  onEntry: (name: LogName, entry: Entry, audience: Audience) => void;
  /** The log is not followed any more, or what was learned from it may be wrong. */
  onForgotten: (name: LogName) => void;
  onDelivered: (events: number, receivers: number) => void;
}): Audiences {
  const audiences = new Map<string, Slot>();
  const keyOf = (name: LogName) => `${name.kind}:${name.id}`;

  async function create(name: LogName): Promise<Kept> {
    const connections = new Set<Connection>();
    const presentation = deps.presentation(name);
    let linger: NodeJS.Timeout | undefined;

    function deliver(frame: Frame, events: number): void {
      for (const connection of connections) connection.send(frame);
      deps.onDelivered(events, connections.size);
    }

    function closeWhenEmpty(): void {
      clearTimeout(linger);
      linger = setTimeout(() => {
        if (connections.size > 0) return;
        audiences.delete(keyOf(name));
        deps.feeds.close(feed);
        deps.onForgotten(name);
      }, lingerMs);
      linger.unref();
    }

    const audience: Audience = {
      connections,
      position: () => feed.position(),
      attach(connection) {
        const position = feed.position();
        if (connection.open) connections.add(connection);
        return position;
      },
      async attachFrom(connection, told) {
        let from = told;
        // A room so busy that it is ahead again after each read is told as a reset, which is always right.
        for (let tries = 0; tries < 5; tries++) {
          const missed = await deps.logs.since(name, from, backlogLimits);
          if (connections.has(connection) || !connection.open) return;
          const position = feed.position();
          if (!missed) break;
          const entries = missed.entries.filter((entry) => entry.seq <= position.seq);
          const last = entries.at(-1);
          if (last) {
            connection.send(
              presentation.events({
                events: entries.map(eventJson),
                cursor: cursorOf(last),
              }),
            );
            from = last;
          }
          if (from.seq >= position.seq) {
            connections.add(connection);
            return;
          }
        }
        feed.position();
        connections.add(connection);
        connection.send(presentation.reset());
      },
      detach(connection) {
        connections.delete(connection);
        if (connections.size === 0) closeWhenEmpty();
      },
    };

    // The audience goes first: events may come in before the position is known.
    const feed: Feed = await deps.feeds.open(name, {
      onBatch(batch: Batch) {
        if (connections.size > 0) deliver(presentation.events(batch), batch.events.length);
        for (const entry of batch.entries) deps.onEntry(name, entry, audience);
      },
      onReset() {
        deliver(presentation.reset(), 0);
        deps.onForgotten(name);
      },
      onWhisper(json) {
        const frame = presentation.whisper(json);
        if (frame) deliver(frame, 0);
      },
    });
    closeWhenEmpty();
    return { audience, keep: closeWhenEmpty };
  }

  return {
    get size() {
      return audiences.size;
    },
    async of(name) {
      const key = keyOf(name);
      let slot = audiences.get(key);
      if (!slot) {
        const opening: Slot = { ready: create(name), now: undefined };
        slot = opening;
        audiences.set(key, opening);
        opening.ready.then(
          (kept) => {
            opening.now = kept;
          },
          () => audiences.delete(key),
        );
      }
      const { audience, keep } = slot.now ?? (await slot.ready);
      keep();
      return audience;
    },
    present: (name) => audiences.get(keyOf(name))?.now?.audience,
  };
}
