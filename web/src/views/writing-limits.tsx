import { untilWords } from "../../client/until-words.ts";
import { type Actions, secondsIn } from "../actions.ts";
import { everySoOften } from "../state/act-words.ts";
import type { Room } from "../state/model.ts";
import { ClockIcon } from "./icons.tsx";
import { ArchiveIcon, MutedIcon } from "./room-icons.tsx";
import { useCountdown } from "./times.tsx";
import "./writing-limits.css";

/** In place of the composer, where one cannot write. */
export function Shut(props: { room: Room; reason: string | undefined; actions: Actions }) {
  const { room, reason, actions } = props;
  if (room.archived) {
    return (
      <div class="shut">
        <ArchiveIcon />
        <p>This room is archived: it can only be read.</p>
        {room.role === "owner" ? (
          <button type="button" class="button button--small" onClick={() => actions.openDialog("archive")}>
            Open it again
          </button>
        ) : null}
      </div>
    );
  }
  return (
    <div class="shut">
      <MutedIcon />
      <p>
        You are muted here {untilWords(room.muted?.until ?? null)}.
        {reason ? (
          <span class="shut__reason" dir="auto">
            {reason}
          </span>
        ) : null}
      </p>
    </div>
  );
}

/** Slow mode, said where it is felt. */
export function Pace({ seconds, untilMs }: { seconds: number; untilMs: number }) {
  const leftMs = useCountdown(untilMs);
  return (
    <p class="pace">
      <ClockIcon />
      <span>
        Slow mode: one message {everySoOften(seconds)}.
        {leftMs === 0 ? null : (
          <>
            {" "}
            You can send the next one in <span class="pace__left">{secondsIn(leftMs)}</span>.
          </>
        )}
      </span>
    </p>
  );
}
