import { useEffect, useRef } from "preact/hooks";
import type { Actions, DialogName } from "../actions.ts";
import { everySoOften } from "../state/act-words.ts";
import { lobbyId, type Room, type State } from "../state/model.ts";
import { roomTitle } from "../state/select.ts";
import { CloseIcon } from "./icons.tsx";
import { MemberList } from "./members.tsx";
import "./about.css";

/** What one may want to know of a room, and do with it. Beside the conversation, or instead of it on a phone. */
export function About({
  room,
  state,
  actions,
  main,
}: {
  room: Room;
  state: State;
  actions: Actions;
  main: boolean;
}) {
  // On a phone this is the whole page.
  const Title = main ? "h1" : "h2";
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [room.id]);
  const inside = (
    <>
      <header class="about__head">
        <Title ref={title} class="about__title" tabIndex={-1}>
          About
        </Title>
        <button type="button" class="icon-button" title="Close" onClick={actions.back}>
          <CloseIcon />
          <span class="quietly-hidden">Close</span>
        </button>
      </header>
      <div class="about__body">
        <div class="about__what">
          <p class="about__name" dir="auto">
            {roomTitle(room)}
          </p>
          <p class="about__kind">{kindOf(room)}</p>
          {room.topic ? <p dir="auto">{room.topic}</p> : null}
          {room.description ? (
            <p class="about__description" dir="auto">
              {room.description}
            </p>
          ) : null}
          {room.archived ? <p class="about__fact">Archived: it can only be read.</p> : null}
          {room.slowSeconds === undefined ? null : (
            <p class="about__fact">Slow mode: one message {everySoOften(room.slowSeconds)}.</p>
          )}
        </div>
        <Ways room={room} actions={actions} />
        {room.kind === "direct" ? null : (
          <MemberList
            key={room.id}
            heading={main ? "h2" : "h3"}
            room={room}
            state={state}
            actions={actions}
          />
        )}
      </div>
    </>
  );
  return main ? (
    <main id="main" class="about" tabIndex={-1}>
      {inside}
    </main>
  ) : (
    <aside class="about" aria-label="About this room">
      {inside}
    </aside>
  );
}

/** What one can do with the room, as far as one's role goes. */
function Ways({ room, actions }: { room: Room; actions: Actions }) {
  const way = (dialog: DialogName, verb: string) => (
    <button type="button" class="button button--small" onClick={() => actions.openDialog(dialog)}>
      {verb}
    </button>
  );
  const canLeave = room.kind !== "direct" && room.id !== lobbyId;
  return (
    <div class="about__ways">
      {way("pins", "Pinned messages")}
      {canLeave && !room.archived ? way("invite", "Invite somebody") : null}
      {room.role === undefined ? null : (
        <>
          {way("edit-room", "Edit")}
          {way("acts", "Moderation log")}
        </>
      )}
      {canLeave && room.role === "owner" ? way("archive", room.archived ? "Open again" : "Archive") : null}
      {canLeave ? way("leave", "Leave") : null}
    </div>
  );
}

function kindOf(room: Room): string {
  if (room.id === lobbyId) return "Everybody who signs in is here.";
  switch (room.kind) {
    case "channel":
      return "A channel: everybody can find and join it.";
    case "private":
      return "A private room: only members can read it and invite others.";
    case "direct":
      return "A direct conversation: only the two of you can read it.";
  }
}
