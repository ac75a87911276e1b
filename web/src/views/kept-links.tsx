import type { Actions } from "../actions.ts";
import type { FollowedThread } from "../state/model.ts";
import { unreadThreads } from "../state/threads.ts";
import { SaveIcon, ThreadIcon } from "./message-icons.tsx";
import "./kept-links.css";

/** To the threads that one follows, with how many have something new, and to what one saved. */
export function KeptLinks({ threads, actions }: { threads: readonly FollowedThread[]; actions: Actions }) {
  const unread = unreadThreads(threads);
  return (
    <>
      <button type="button" class="kept-link" onClick={() => actions.openDialog("threads")}>
        <ThreadIcon />
        Threads
        {unread === 0 ? null : (
          <span class="unread unread--calls">
            {unread}
            <span class="quietly-hidden"> with new replies</span>
          </span>
        )}
      </button>
      <button type="button" class="kept-link" onClick={() => actions.openDialog("saved")}>
        <SaveIcon />
        Saved
      </button>
    </>
  );
}
