import { roomId } from "../support/chat-client.ts";
import type { History } from "./history.ts";
import { lossesOf, owed } from "./losses.ts";
import type { Terminal } from "./terminal.ts";

/**
 * What must have happened before a rewound history can be judged: everybody has seen that it is another one, and what is still held has
 * come back. A last word in each room shows both, as nobody is told it who holds to the old history.
 */
export interface Reunion {
  /** What is not yet so, in words. */
  missing(): Promise<string | undefined>;
}

export async function beginReunion(deps: {
  history: History;
  host: Terminal;
  rooms: readonly { id: string }[];
  /** Names of those who follow the room now. */
  followers: (room: string) => readonly string[];
}): Promise<Reunion> {
  const { history, host, rooms, followers } = deps;
  const words = new Map<string, number>();
  for (const { id } of rooms) {
    let seq: number | undefined;
    while (seq === undefined) seq = await host.send(id, `${host.user} has the last word`);
    words.set(id, seq);
  }

  const back = new Set<string>();

  /** Nothing is lost any more: what was found once is not looked for again. */
  async function findIn(room: string): Promise<void> {
    for (let before: number | undefined, more = true; more; ) {
      const place = before === undefined ? {} : { before };
      const page = await host.connection().get("room:history", { room: roomId(room), limit: 200, ...place });
      for (const { id } of page.messages) back.add(id);
      before = page.messages[0]?.seq;
      more = page.more && before !== undefined;
    }
  }

  /** Whether the client shows the event at that place of the history as it is now. */
  function shows(client: string, room: string, seq: number): boolean {
    const entry = history.entries.findLast(
      (one) =>
        (one.type === "follow" || one.type === "events" || one.type === "reset") &&
        one.client === client &&
        one.room === room,
    );
    // Came after it was said.
    if (entry?.type === "follow") return entry.seq >= seq;
    if (entry?.type === "reset") return entry.messages.some((message) => message.seq >= seq);
    return entry?.type === "events" && (entry.events.at(-1)?.seq ?? 0) >= seq;
  }

  return {
    async missing() {
      for (const [room, seq] of words)
        for (const client of followers(room))
          if (!shows(client, room, seq)) return `${client} does not show the last word in ${room}`;
      const due = owed(history.entries).filter(({ id }) => !back.has(id));
      for (const room of new Set(due.map((one) => one.room))) await findIn(room);
      const lost = due.find(({ id }) => !back.has(id));
      return lost && `${lost.id} is not back in ${lost.room}`;
    },
  };
}

/** Since when the history is what it is; before the first moment where nothing was ever lost. */
export function rewoundAt(history: History): number {
  return Math.max(-1, ...lossesOf(history.entries).map(([, to]) => to));
}
