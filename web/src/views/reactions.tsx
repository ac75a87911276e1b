import { useEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../state/model.ts";
import { SmileIcon } from "./icons.tsx";
import { watchLongPress } from "./long-press.ts";
import type { Place } from "./message.tsx";
import { WhoReacted } from "./who-reacted.tsx";
import "./reactions.css";

/** Who reacted how, under a message; pressing one adds one's own or takes it back. */
export function Reactions({ message, place }: { message: Message; place: Place }) {
  const kinds = Object.entries(message.reactions ?? {});
  if (kinds.length === 0) return null;
  return (
    <ul class="reactions" aria-label="Reactions">
      {kinds.map(([emoji, { count, mine }]) => (
        <li key={emoji}>
          <Chip message={message} place={place} emoji={emoji} count={count} mine={mine} />
        </li>
      ))}
      <li>
        <button
          type="button"
          class="chip chip--add"
          title="React with another emoji"
          onClick={(event) =>
            place.actions.openDialog({
              name: "react",
              message,
              anchor: event.currentTarget.getBoundingClientRect(),
            })
          }
        >
          <SmileIcon />
          <span class="quietly-hidden">React with another emoji</span>
        </button>
      </li>
    </ul>
  );
}

function Chip(props: { message: Message; place: Place; emoji: string; count: number; mine: boolean }) {
  const { message, place, emoji, count, mine } = props;
  const button = useRef<HTMLButtonElement>(null);
  const [attended, setAttended] = useState(false);
  const latest = useRef(message);
  latest.current = message;

  useEffect(() => {
    if (button.current === null) return;
    return watchLongPress(button.current, () =>
      place.actions.openDialog({ name: "message-reactions", message: latest.current, emoji }),
    );
  }, [emoji]);

  return (
    <>
      <button
        ref={button}
        type="button"
        class="chip"
        aria-pressed={mine}
        aria-label={`${emoji} ${count === 1 ? "1 person" : `${count} people`}${mine ? ", you among them" : ""}`}
        onClick={() => place.actions.react(place.room, message, emoji, !mine)}
        onPointerEnter={({ pointerType }) => pointerType === "mouse" && setAttended(true)}
        onPointerLeave={() => setAttended(false)}
        onFocus={({ currentTarget }) => currentTarget.matches(":focus-visible") && setAttended(true)}
        onBlur={() => setAttended(false)}
        onKeyDown={({ key }) => key === "Escape" && setAttended(false)}
      >
        <bdi class="chip__emoji">{emoji}</bdi>
        <span>{count}</span>
      </button>
      {attended ? (
        <WhoReacted message={message} room={place.room} emoji={emoji} actions={place.actions} />
      ) : null}
    </>
  );
}
