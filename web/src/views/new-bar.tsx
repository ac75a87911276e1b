import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { Room, Timeline } from "../state/model.ts";
import { CloseIcon, icon } from "./icons.tsx";
import "./new-bar.css";

const UpIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);

/** What is new begins further up than one sees: a way there, and a way to be done with it. */
export function NewBar(props: {
  room: Room;
  timeline: Timeline;
  scroller: RefObject<HTMLDivElement | null>;
  actions: Actions;
}) {
  const { room, timeline, scroller, actions } = props;
  const [above, setAbove] = useState(false);
  const [busy, setBusy] = useState(false);
  const count = timeline.newAfter === null ? 0 : room.n - timeline.newAfter;

  useEffect(() => {
    const element = scroller.current;
    if (element === null || timeline.newAfter === null) return setAbove(false);
    const newAfter = timeline.newAfter;
    const look = () => {
      const line = element.querySelector(".new-line");
      const oldest = timeline.entries.find((entry) => entry.type === "message");
      setAbove(
        line === null
          ? timeline.history === "more" && (oldest?.n ?? 0) > newAfter + 1
          : line.getBoundingClientRect().bottom < element.getBoundingClientRect().top,
      );
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [timeline.entries, timeline.newAfter, timeline.end]);

  if (!above || count <= 0) return null;
  return (
    <div class="new-bar">
      <button
        type="button"
        class="new-bar__go"
        disabled={busy}
        onClick={() => {
          setBusy(true);
          void actions.toFirstNew(room.id).finally(() => setBusy(false));
        }}
      >
        <UpIcon />
        <span>{count === 1 ? "1 new message" : `${count.toLocaleString()} new messages`}</span>
      </button>
      <button
        type="button"
        class="new-bar__done"
        title="Mark as read"
        onClick={() => actions.markRead(room.id)}
      >
        <CloseIcon />
        <span class="quietly-hidden">Mark as read</span>
      </button>
    </div>
  );
}
