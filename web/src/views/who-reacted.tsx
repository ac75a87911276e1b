import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import { loadEmoji } from "../emoji/load.ts";
import { listNames } from "../state/announce.ts";
import { findEmoji } from "../state/emoji.ts";
import type { Message, RoomId } from "../state/model.ts";

const askAfterMs = 120;

/** Names of those who reacted, beside the chip that one points at or has the focus on. */
export function WhoReacted(props: { message: Message; room: RoomId; emoji: string; actions: Actions }) {
  const { message, room, emoji, actions } = props;
  const [words, setWords] = useState<string>();

  useEffect(() => {
    let gone = false;
    const timer = setTimeout(() => {
      Promise.all([actions.whoReacted(room, message, emoji), nameOf(emoji)]).then(
        ([{ people, count }, name]) => {
          if (!gone)
            setWords(
              `${whoOf(
                people.map((person) => person.name),
                count,
              )} reacted with ${name}`,
            );
        },
        () => {
          // No connection: the count has to do.
        },
      );
    }, askAfterMs);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [message.rev, emoji]);

  return words === undefined ? null : (
    <span class="tooltip" role="status" dir="auto">
      {words}
    </span>
  );
}

/** Those who are not named are counted. */
function whoOf(names: readonly string[], count: number): string {
  const unnamed = Array.from({ length: Math.max(0, count - names.length) }, () => "somebody");
  return listNames([...names, ...unnamed]);
}

async function nameOf(emoji: string): Promise<string> {
  const known = await loadEmoji().catch(() => []);
  const found = findEmoji(known, (other) => other.emoji === emoji);
  return found === undefined ? emoji : `:${found.names[0]}:`;
}
