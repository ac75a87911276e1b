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
import { lobbyId, RequestError, type UserId } from "../../protocol/index.ts";
import { type Bystander, createAside } from "./aside.ts";
import { partsOf } from "./batch-parts.ts";
import type { Connection } from "./connection.ts";
import type { Frame } from "./frame.ts";
import type { Presentation } from "./presentation.ts";

/** Those on this node who follow one log. */
export interface Audience {
  /** Those who are told every event: all, but for those who do not look at a large room. */
  readonly connections: ReadonlySet<Connection>;
  /** All connections of somebody, whether they are told every event or not. */
  connectionsOf(user: UserId): Connection[];
  /**
   * Attaches a connection, unless it is closed already, and answers the position from which its live events go on. Both in one turn of the event
   * loop: whoever tells the client this position in the same turn leaves no gap and no overlap.
   */
  attach(connection: Connection): Position;
  /**
   * Attaches a connection that was told an earlier position by somebody else: what lies between is sent first. Resolves
   * with false when its user may not read the room any more.
   */
  attachFrom(connection: Connection, told: { seq: number; chain: string }): Promise<boolean>;
  detach(connection: Connection): void;
  /**
   * What the connection looks at has changed. Who looks away from a large room is told how far it is from then on; who
   * looks again gets what was missed, then what is live, without gap or overlap. Who missed too much is told how far the
   * room is instead, and goes on live from there. Never rejects.
   */
  look(connection: Connection): Promise<void>;
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
  /** Whether only those who look at it are told every event of it. */
  isLarge: (name: LogName) => boolean;
  /** Whether who gets what follows may change with this event: then it is delivered and told before the next one is. */
  endsDelivery: (entry: Entry) => boolean;
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
    const aside = createAside(presentation.head);
    let wasLarge = false;
    let linger: NodeJS.Timeout | undefined;

    function deliver(frame: Frame, events: number): void {
      for (const connection of connections) connection.send(frame);
      deps.onDelivered(events, connections.size);
    }

    function closeWhenEmpty(): void {
      clearTimeout(linger);
      linger = setTimeout(() => {
        if (connections.size + aside.size > 0) return;
        audiences.delete(keyOf(name));
        deps.feeds.close(feed);
        deps.onForgotten(name);
      }, lingerMs);
      linger.unref();
    }

    /** Who has not said what they look at, such as a bot, is told everything. */
    const looksAway = ({ focus }: Connection) =>
      focus !== undefined && focus !== name.id && deps.isLarge(name);

    /** Attached with everything told up to a position that is the feed's of this turn of the event loop. */
    function settle(connection: Connection, position: Position): void {
      if (looksAway(connection)) aside.put(connection, position);
      else connections.add(connection);
    }

    /**
     * Sends what lies between a position that was told and now, and says `arrived` in the turn in which live events go on
     * from there. Answers whether that worked; a room so busy that it is ahead again after each read is given up.
     */
    async function catchUp(
      connection: Connection,
      place: Pick<Bystander, "told">,
      { wanted, arrived }: { wanted: () => boolean; arrived: (position: Position) => void },
    ): Promise<boolean> {
      // Looked up in the step that reads: whoever leaves after it does so with an event that is still to come.
      const member = name.kind === "room" && name.id !== lobbyId ? connection.user.id : undefined;
      for (let tries = 0; tries < 5; tries++) {
        const missed = await deps.logs.since(name, place.told, { ...backlogLimits, member });
        if (!wanted()) return true;
        const position = feed.position();
        if (!missed) return false;
        const { seq } = place.told;
        const entries = missed.entries.filter((entry) => entry.seq > seq && entry.seq <= position.seq);
        const last = entries.at(-1);
        if (last) {
          connection.send(presentation.events({ events: entries.map(eventJson), cursor: cursorOf(last) }));
          place.told = last;
        }
        if (place.told.seq >= position.seq) {
          arrived(position);
          return true;
        }
      }
      return false;
    }

    async function lookAgain(connection: Connection, bystander: Bystander): Promise<void> {
      bystander.looks = true;
      const wanted = () => bystander.looks && aside.get(connection) === bystander && connection.open;
      const arrived = () => {
        aside.delete(connection);
        connections.add(connection);
      };
      const far = feed.position().seq - bystander.told.seq > backlogLimits.maxEntries;
      const done = !far && (await catchUp(connection, bystander, { wanted, arrived }).catch(() => false));
      if (done || !wanted()) return;
      const head = presentation.head(feed.position());
      arrived();
      if (head) connection.send(head);
    }

    const audience: Audience = {
      connections,
      connectionsOf: (user) => [...connections, ...aside.connections].filter((one) => one.user.id === user),
      position: () => feed.position(),
      attach(connection) {
        const position = feed.position();
        if (connection.open) settle(connection, position);
        return position;
      },
      async attachFrom(connection, told) {
        const wanted = () => !connections.has(connection) && !aside.get(connection) && connection.open;
        const arrived = (position: Position) => settle(connection, position);
        try {
          if ((await catchUp(connection, { told }, { wanted, arrived })) || !wanted()) return true;
        } catch (error) {
          if (error instanceof RequestError && error.code === "forbidden") return false;
          throw error;
        }
        // Always right, whatever it was that went wrong.
        settle(connection, feed.position());
        connection.send(presentation.reset());
        return true;
      },
      async look(connection) {
        const bystander = aside.get(connection);
        if (bystander === undefined) {
          if (!connections.has(connection) || !looksAway(connection)) return;
          const position = feed.position();
          connections.delete(connection);
          aside.put(connection, position);
        } else if (looksAway(connection)) bystander.looks = false;
        else await lookAgain(connection, bystander);
      },
      detach(connection) {
        connections.delete(connection);
        aside.delete(connection);
        if (connections.size + aside.size === 0) closeWhenEmpty();
      },
    };

    /** A room that has become large: those who look elsewhere step aside, with what was told so far. */
    function noticeSize(position: Position): void {
      const isLarge = deps.isLarge(name);
      if (isLarge && !wasLarge)
        for (const connection of connections) {
          if (!looksAway(connection)) continue;
          connections.delete(connection);
          aside.put(connection, position);
        }
      wasLarge = isLarge;
    }

    // The audience goes first: events may come in before the position is known.
    const feed: Feed = await deps.feeds.open(name, {
      onBatch(batch: Batch) {
        for (const part of partsOf(batch, deps.endsDelivery)) {
          if (connections.size > 0) deliver(presentation.events(part), part.events.length);
          const last = part.entries.at(-1);
          if (last) {
            aside.tell(last);
            noticeSize(last);
          }
          for (const entry of part.entries) deps.onEntry(name, entry, audience);
        }
      },
      onReset() {
        const frame = presentation.reset();
        deliver(frame, 0);
        aside.startOver(feed.position(), frame);
        deps.onForgotten(name);
      },
      onWhisper(json) {
        const whisper = presentation.whisper(json);
        if (whisper === undefined) return;
        for (const connection of connections)
          if (whisper.concerns(connection)) connection.send(whisper.frame);
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
