import type { Presence, PresenceDelta } from "../presence/index.ts";
import { foldName, type RequestAnswer, type RequestInput, type UserId } from "../protocol/index.ts";
import type { Connection } from "./delivery/connection.ts";
import { encodeFrame, encodeNotice, type Frame } from "./delivery/frame.ts";
import { createSpreadWrites, type Write } from "./spread-writes.ts";

/** Which connection looks at which part of the user list, and telling it what changes there. */
export interface Watches {
  /** Answers the page; changes after it follow on the same connection. Replaces an earlier watch. */
  watch(connection: Connection, request: RequestInput<"users:watch">): Promise<RequestAnswer<"users:watch">>;
  stop(connection: Connection): void;
}

interface Watch {
  readonly range: Range;
  readonly ids: ReadonlySet<UserId>;
  /** Changes that came in while the page was being read; undefined once it was answered. */
  held: Frame[] | undefined;
}

/** Names from `from` on, before `to`, in the order of the list; everybody with the same range shares it. */
interface Range {
  readonly key: string;
  readonly from: Buffer;
  readonly to: Buffer | undefined;
  readonly connections: Set<Connection>;
  /** Those whose page is being read: they leave this range once it was, and nothing may wait for them in it. */
  readonly reading: Set<Connection>;
}

const countAtMostEveryMs = 1_000;

export function createWatches(presence: Presence): Watches {
  const watches = new Map<Connection, Watch>();
  const ranges = new Map<string, Range>();
  const watchersOf = new Map<UserId, Set<Connection>>();
  let toldCount = -1;
  let countTimer: NodeJS.Timeout | undefined;

  function rangeFor(from: string, to: string | undefined): Range {
    const key = JSON.stringify([from, to]);
    return (
      ranges.get(key) ?? {
        key,
        from: Buffer.from(from),
        to: to === undefined ? undefined : Buffer.from(to),
        connections: new Set<Connection>(),
        reading: new Set<Connection>(),
      }
    );
  }

  function remove(connection: Connection): void {
    const watch = watches.get(connection);
    if (!watch) return;
    watches.delete(connection);
    const { key, connections, reading } = watch.range;
    connections.delete(connection);
    reading.delete(connection);
    if (connections.size + reading.size === 0) ranges.delete(key);
    for (const id of watch.ids) {
      const watchers = watchersOf.get(id);
      watchers?.delete(connection);
      if (watchers?.size === 0) watchersOf.delete(id);
    }
  }

  function put(connection: Connection, watch: Watch, among: "connections" | "reading"): void {
    remove(connection);
    watches.set(connection, watch);
    // Removing the last watch of a range forgets it, and this may be the same range.
    ranges.set(watch.range.key, watch.range);
    watch.range[among].add(connection);
    for (const id of watch.ids) {
      const watchers = watchersOf.get(id) ?? new Set();
      watchersOf.set(id, watchers.add(connection));
    }
  }

  function send(connection: Connection, frame: Frame): void {
    const held = watches.get(connection)?.held;
    if (held) held.push(frame);
    else connection.send(frame);
  }

  const sendSpread = createSpreadWrites(send);

  presence.onDelta((delta: PresenceDelta) => {
    const changes = delta.changes.map((change) => ({
      user: change.user,
      place: Buffer.from(foldName(change.user.name)),
      json: JSON.stringify(change),
    }));
    // Ids outside of the range are rare: only those connections get a frame of their own.
    const alsoById = new Map<Connection, string[]>();
    for (const { user, place, json } of changes) {
      for (const connection of watchersOf.get(user.id) ?? []) {
        const watch = watches.get(connection);
        if (!watch || inRange(watch.range, place)) continue;
        alsoById.set(connection, [...(alsoById.get(connection) ?? []), json]);
      }
    }
    // They are few. Before what is left to write of a range, which is about others: a user is in a range or is not.
    for (const [connection, jsons] of alsoById) send(connection, changesFrame(jsons));
    const writes: Write[] = [];
    for (const range of ranges.values()) {
      const within = changes.filter(({ place }) => inRange(range, place));
      if (within.length === 0) continue;
      const frame = changesFrame(within.map(({ json }) => json));
      // Only kept for them yet. Their page may have been read before this change, and it may be answered before their turn.
      for (const connection of range.reading) send(connection, frame);
      if (range.connections.size > 0) writes.push({ connections: range.connections, frame });
    }
    if (writes.length > 0) sendSpread(writes);
    if (delta.count !== toldCount && !countTimer)
      countTimer = setTimeout(tellCount, countAtMostEveryMs).unref();
  });

  function tellCount(): void {
    countTimer = undefined;
    toldCount = presence.count;
    sendSpread([{ connections: watches.keys(), frame: encodeNotice("users:count", { count: toldCount }) }]);
  }

  // Changes were lost for good: on a fresh connection the client watches again. Spread over two seconds.
  presence.onInterruption(() => {
    for (const connection of watches.keys()) {
      setTimeout(() => connection.closeTransport(), Math.random() * 2_000).unref();
    }
  });

  return {
    async watch(connection, { query = "", cursor, limit, ids = [] }) {
      const folded = foldName(query.trim());
      const after = cursor ? startOf(cursor) : undefined;
      const from = after ?? folded;
      const whole = folded === "" ? undefined : `${folded}\u{10FFFF}`;
      // The widest range until the page tells where it ends, so that no change is missed meanwhile.
      const held: Frame[] = [];
      const starting: Watch = {
        range: rangeFor(from, whole),
        ids: new Set(ids),
        held,
      };
      // Whoever has gone since they asked is not told anything.
      if (connection.open) put(connection, starting, "reading");
      try {
        const [page, others] = await Promise.all([
          presence.list({
            limit,
            query,
            ...(cursor === undefined ? {} : { cursor }),
          }),
          ids.length === 0 ? [] : presence.online(ids),
        ]);
        const listed = new Set(page.users.map((user) => user.id));
        const answer = {
          ...page,
          users: [...page.users, ...others.filter((user) => !listed.has(user.id))],
        };
        // A newer watch of the same connection, or its end, came in between.
        if (watches.get(connection) !== starting) return answer;
        const last = page.users.at(-1);
        const to = page.cursor && last ? `${foldName(last.name)}\u0000` : whole;
        // What still waits in this range may have been kept too: told twice, in the same order, it comes to the same.
        put(connection, { range: rangeFor(from, to), ids: new Set(ids), held }, "connections");
        // After the acknowledgement, which is written when this promise resolves.
        setImmediate(() => {
          const watch = watches.get(connection);
          if (watch?.held !== held) return;
          watch.held = undefined;
          for (const frame of held) connection.send(frame);
        });
        return answer;
      } catch (error) {
        if (watches.get(connection) === starting) remove(connection);
        throw error;
      }
    },
    stop: remove,
  };
}

/** Compared as bytes, because Redis orders the list so. */
function inRange(range: Range, place: Buffer): boolean {
  return place.compare(range.from) >= 0 && (range.to === undefined || place.compare(range.to) < 0);
}

function changesFrame(jsons: readonly string[]): Frame {
  return encodeFrame("users:changes", `{"changes":[${jsons.join(",")}]}`);
}

/** Where a page starts: the cursor of a page of users is its last name, `folded NUL id`. */
function startOf(cursor: string): string {
  const decoded = Buffer.from(cursor, "base64url").toString();
  return decoded.slice(0, decoded.indexOf("\u0000"));
}
