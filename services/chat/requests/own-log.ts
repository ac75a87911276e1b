import { cursorOf, eventJson, type Logs, parseCursor } from "../../logs/index.ts";
import type { Handlers } from "../caller.ts";

const missedAtMost = { maxEntries: 500, maxBytes: 512 * 1024 };

export function ownLogHandlers(deps: { logs: Logs }): Handlers<"me:sync"> {
  return {
    async "me:sync"(caller, { cursor }) {
      const name = { kind: "user", id: caller.user.id } as const;
      const missed = await deps.logs.since(name, parseCursor(cursor), missedAtMost);
      if (missed) {
        const last = missed.entries.at(-1);
        return {
          events: JSON.parse(`[${missed.entries.map(eventJson).join(",")}]`),
          cursor: last ? cursorOf(last) : cursor,
          more: missed.more,
        };
      }
      // Rooms and read marks as they stand now are in the welcome; there is no page of one's own log to start from.
      const [head] = await deps.logs.heads([name]);
      return {
        reset: true,
        messages: [],
        cursor: head ? cursorOf(head) : cursor,
      };
    },
  };
}
