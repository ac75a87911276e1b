import { useEffect, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import { lineOf } from "../state/link.ts";
import type { Link, Note } from "../state/model.ts";
import { CheckIcon, ClockIcon, CloseIcon, OfflineIcon, WarningIcon } from "./icons.tsx";
import "./lines.css";

/** One line about the connection, when there is something to say about it. */
export function LinkLine({ link, waiting, unkept }: { link: Link; waiting: number; unkept: boolean }) {
  const [, redraw] = useState(0);
  const { line, untilMs } = lineOf(link, waiting, Date.now());
  useEffect(() => {
    if (untilMs === null) return;
    const timer = setTimeout(() => redraw((n) => n + 1), Math.max(0, untilMs - Date.now()) + 1);
    return () => clearTimeout(timer);
  }, [untilMs]);

  // The region is always there: screen readers tell only what changes in one they know.
  return (
    <div role="status">
      {line.kind === "none" ? null : (
        <p class={`line line--${line.kind}`}>
          {line.kind === "connecting" ? (
            <>
              <ClockIcon />
              <span>Connecting …</span>
            </>
          ) : line.kind === "back" ? (
            <>
              <CheckIcon />
              <span>Connected again.</span>
            </>
          ) : line.kind === "disconnected" ? (
            <>
              <OfflineIcon />
              <span>
                No connection.{" "}
                {line.waiting > 0
                  ? waitingWords(line.waiting, unkept)
                  : "You can go on writing: it will be sent as soon as the connection is back."}
              </span>
            </>
          ) : (
            <>
              <WarningIcon />
              <span>
                The server has trouble right now.{" "}
                {line.waiting > 0
                  ? waitingWords(line.waiting, unkept)
                  : "What you write is kept here and sent once that is over."}
              </span>
            </>
          )}
        </p>
      )}
    </div>
  );
}

function waitingWords(count: number, unkept: boolean): string {
  if (unkept)
    return count === 1
      ? "1 message is waiting. Your browser cannot keep it: leave this page open until it is sent."
      : `${count} messages are waiting. Your browser cannot keep them: leave this page open until they are sent.`;
  return count === 1
    ? "1 message is waiting here and will be sent by itself."
    : `${count} messages are waiting here and will be sent by themselves.`;
}

/** The outcome of something that the person did. */
export function NoteLine({ note, actions }: { note: Note | null; actions: Actions }) {
  return (
    <div class="note-place" role={note?.tone === "error" ? "alert" : "status"}>
      {note === null ? null : (
        <p key={note.key} class={`note note--${note.tone}`}>
          {note.tone === "error" ? <WarningIcon /> : null}
          <span>{note.text}</span>
          <button type="button" class="icon-button" title="Dismiss" onClick={actions.dismissNote}>
            <CloseIcon />
            <span class="quietly-hidden">Dismiss</span>
          </button>
        </p>
      )}
    </div>
  );
}
