import type { Logger, Subscriber } from "../platform/index.ts";
import type { PresenceDelta } from "./contract.ts";
import type { DeltaPosition, Deltas, NumberedDelta } from "./redis-deltas.ts";
import type { PresenceTimes } from "./times.ts";

/** Deltas that are kept while a gap is read; what does not fit is read from the stream. */
const maxHeld = 256;

/** The list as this node follows it: every delta once, in order, or the word that some are lost for good. */
export interface DeltaFeed {
  /** Resolves once it follows, which is as soon as Redis lets it. */
  start(): Promise<void>;
  stop(): void;
  /** Everybody online, as of the latest delta. */
  readonly count: number;
  readonly following: boolean;
}

export function createDeltaFeed(deps: {
  deltas: Deltas;
  subscriber: Subscriber;
  times: PresenceTimes;
  log: Logger;
  onDelta: (delta: PresenceDelta) => void;
  onInterruption: () => void;
  onRepaired?: (deltas: number) => void;
}): DeltaFeed {
  const { deltas, subscriber, log } = deps;
  let position: DeltaPosition | undefined;
  let count = 0;
  let held: NumberedDelta[] = [];
  let subscribed = false;
  let reading = false;
  /** Whether the position is the newest as far as is known; if not, what comes in waits for the gap to be read. */
  let current = false;
  let stopped = false;
  let late = false;
  let onFollowing: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  function receive(message: string): void {
    if (stopped) return;
    const delta = deltas.parse(message);
    if (current && position !== undefined) take(delta, position);
    else hold(delta);
  }

  function hold(delta: NumberedDelta): void {
    if (held.length < maxHeld) held.push(delta);
  }

  function take(delta: NumberedDelta, from: DeltaPosition): void {
    if (delta.seq === from.seq + 1 && delta.before === from.chain) {
      accept(delta);
    } else if (delta.seq > from.seq) {
      current = false;
      hold(delta);
      void check();
    }
    // An older one came in through a repair already. Should the history have been rewound, the next check finds out.
  }

  function accept(delta: NumberedDelta): void {
    position = { seq: delta.seq, chain: delta.chain };
    count = delta.count;
    deps.onDelta({ changes: delta.changes, count: delta.count });
  }

  /** Subscribes if need be, and reads what pub/sub did not bring, the last delta included. */
  async function check(): Promise<void> {
    if (reading || stopped) return;
    reading = true;
    try {
      if (!subscribed) {
        await subscriber.subscribe(deltas.channel, receive);
        subscribed = true;
      }
      if (position === undefined) {
        await begin();
        // Somebody may have read the list while it was not followed yet.
        if (late) deps.onInterruption();
        onFollowing?.();
      } else {
        await readMissed(position);
      }
      current = true;
    } catch (error) {
      // Redis is away; the next check tries again, and what comes in waits for it.
      current = false;
      late = true;
      log.debug({ reason: (error as Error).message }, "reading presence deltas failed");
    }
    reading = false;
    takeHeld();
  }

  /** Where the list is now; to be called with the subscription confirmed, so what comes after is held or still to come. */
  async function begin(): Promise<void> {
    const head = await deltas.head();
    position = head;
    count = head.count;
  }

  async function readMissed(from: DeltaPosition): Promise<void> {
    const missed = await deltas.after(from);
    if (stopped) return;
    if (missed === undefined) {
      current = false;
      await begin();
      if (stopped) return;
      log.warn({ from: from.seq, to: position?.seq }, "presence deltas lost");
      deps.onInterruption();
      return;
    }
    // While this was read, pub/sub may have brought some of it after all.
    const { seq } = position ?? from;
    const news = missed.deltas.filter((delta) => delta.seq > seq);
    for (const delta of news) accept(delta);
    if (news.length > 0) deps.onRepaired?.(news.length);
    if (missed.more && position !== undefined) await readMissed(position);
  }

  function takeHeld(): void {
    const waiting = held;
    held = [];
    for (const delta of waiting) {
      if (current && position !== undefined) take(delta, position);
      else hold(delta);
    }
  }

  return {
    start() {
      const following = new Promise<void>((resolve) => {
        onFollowing = resolve;
      });
      subscriber.onRestored(() => void check());
      timer = setInterval(() => void check(), deps.times.checkDeltasEveryMs);
      void check();
      return following;
    },
    stop() {
      stopped = true;
      clearInterval(timer);
      if (subscribed) subscriber.unsubscribe(deltas.channel);
    },
    get count() {
      return count;
    },
    get following() {
      return subscribed && position !== undefined;
    },
  };
}
