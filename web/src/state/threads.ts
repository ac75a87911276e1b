import type { UserEvent } from "../../../services/protocol/index.ts";
import type { FollowedThread, Person, Room, RoomEvent, RoomId } from "./model.ts";
import { withReply } from "./timeline.ts";

type Threads = readonly FollowedThread[];

const lastIn = ({ root }: FollowedThread) => root.replies?.last ?? 0;
const lastAt = ({ root }: FollowedThread) => root.replies?.at ?? root.at;

/** That in which somebody answered last comes first. */
export function latestFirst(threads: Threads): Threads {
  return [...threads].sort((a, b) => lastAt(b).localeCompare(lastAt(a)));
}

/**
 * The threads after what was said in a room.
 *
 * @param read number of the last message that one has read there
 */
export function withReplies(
  threads: Threads,
  { room, read }: { room: RoomId; read: number },
  events: readonly RoomEvent[],
  me: Person["id"] | undefined,
): Threads {
  const next = threads.map((thread) => {
    if (thread.room !== room) return thread;
    let { replies } = thread.root;
    let { unread } = thread;
    for (const event of events) {
      if (event.type !== "message") continue;
      const counted = withReply(replies, thread.root.id, event);
      if (counted === replies) continue;
      replies = counted;
      if (event.by.id !== me && event.seq > thread.read && event.n > read) unread += 1;
    }
    return replies === undefined || replies === thread.root.replies
      ? thread
      : { ...thread, root: { ...thread.root, replies }, unread };
  });
  return next.some((thread, i) => thread !== threads[i]) ? latestFirst(next) : threads;
}

/** After one has read a thread, on whatever device; undefined: how many are left must be asked for. */
export function readUpTo(threads: Threads, root: string, read: number): Threads | undefined {
  const known = threads.find((thread) => thread.root.id === root);
  if (known === undefined || (read < lastIn(known) && read > known.read)) return undefined;
  if (read <= known.read) return threads;
  return threads.map((thread) => (thread === known ? { ...thread, read, unread: 0 } : thread));
}

/**
 * After one has read up to message `n` in the conversation of a room, where its replies stand as well; undefined: how
 * many are left must be asked for.
 *
 * @param room as it was known before
 */
export function readInRoom(threads: Threads, room: Room, n: number): Threads | undefined {
  const here = threads.filter((thread) => thread.room === room.id);
  if (here.length === 0) return threads;
  if (n < room.read) return undefined;
  // Whoever reads on is soon at the end, and that is told as well.
  if (n < room.n || here.every(({ unread }) => unread === 0)) return threads;
  return threads.map((thread) =>
    thread.room === room.id ? { ...thread, read: Math.max(thread.read, lastIn(thread)), unread: 0 } : thread,
  );
}

/** After what one's own log says; undefined: it must be read again. */
export function afterOwn(threads: Threads, events: readonly UserEvent[]): Threads | undefined {
  return events.reduce<Threads | undefined>((known, event) => {
    if (known === undefined || event.type !== "thread") return known;
    return event.on
      ? readUpTo(known, event.of.id, event.read)
      : known.filter(({ root }) => root.id !== event.of.id);
  }, threads);
}

export function unreadThreads(threads: Threads): number {
  return threads.filter(({ unread }) => unread > 0).length;
}
