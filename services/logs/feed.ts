import { type Cursor, RequestError } from "../protocol/index.ts";
import {
  cursorOf,
  type Entry,
  eventJson,
  genesis,
  type Position,
  parseCursor,
  parseRecord,
  whisperMark,
} from "./entry.ts";
import type { LogName } from "./log-keys.ts";
import type { Missed } from "./redis-logs.ts";

/** Consecutive events, ready to be sent. */
export interface Batch {
  /** Each event as JSON. */
  readonly events: readonly string[];
  /** The same events as the log holds them, for those who must look into one. */
  readonly entries: readonly Entry[];
  readonly cursor: Cursor;
}

/** Who follows a log on this node. Called in the order of the log, never concurrently. */
export interface FeedConsumer {
  onBatch(batch: Batch): void;
  /** What was handed out may not be the history any more; what follows starts after the feed's new position. */
  onReset(): void;
  /** Something that is no event of the log and may be lost, such as that somebody is typing. */
  onWhisper?(text: string): void;
}

export interface FeedTiming {
  /** Least time between two flushes, in ms: no delay when idle, larger batches as load grows. */
  readonly flushEveryMs: number;
  /** A batch of so many bytes is flushed at once. */
  readonly flushBytes: number;
  /** Live events kept while a gap is being read, at most. */
  readonly maxHeld: number;
}

/** What all feeds of a node share: how they read, how they keep time, whom they tell. */
export interface FeedSource {
  readonly timing: FeedTiming;
  readMissed(log: LogName, from: Position): Promise<Missed | undefined>;
  readHead(log: LogName): Promise<Position>;
  /** Told how many events a repair brought that pub/sub had lost. */
  onRepaired(log: LogName, events: number): void;
  onReset(log: LogName): void;
}

/** Redis is being replaced at that moment. */
const readAgainAfterMs = 500;

/**
 * One log as this node follows it: hands out every event once, in order, and mends what pub/sub lost.
 *
 * What comes in is the next event, an old one, or proof of a gap. The chain tells whether the history behind it is still
 * the one that was handed out.
 */
export class Feed {
  readonly name: LogName;
  #position: Position = genesis;
  #state: "opening" | "live" | "repairing" | "closed" = "opening";
  #held: Entry[] = [];
  /** There was more than may be held. */
  #overflowed = false;
  #pending: Entry[] = [];
  #pendingBytes = 0;
  #nextFlushMs = Number.NEGATIVE_INFINITY;
  #flushScheduled = false;
  readonly #consumer: FeedConsumer;
  readonly #source: FeedSource;

  constructor(name: LogName, consumer: FeedConsumer, source: FeedSource) {
    this.name = name;
    this.#consumer = consumer;
    this.#source = source;
  }

  /**
   * Where the log stands for everybody who follows it here. What was taken in is flushed first, so whoever is told this
   * position and attached in the same turn of the event loop misses nothing and gets nothing twice.
   */
  position(): Position {
    this.flush();
    return this.#position;
  }

  /** The newest position taken in, for comparing with the head; flushes nothing. */
  get newest(): Position {
    return this.#position;
  }

  get live(): boolean {
    return this.#state === "live";
  }

  /** To be called once the subscription is confirmed: an event after the head is then either held or still to come. */
  start(head: Position): void {
    this.#position = head;
    this.#state = "live";
    this.#takeHeld();
    if (this.#overflowed) void this.repair();
  }

  /**
   * Reads what is to be shown together with what goes out live. If it is of another history, whoever follows the log is told
   * before it is handed out: what went out of the old one would otherwise be shown after it.
   *
   * @param headOf where the log ended when it was read, where the answer tells
   * @throws RequestError `unavailable`: it is of another history, and which one goes on is not known now
   */
  async readAlong<T>(read: () => Promise<T>, headOf: (answer: T) => Cursor | undefined): Promise<T> {
    const before = this.#position;
    const answer = await read();
    const cursor = headOf(answer);
    if (cursor === undefined) return answer;
    const head = parseCursor(cursor);
    // Ahead of the feed: what lies between is on its way. Behind by what came in since it was read: that is told again.
    const differs = ({ seq, chain }: Position) => head.seq === seq && head.chain !== chain;
    if (head.seq >= before.seq && !differs(before) && !differs(this.#position)) return answer;
    // One that is under way may have read before this did.
    await this.#repair;
    await this.repair();
    if (this.#state === "repairing")
      throw new RequestError("unavailable", "the history was rewritten; try again", {
        retryAfterMs: readAgainAfterMs,
      });
    return answer;
  }

  close(): void {
    this.#state = "closed";
    this.#pending = [];
    this.#held = [];
  }

  /** What the channel brought. */
  receive(payload: string): void {
    if (payload.startsWith(whisperMark)) this.#consumer.onWhisper?.(payload.slice(whisperMark.length));
    else this.#take(parseRecord(payload));
  }

  #take(entry: Entry): void {
    if (this.#state === "closed") return;
    if (this.#state !== "live") {
      // Too many to hold are dropped; the gap that this leaves is read from the log.
      if (this.#held.length < this.#source.timing.maxHeld) this.#held.push(entry);
      else this.#overflowed = true;
      return;
    }
    const { seq, chain } = this.#position;
    if (entry.seq === seq + 1 && entry.before === chain) {
      this.#accept(entry);
    } else if (entry.seq === seq && entry.chain === chain) {
      // Came in through a repair already.
    } else {
      this.#held.push(entry);
      void this.repair();
    }
  }

  #accept(entry: Entry): void {
    this.#position = {
      seq: entry.seq,
      n: entry.n,
      // A copy: a slice would keep the whole event in memory for as long as nothing else is said.
      chain: ` ${entry.chain}`.slice(1),
      atMs: entry.atMs,
    };
    this.#pending.push(entry);
    this.#pendingBytes += entry.body.length;
    if (this.#pendingBytes >= this.#source.timing.flushBytes) this.flush();
    else this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    const waitMs = this.#nextFlushMs - performance.now();
    const run = () => {
      this.#flushScheduled = false;
      this.flush();
    };
    if (waitMs > 0) setTimeout(run, waitMs);
    else setImmediate(run);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const entries = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    const startedMs = performance.now();
    this.#consumer.onBatch({
      events: entries.map(eventJson),
      entries,
      cursor: cursorOf(this.#position),
    });
    // As long as writing to all took, the event loop is for everything else: large rooms get larger batches, not all of it.
    const nowMs = performance.now();
    this.#nextFlushMs = nowMs + Math.max(this.#source.timing.flushEveryMs, nowMs - startedMs);
  }

  /**
   * Reads what lies between the position and the head from the log. Rejections of Redis leave the feed repairing; the
   * next check tries again, and live events wait meanwhile.
   */
  async repair(): Promise<void> {
    if (this.#state !== "live" && this.#state !== "repairing") return;
    if (this.#repair) return this.#repair;
    this.#state = "repairing";
    this.#overflowed = false;
    this.#repair = this.#readGap().finally(() => {
      this.#repair = undefined;
      // Among what came meanwhile something may be lost as well.
      if (this.#state === "live" && (this.#held.length > 0 || this.#overflowed)) void this.repair();
    });
    return this.#repair;
  }
  #repair: Promise<void> | undefined;

  async #readGap(): Promise<void> {
    try {
      for (let more = true; more; ) {
        const heldBefore = this.#held.length;
        const missed = await this.#source.readMissed(this.name, this.#position);
        if (this.#state === "closed") return;
        if (!missed) return await this.reset();
        for (const entry of missed.entries) this.#accept(entry);
        if (missed.entries.length > 0) this.#source.onRepaired(this.name, missed.entries.length);
        more = missed.more;
        // What came before the log was read to its end is in it, or belongs to a history that is no more.
        if (!more) this.#held.splice(0, heldBefore);
      }
    } catch {
      return;
    }
    this.#state = "live";
    this.#takeHeld();
  }

  /** The history is not what was handed out: says so, and goes on from where the log is now. */
  async reset(): Promise<void> {
    this.#state = "repairing";
    this.flush();
    const head = await this.#source.readHead(this.name);
    if (this.#isClosed()) return;
    this.#position = head;
    this.#held = this.#held.filter((entry) => entry.seq > head.seq);
    this.#state = "live";
    this.#source.onReset(this.name);
    this.#consumer.onReset();
    this.#takeHeld();
  }

  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #takeHeld(): void {
    const held = this.#held;
    this.#held = [];
    for (const entry of held) {
      const old = entry.seq <= this.#position.seq;
      if (!old || this.#state !== "live") this.#take(entry);
    }
  }
}
