import type { Store } from "./contract.ts";
import { type KeptSends, parseSends, within } from "./kept-sends.ts";
import { type OutboxQueue, parseQueue } from "./outbox-queue.ts";
import type { Timers } from "./timers.ts";

export interface OutboxStoreDeps {
  store: Store;
  /** Names this client among the tabs that share the store. */
  owner: string;
  now: () => number;
  timers: Timers;
}

/** What one client holds: what waits to be sent, and for a while what was sent. */
export interface Outgoing {
  readonly entries: OutboxQueue;
  readonly sends: KeptSends;
}

interface SlotRecord extends Outgoing {
  owner: string;
  /** Whose messages these are; null if written before the first welcome. */
  user: string | null;
  /** When the owner last said that it lives; early enough to count as dead when it has let go. */
  aliveAt: number;
}

const slotCount = 24;
const beatMs = 5_000;
/** A tab in the background may be slow to say that it lives; what is taken from it by mistake goes out twice and is stored once. */
const deadAfterMs = 15_000;
const forgottenAfterMs = 7 * 24 * 60 * 60_000;

/**
 * Keeps the outbox of one client in a store that several tabs share. A store knows no list of its keys and no atomic
 * change, so there are numbered slots, each written by one tab only. A tab whose slot was taken writes its entries, which it
 * still holds, into another. Slots of dead tabs are adopted; each message may then go out twice, never not at all.
 */
export function createOutboxStore(deps: OutboxStoreDeps) {
  const { store, owner, now, timers } = deps;
  let mine: number | undefined;
  let latest: Outgoing = { entries: [], sends: [] };
  let user: string | null = null;
  let stopBeat: (() => void) | undefined;
  let stored = true;
  const ourBeginning = `{"owner":${JSON.stringify(owner)},`;

  function read(slot: number): SlotRecord | undefined {
    try {
      const record: unknown = JSON.parse(store.get(slotKey(slot)) ?? "null");
      if (typeof record !== "object" || record === null) return undefined;
      const { owner, user, aliveAt, entries, sends } = record as Partial<SlotRecord>;
      if (typeof owner !== "string" || typeof aliveAt !== "number") return undefined;
      if (user !== null && typeof user !== "string") return undefined;
      return { owner, user, aliveAt, entries: parseQueue(entries), sends: within(parseSends(sends), now()) };
    } catch {
      return undefined;
    }
  }

  /** Looks at the beginning only: this is asked with each change, and the record may hold a thousand messages. */
  function isOurs(slot: number): boolean {
    try {
      return store.get(slotKey(slot))?.startsWith(ourBeginning) ?? false;
    } catch {
      return false;
    }
  }

  function isDead({ aliveAt }: SlotRecord): boolean {
    return now() - aliveAt >= deadAfterMs;
  }

  function write(slot: number, aliveAt: number) {
    // The owner first, see isOurs.
    const record: SlotRecord = { owner, user, aliveAt, ...latest };
    stored = attempt(() => store.set(slotKey(slot), JSON.stringify(record)));
  }

  function remove(slot: number) {
    attempt(() => store.remove(slotKey(slot)));
  }

  /** A slot of our own: the one we have, a free one, or, when all are taken, the one that was silent for longest. */
  function claim(): number {
    if (mine !== undefined && isOurs(mine)) return mine;
    let silent = { slot: 0, aliveAt: Number.POSITIVE_INFINITY };
    for (let slot = 0; slot < slotCount; slot += 1) {
      const record = read(slot);
      if (record === undefined || (isEmpty(record) && isDead(record))) return slot;
      if (record.aliveAt < silent.aliveAt) silent = { slot, aliveAt: record.aliveAt };
    }
    return silent.slot;
  }

  function persist(letGo = false) {
    stopBeat?.();
    stopBeat = undefined;
    latest = { ...latest, sends: within(latest.sends, now()) };
    if (isEmpty(latest)) {
      if (mine !== undefined && isOurs(mine)) remove(mine);
      mine = undefined;
      stored = true;
      return;
    }
    mine = claim();
    write(mine, letGo ? now() - deadAfterMs : now());
    if (!letGo) stopBeat = timers.after(beatMs, persist);
  }

  return {
    /** Whether the store has what is to be kept. */
    get stored() {
      return stored;
    },
    save(outgoing: Outgoing) {
      latest = outgoing;
      persist();
    },
    belongsTo(id: string) {
      if (user === id) return;
      user = id;
      if (!isEmpty(latest)) persist();
    },
    /**
     * Hands over what dead tabs of the same user left; what `take` answers is held from then on. It is stored before
     * theirs is removed. `lookAgainMs`: when a tab that may be dead can be told, or one that is gone since may have left
     * something.
     */
    adopt(take: (left: Outgoing) => Outgoing): {
      lookAgainMs: number;
    } {
      const found: { slot: number; record: SlotRecord }[] = [];
      let lookAgainMs: number | undefined;
      for (let slot = 0; slot < slotCount; slot += 1) {
        const record = read(slot);
        if (record === undefined || record.owner === owner) continue;
        const silentMs = now() - record.aliveAt;
        if (record.user === user && isDead(record)) found.push({ slot, record });
        else if (silentMs > forgottenAfterMs || (isEmpty(record) && isDead(record))) remove(slot);
        else if (record.user === user) lookAgainMs = Math.max(lookAgainMs ?? 0, deadAfterMs - silentMs);
      }
      if (found.length > 0) {
        latest = take({
          entries: found.flatMap(({ record }) => record.entries),
          sends: found.flatMap(({ record }) => record.sends),
        });
        // When no slot is free, this may be one of theirs.
        persist();
        for (const { slot } of found) if (slot !== mine) remove(slot);
      }
      return { lookAgainMs: lookAgainMs ?? deadAfterMs };
    },
    /** Lets go: the next tab may adopt at once. */
    release() {
      if (!isEmpty(latest)) persist(true);
      stopBeat?.();
    },
  };
}

export type OutboxStore = ReturnType<typeof createOutboxStore>;

function isEmpty({ entries, sends }: Outgoing): boolean {
  return entries.length === 0 && sends.length === 0;
}

function slotKey(slot: number): string {
  return `parley.outbox.${slot}`;
}

/** A store that is full or forbidden must not stop a conversation: what is in memory goes on. */
function attempt(change: () => void): boolean {
  try {
    change();
    return true;
  } catch {
    return false;
  }
}

/** For those who have no store, and where the browser forbids its own. */
export function createMemoryStore(): Store {
  const values = new Map<string, string>();
  return {
    get: (key) => values.get(key) ?? null,
    set: (key, value) => void values.set(key, value),
    remove: (key) => void values.delete(key),
  };
}
