import { untilWords } from "../../client/until-words.ts";
import type { Actions } from "../actions.ts";
import { type Goodbye, lobbyId, type RoomId, type State } from "../state/model.ts";
import { NoteLine } from "./lines.tsx";
import { OutIcon } from "./room-icons.tsx";
import { useCountdown } from "./times.tsx";

/** In place of a conversation that one is not, or no longer, in: why, and what one can do. */
export function NoRoom({ id, state, actions }: { id: RoomId; state: State; actions: Actions }) {
  const goodbye = state.goodbyes[id];
  if (goodbye === undefined && state.missing[id] === undefined) {
    return (
      <div class="no-room" role="status">
        <p class="timeline__loading">Loading …</p>
      </div>
    );
  }
  return (
    <div class="no-room">
      {goodbye === undefined ? (
        <>
          <h2>You are not in this room</h2>
          <p>It may be gone, or you need an invitation. If it is a channel, you can join it.</p>
        </>
      ) : (
        <Farewell goodbye={goodbye} />
      )}
      <div class="no-room__ways">
        <Join goodbye={goodbye} id={id} actions={actions} />
        <button type="button" class="button" onClick={() => actions.go({ room: lobbyId, about: false })}>
          Go to the lobby
        </button>
      </div>
      <NoteLine note={state.note} actions={actions} />
    </div>
  );
}

function Farewell({ goodbye }: { goodbye: Goodbye }) {
  const { how, room, by, when, until = null, reason } = goodbye;
  const name = room === undefined ? "this room" : room.name;
  const who = by ?? "Somebody who moderates it";
  return (
    <>
      {how === "left" ? null : <OutIcon />}
      <h2 dir="auto">
        {how === "left"
          ? `You left ${name}`
          : how === "removed"
            ? `You were removed from ${name}`
            : `You are banned from ${name}`}
      </h2>
      <p dir="auto">
        {how === "left"
          ? "What was said there is not here any more."
          : how === "removed"
            ? `${who} took you out${when ? ` ${when}` : ""}. ${room?.kind === "private" ? "To come back you need an invitation." : "You can join it again."}`
            : `${who} keeps you out ${untilWords(until)}.`}
      </p>
      {reason ? (
        <blockquote class="quoted" dir="auto">
          {reason}
        </blockquote>
      ) : null}
    </>
  );
}

/** Where there is any use in trying. */
function Join(props: { goodbye: Goodbye | undefined; id: RoomId; actions: Actions }) {
  const { goodbye, id, actions } = props;
  const banned = goodbye?.how === "banned";
  const leftMs = useCountdown(banned && goodbye.until ? Date.parse(goodbye.until) : 0);
  const endless = banned && goodbye.until === null;
  if (goodbye?.room?.kind === "private" || endless || leftMs > 0) return null;
  return (
    <button
      type="button"
      class="button button--first"
      onClick={() => {
        void actions.join(id).then((why) => why !== undefined && actions.note(why, "error"));
      }}
    >
      {goodbye === undefined ? "Join" : "Join again"}
    </button>
  );
}
