import { createRounds, type Logger, type Subscriber } from "../platform/index.ts";
import { Feed, type FeedConsumer, type FeedSource, type FeedTiming } from "./feed.ts";
import type { LogName } from "./log-keys.ts";
import type { Logs } from "./redis-logs.ts";

/** The logs that somebody on this node follows, and only those. */
export interface Feeds {
  /**
   * Follows a log until `close` is called; one feed a log and node. Resolves when the subscription is confirmed and the
   * position known. Rejects when Redis is away.
   */
  open(name: LogName, consumer: FeedConsumer): Promise<Feed>;
  close(feed: Feed): void;
  /** Compares every feed with the head of its log now; what is behind is read. */
  check(): Promise<void>;
  readonly size: number;
  stop(): void;
}

export const defaultFeedTiming: FeedTiming & {
  checkEveryMs: number;
  suspectForMs: number;
} = {
  flushEveryMs: 5,
  flushBytes: 64 * 1024,
  maxHeld: 5_000,
  // Together, and with the time that Redis may take, below the ten seconds within which a lost last message must be noticed.
  checkEveryMs: 7_000,
  suspectForMs: 500,
};

/** One read of what was missed; larger gaps take several. */
const readLimits = { maxEntries: 500, maxBytes: 512 * 1024 };
const headsAtOnce = 500;
/** The logs are compared in so many parts, one after the other, each once in the time that is said. */
const turnsARound = 7;

export function createFeeds(deps: {
  logs: Logs;
  subscriber: Subscriber;
  log: Logger;
  timing?: Partial<typeof defaultFeedTiming>;
  /** Told how many events a repair brought that pub/sub had lost. */
  onRepaired: (events: number) => void;
  onReset: () => void;
}): Feeds {
  const { logs, subscriber, log } = deps;
  const timing = { ...defaultFeedTiming, ...deps.timing };
  const feeds = createRounds<Feed>(turnsARound);

  const readHead = async (name: LogName) => {
    const [head] = await logs.heads([name]);
    if (!head) throw new Error("a head was asked for and not answered");
    return head;
  };

  const source: FeedSource = {
    timing,
    readMissed: (name, from) => logs.since(name, from, readLimits),
    readHead,
    onRepaired(name, events) {
      log.info({ log: `${name.kind}:${name.id}`, events }, "gap repaired");
      deps.onRepaired(events);
    },
    onReset(name) {
      log.warn({ log: `${name.kind}:${name.id}` }, "history was rewritten or cut off, starting over");
      deps.onReset();
    },
  };

  /**
   * A head that is ahead is a suspicion, because the event may be on its way; a feed that has still not reached it a
   * moment later has lost it. A head that is behind, or has another chain, is proof of a rewritten history.
   */
  async function check(checked: Iterable<Feed>, patient: boolean): Promise<void> {
    const all = [...checked];
    const behind: { feed: Feed; seq: number }[] = [];
    for (let start = 0; start < all.length; start += headsAtOnce) {
      const some = all.slice(start, start + headsAtOnce);
      const asked = some.map(({ name, newest: { seq, chain } }) => ({ name, seq, chain }));
      const heads = await logs.moved(asked);
      for (const [i, feed] of some.entries()) {
        const head = heads[i];
        // A head of the same length that is not the same one has another chain.
        const rewritten = head !== undefined && head.seq <= (asked[i]?.seq ?? 0);
        if (rewritten || !feed.live) void feed.repair();
        else if (head !== undefined) behind.push({ feed, seq: head.seq });
      }
    }
    // One wait for all: with many busy logs, a wait for each group would take longer than a check may.
    if (behind.length > 0 && patient)
      await new Promise((resolve) => setTimeout(resolve, timing.suspectForMs));
    for (const { feed, seq } of behind) if (feed.newest.seq < seq) void feed.repair();
  }

  const timer = setInterval(() => {
    // Redis is away: what was missed is still in the logs when it is back.
    check(feeds.next(), true).catch(() => {});
  }, timing.checkEveryMs / turnsARound);

  subscriber.onRestored(() => {
    log.info({ feeds: feeds.size }, "subscriptions restored, checking every feed");
    check(feeds, false).catch(() => {});
  });

  return {
    get size() {
      return feeds.size;
    },
    async open(name, consumer) {
      const feed = new Feed(name, consumer, source);
      const { channel } = logs.keys(name);
      await subscriber.subscribe(channel, (payload) => feed.receive(payload));
      try {
        feed.start(await readHead(name));
      } catch (error) {
        feed.close();
        subscriber.unsubscribe(channel);
        throw error;
      }
      feeds.add(feed);
      return feed;
    },
    close(feed) {
      feeds.delete(feed);
      feed.close();
      subscriber.unsubscribe(logs.keys(feed.name).channel);
    },
    check: () => check(feeds, false),
    stop() {
      clearInterval(timer);
      for (const feed of feeds) {
        feed.close();
        feeds.delete(feed);
      }
    },
  };
}
