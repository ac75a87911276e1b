/** Consecutive events of a log as they come over the wire; `cursor` names the last of them. */
interface Batch<E> {
  readonly events: readonly E[];
  readonly cursor: string;
}

export interface Outcome<E> {
  /** To be handed out now, in this order. */
  readonly events: readonly E[];
  /** Something is missing: ask for what came after `cursor`. */
  readonly sync: boolean;
}

/**
 * The place of one reader in one log. Whatever arrives, in whatever order, each event comes out once and in sequence:
 * live events wait while a sync is under way, what was seen before is dropped, a gap asks for a sync. Holds no events
 * beyond the few that wait.
 */
export interface LogSequence<E> {
  /** The newest position handed out; undefined when what was known is void. */
  readonly cursor: string | undefined;
  /** Its sequence, or a lower bound of it; undefined while not known. */
  readonly seq: number | undefined;
  /** A batch of live events. */
  receive(batch: Batch<E>): Outcome<E>;
  /** From now on live events wait. */
  hold(): void;
  /** Forgets what waits, as it came over a connection that is gone, and holds. */
  disconnect(): void;
  /** The position is the newest there is: no sync is needed. */
  resume(seq: number | undefined): Outcome<E>;
  /** The answer to a sync. */
  synced(answer: Batch<E> & { readonly more: boolean }): Outcome<E>;
  /** What was known is void, and so is what waits. */
  startOver(): void;
  /** Where it starts again; what waits comes after it. */
  restarted(cursor: string, seq: number | undefined): Outcome<E>;
}

/** What may wait during one sync; beyond that it is dropped and asked for again. */
const heldEventsLimit = 500;

export function createLogSequence<E extends { readonly seq: number }>(
  start: { cursor: string; seq: number | undefined },
  limit = heldEventsLimit,
): LogSequence<E> {
  let cursor: string | undefined = start.cursor;
  let seq = start.seq;
  let holding = false;
  let held: Batch<E>[] = [];
  let heldEvents = 0;
  let overflowed = false;

  function keep(batch: Batch<E>) {
    if (heldEvents + batch.events.length > limit) {
      overflowed = true;
      return;
    }
    held.push(batch);
    heldEvents += batch.events.length;
  }

  function forgetHeld() {
    held = [];
    heldEvents = 0;
    overflowed = false;
  }

  /** The part of a batch that was not handed out yet; undefined if something before it is missing. */
  function accept(batch: Batch<E>): readonly E[] | undefined {
    const known = seq;
    const fresh = known === undefined ? batch.events : batch.events.filter((event) => event.seq > known);
    let previous = known;
    for (const event of fresh) {
      if (previous !== undefined && event.seq !== previous + 1) return undefined;
      previous = event.seq;
    }
    if (fresh.length > 0) {
      seq = previous;
      cursor = batch.cursor;
    }
    return fresh;
  }

  /** Goes on live with what waited, until something is missing. */
  function release(): Outcome<E> {
    const waiting = held;
    const lostSome = overflowed;
    forgetHeld();
    holding = false;
    const events: E[] = [];
    for (const [index, batch] of waiting.entries()) {
      const fresh = accept(batch);
      if (fresh === undefined) {
        holding = true;
        for (const later of waiting.slice(index)) keep(later);
        break;
      }
      events.push(...fresh);
    }
    if (lostSome) holding = true;
    return { events, sync: holding };
  }

  return {
    get cursor() {
      return cursor;
    },
    get seq() {
      return seq;
    },
    receive(batch) {
      if (!holding) {
        const fresh = accept(batch);
        if (fresh !== undefined) return { events: fresh, sync: false };
        holding = true;
        keep(batch);
        return { events: [], sync: true };
      }
      keep(batch);
      return { events: [], sync: false };
    },
    hold() {
      holding = true;
    },
    disconnect() {
      holding = true;
      forgetHeld();
    },
    resume(known) {
      if (known !== undefined) seq = known;
      return release();
    },
    synced(answer) {
      // The server read on from our cursor, so these follow on it, even where our sequence is only a lower bound.
      const known = seq;
      const events = answer.events.filter((event) => known === undefined || event.seq > known);
      seq = events.at(-1)?.seq ?? seq;
      cursor = answer.cursor;
      if (answer.more) return { events, sync: true };
      const rest = release();
      return { events: [...events, ...rest.events], sync: rest.sync };
    },
    startOver() {
      holding = true;
      cursor = undefined;
      seq = undefined;
      forgetHeld();
    },
    restarted(to, known) {
      cursor = to;
      seq = known;
      return release();
    },
  };
}
