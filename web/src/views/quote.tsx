import { useEffect, useRef } from "preact/hooks";
import type { Actions } from "../actions.ts";
import { firstLine } from "../formatting/plain.ts";
import type { Message, MessageReference, RoomId } from "../state/model.ts";
import { referenceTo, repliesInWords } from "../state/quote.ts";
import { pathOf } from "../state/route.ts";
import type { Place } from "./message.tsx";
import { ReplyIcon, ThreadIcon } from "./message-icons.tsx";
import { Clock } from "./times.tsx";
import "./quote.css";

/** Above an answer: who is answered and how that began. Leads to the message itself. */
export function Quote(props: {
  of: MessageReference;
  original: Message | undefined;
  /** The answer, to come back to. */
  from: Message["id"];
  place: Place;
}) {
  const { of, original, from, place } = props;
  const { room, actions } = place;
  const button = useRef<HTMLButtonElement>(null);
  const isKnown = original !== undefined;

  // Read apart only when it comes into sight.
  useEffect(() => {
    if (isKnown || button.current === null) return;
    const inSight = new IntersectionObserver((seen) => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) actions.loadQuoted(room, of);
    });
    inSight.observe(button.current);
    return () => inSight.disconnect();
  }, [isKnown, of.id]);

  return (
    <button
      ref={button}
      type="button"
      class="answered"
      onClick={() => void actions.toMessage(room, of, from as MessageReference["id"])}
    >
      <ReplyIcon />
      <span class="quietly-hidden">Answers </span>
      {original === undefined ? (
        <span class="answered__text">An earlier message</span>
      ) : (
        <>
          <bdi class="answered__by">{original.by.name}</bdi>
          <span class="answered__text" dir="auto">
            {firstLine(original)}
          </span>
        </>
      )}
    </button>
  );
}

/** Below a message that was answered: leads to its thread. */
export function Replies({ message, place }: { message: Message; place: Place }) {
  const { replies } = message;
  const route = { room: place.room, about: false, thread: referenceTo(message) };
  if (replies === undefined) return null;
  return (
    <a
      class="replies"
      href={pathOf(route)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        place.actions.go(route);
      }}
    >
      <ThreadIcon />
      <span>{repliesInWords(replies.count)}</span>
      <span class="replies__last">
        last at <Clock at={replies.at} />
      </span>
    </a>
  );
}

/** Above the composer: what one is about to answer. */
export function Replying({ message, onStop }: { message: Message; onStop: () => void }) {
  return (
    <p class="composer__editing">
      <span class="composer__replied" role="status">
        Replying to <bdi>{message.by.name}</bdi>: <bdi>{firstLine(message)}</bdi>
      </span>
      <button type="button" class="button button--small" onClick={onStop}>
        Cancel
      </button>
    </p>
  );
}

/** After one was taken to a message. */
export function WayBack({ room, actions }: { room: RoomId; actions: Actions }) {
  return (
    <button type="button" class="way-back" onClick={() => actions.backToMessage(room)}>
      Back to where you were
    </button>
  );
}
