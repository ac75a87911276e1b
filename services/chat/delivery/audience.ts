import {
  type Batch,
  cursorOf,
  type Entry,
  eventJson,
  type Feed,
  type FeedConsumer,
  type Feeds,
  type LogName,
  type Logs,
  type Position,
} from "../../logs/index.ts";
import { type Cursor, lobbyId, RequestError, type UserId } from "../../protocol/index.ts";
import { Aside, type Bystander } from "./aside.ts";
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
  /** As a feed reads: what the connections are told live is of the same history, or they are told first. */
  readAlong<T>(read: () => Promise<T>, headOf: (answer: T) => Cursor | undefined): Promise<T>;
}

export interface Audiences {
  /** The audience of a log; follows the log from now on. Rejects when Redis is away. Attach soon: nobody attached, it closes. */
  of(name: LogName): Promise<Audience>;
  /** The audience if there is one already. */
  present(name: LogName): Audience | undefined;
  readonly size: number;
}

interface Slot {
  readonly ready: Promise<LogAudience>;
  now: LogAudience | undefined;
}

/** An audience that everybody left is kept for a moment: whoever reloads the page comes right back. */
const lingerMs = 10_000;
const backlogLimits = { maxEntries: 500, maxBytes: 1024 * 1024 };

/** What all audiences of a node share. */
interface Surroundings {
  readonly feeds: Feeds;
  readonly logs: Logs;
  readonly presentation: (name: LogName) => Presentation;
  /** Whether only those who look at it are told every event of it. */
  readonly isLarge: (name: LogName) => boolean;
  /** Whether who gets what follows may change with this event: then it is delivered and told before the next one is. */
  readonly endsDelivery: (entry: Entry) => boolean;
  /** Told every event of every log followed here, in its order, after it was delivered. */
  readonly onEntry: (name: LogName, entry: Entry, audience: Audience) => void;
  /** The log is not followed any more, or what was learned from it may be wrong. */
  readonly onForgotten: (name: LogName) => void;
  readonly onDelivered: (events: number, receivers: number) => void;
}

export function createAudiences(deps: Surroundings): Audiences {
  const audiences = new Map<string, Slot>();
  const keyOf = (name: LogName) => `${name.kind}:${name.id}`;

  async function create(name: LogName): Promise<LogAudience> {
    const audience = new LogAudience(name, deps, () => audiences.delete(keyOf(name)));
    await audience.open();
    return audience;
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
          (audience) => {
            opening.now = audience;
          },
          () => audiences.delete(key),
        );
      }
      const audience = slot.now ?? (await slot.ready);
      audience.keep();
      return audience;
    },
    present: (name) => audiences.get(keyOf(name))?.now,
  };
}

/** A class, because every user's own log has one: methods are shared, and each costs its fields alone. */
class LogAudience implements Audience, FeedConsumer {
  readonly connections = new Set<Connection>();
  readonly #name: LogName;
  readonly #presentation: Presentation;
  readonly #deps: Surroundings;
  readonly #onClosed: () => void;
  readonly #aside: Aside;
  #wasLarge = false;
  #linger: NodeJS.Timeout | undefined;
  #feed: Feed | undefined;

  constructor(name: LogName, deps: Surroundings, onClosed: () => void) {
    this.#name = name;
    this.#deps = deps;
    this.#onClosed = onClosed;
    this.#presentation = deps.presentation(name);
    this.#aside = new Aside(this.#presentation.head);
  }

  /** The audience goes first: events may come in before the position is known. */
  async open(): Promise<void> {
    this.#feed = await this.#deps.feeds.open(this.#name, this);
    this.keep();
  }

  /** Puts off the closing of an audience without connections: somebody is about to attach. */
  keep(): void {
    clearTimeout(this.#linger);
    this.#linger = setTimeout(() => {
      this.#linger = undefined;
      if (this.connections.size + this.#aside.size > 0) return;
      this.#onClosed();
      this.#deps.feeds.close(this.#opened);
      this.#deps.onForgotten(this.#name);
    }, lingerMs).unref();
  }

  position(): Position {
    return this.#opened.position();
  }

  readAlong<T>(read: () => Promise<T>, headOf: (answer: T) => Cursor | undefined): Promise<T> {
    return this.#opened.readAlong(read, headOf);
  }

  connectionsOf(user: UserId): Connection[] {
    return [...this.connections, ...this.#aside.connections].filter((one) => one.user.id === user);
  }

  attach(connection: Connection): Position {
    const position = this.position();
    if (connection.open) this.#settle(connection, position);
    return position;
  }

  async attachFrom(connection: Connection, told: Bystander["told"]): Promise<boolean> {
    const wanted = () => !this.connections.has(connection) && !this.#aside.get(connection) && connection.open;
    const arrived = (position: Position) => this.#settle(connection, position);
    try {
      if ((await this.#catchUp(connection, { told }, { wanted, arrived })) || !wanted()) return true;
    } catch (error) {
      if (error instanceof RequestError && error.code === "forbidden") return false;
      throw error;
    }
    // Always right, whatever it was that went wrong.
    this.#settle(connection, this.position());
    connection.send(this.#presentation.reset());
    return true;
  }

  async look(connection: Connection): Promise<void> {
    const bystander = this.#aside.get(connection);
    if (bystander === undefined) {
      if (!this.connections.has(connection) || !this.#looksAway(connection)) return;
      const position = this.position();
      this.connections.delete(connection);
      this.#aside.put(connection, position);
    } else if (this.#looksAway(connection)) bystander.looks = false;
    else await this.#lookAgain(connection, bystander);
  }

  detach(connection: Connection): void {
    this.connections.delete(connection);
    this.#aside.delete(connection);
    if (this.connections.size + this.#aside.size === 0) this.keep();
  }

  onBatch(batch: Batch): void {
    for (const part of partsOf(batch, this.#deps.endsDelivery)) {
      if (this.connections.size > 0) this.#deliver(this.#presentation.events(part), part.events.length);
      const last = part.entries.at(-1);
      if (last) {
        this.#aside.tell(last);
        this.#noticeSize(last);
      }
      for (const entry of part.entries) this.#deps.onEntry(this.#name, entry, this);
    }
  }

  onReset(): void {
    const frame = this.#presentation.reset();
    this.#deliver(frame, 0);
    this.#aside.startOver(this.position(), frame);
    this.#deps.onForgotten(this.#name);
  }

  onWhisper(json: string): void {
    const whisper = this.#presentation.whisper(json);
    for (const connection of this.connections)
      if (whisper.concerns(connection)) connection.send(whisper.frame);
  }

  get #opened(): Feed {
    if (!this.#feed) throw new Error("the audience is not open yet");
    return this.#feed;
  }

  #deliver(frame: Frame, events: number): void {
    for (const connection of this.connections) connection.send(frame);
    this.#deps.onDelivered(events, this.connections.size);
  }

  /** Who has not said what they look at, such as a bot, is told everything. */
  #looksAway({ focus }: Connection): boolean {
    return focus !== undefined && focus !== this.#name.id && this.#deps.isLarge(this.#name);
  }

  /** Attached with everything told up to a position that is the feed's of this turn of the event loop. */
  #settle(connection: Connection, position: Position): void {
    if (this.#looksAway(connection)) this.#aside.put(connection, position);
    else this.connections.add(connection);
  }

  /** A room that has become large: those who look elsewhere step aside, with what was told so far. */
  #noticeSize(position: Position): void {
    const isLarge = this.#deps.isLarge(this.#name);
    if (isLarge && !this.#wasLarge)
      for (const connection of this.connections) {
        if (!this.#looksAway(connection)) continue;
        this.connections.delete(connection);
        this.#aside.put(connection, position);
      }
    this.#wasLarge = isLarge;
  }

  async #lookAgain(connection: Connection, bystander: Bystander): Promise<void> {
    bystander.looks = true;
    const wanted = () => bystander.looks && this.#aside.get(connection) === bystander && connection.open;
    const arrived = () => {
      this.#aside.delete(connection);
      this.connections.add(connection);
    };
    const far = this.position().seq - bystander.told.seq > backlogLimits.maxEntries;
    const done = !far && (await this.#catchUp(connection, bystander, { wanted, arrived }).catch(() => false));
    if (done || !wanted()) return;
    const head = this.#presentation.head(this.position());
    arrived();
    if (head) connection.send(head);
  }

  /**
   * Sends what lies between a position that was told and now, and says `arrived` in the turn in which live events go on
   * from there. Answers whether that worked; a room so busy that it is ahead again after each read is given up.
   */
  async #catchUp(
    connection: Connection,
    place: Pick<Bystander, "told">,
    { wanted, arrived }: { wanted: () => boolean; arrived: (position: Position) => void },
  ): Promise<boolean> {
    // Looked up in the step that reads: whoever leaves after it does so with an event that is still to come.
    const member = this.#name.kind === "room" && this.#name.id !== lobbyId ? connection.user.id : undefined;
    for (let tries = 0; tries < 5; tries++) {
      const missed = await this.#deps.logs.since(this.#name, place.told, { ...backlogLimits, member });
      if (!wanted()) return true;
      const position = this.position();
      if (!missed) return false;
      const { seq } = place.told;
      const entries = missed.entries.filter((entry) => entry.seq > seq && entry.seq <= position.seq);
      const last = entries.at(-1);
      if (last) {
        connection.send(
          this.#presentation.events({ events: entries.map(eventJson), cursor: cursorOf(last) }),
        );
        place.told = last;
      }
      if (place.told.seq >= position.seq) {
        arrived(position);
        return true;
      }
    }
    return false;
  }
}
