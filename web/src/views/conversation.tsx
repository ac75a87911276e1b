import type { Actions } from "../actions.ts";
import { attentionOf, noAttention } from "../state/attention.ts";
import type { Room, RoomId, State, User } from "../state/model.ts";
import { lobbyId } from "../state/model.ts";
import { everybodyIn, pendingIn, roomTitle, timelineOf, waitingCount } from "../state/select.ts";
import { appearanceInWords, appearanceOf, lastSeenInWords, lineOf } from "../state/status.ts";
import { Composer } from "./composer.tsx";
import { BackIcon, InfoIcon } from "./icons.tsx";
import { LinkLine, NoteLine, SlowedLine, VersionLine } from "./lines.tsx";
import { RoomSign } from "./rooms.tsx";
import { Timeline } from "./timeline.tsx";
import { TypingLine } from "./typing-line.tsx";
import "./conversation.css";

/** One room: what it is, what was said in it, and where one writes. */
export function Conversation(props: {
  state: State;
  actions: Actions;
  phone: boolean;
  newerVersion: boolean;
}) {
  const { state, actions, phone } = props;
  const id = state.route.room ?? lobbyId;
  const room = state.rooms[id];
  const { me } = state;
  return (
    <main id="main" class="conversation" tabIndex={-1}>
      <Head room={room} state={state} actions={actions} phone={phone} />
      {props.newerVersion ? <VersionLine actions={actions} /> : null}
      <LinkLine link={state.link} waiting={waitingCount(state)} unkept={state.outboxUnkept} />
      {room === undefined || me === null ? (
        <NoRoom id={id} state={state} actions={actions} />
      ) : (
        <>
          <Timeline
            key={`timeline ${id}`}
            room={room}
            title={roomTitle(room)}
            timeline={timelineOf(state, id)}
            pending={pendingIn(state, id)}
            me={me}
            actions={actions}
            receipts={state.preferences.receipts ? attentionOf(state, id).receipts : noAttention.receipts}
          />
          <TypingLine typing={attentionOf(state, id).typing} />
          <SlowedLine
            untilMs={state.slowedUntilMs[id] ?? 0}
            waiting={pendingIn(state, id).filter((entry) => entry.state === "waiting").length}
          />
          <NoteLine note={state.note} actions={actions} />
          <Composer
            key={`composer ${id} ${state.editing[id]?.id ?? ""}`}
            room={id}
            editing={state.editing[id]}
            title={roomTitle(room)}
            people={state.people}
            me={me.id}
            everybody={everybodyIn(room, state)}
            actions={actions}
            phone={phone}
          />
        </>
      )}
    </main>
  );
}

function Head(props: { room: Room | undefined; state: State; actions: Actions; phone: boolean }) {
  const { room, state, actions } = props;
  const { about } = state.route;
  return (
    <header class="conversation__head">
      {props.phone ? (
        <button type="button" class="icon-button" onClick={() => actions.go({ room: null, about: false })}>
          <BackIcon />
          <span class="quietly-hidden">Back to rooms and people</span>
        </button>
      ) : null}
      {room === undefined ? (
        <h1 class="conversation__title">Room</h1>
      ) : (
        <>
          <RoomSign room={room} state={state} />
          <div class="conversation__words">
            <h1 class="conversation__title">
              <bdi>{roomTitle(room)}</bdi>
            </h1>
            {room.peer === undefined ? null : <PeerLine peer={state.people.heardOf[room.peer.id]} />}
            {room.topic ? (
              <p class="conversation__topic" dir="auto" title={room.topic}>
                {room.topic}
              </p>
            ) : null}
          </div>
          <button
            type="button"
            class="icon-button"
            title="About this room"
            aria-expanded={about}
            onClick={() => (about ? actions.back() : actions.go({ room: room.id, about: true }))}
          >
            <InfoIcon />
            <span class="quietly-hidden">About this room</span>
          </button>
        </>
      )}
    </header>
  );
}

/** How the other one of a direct conversation is: what they say of themselves, or when they were last here. */
function PeerLine({ peer }: { peer: User | undefined }) {
  if (peer === undefined) return null;
  const said = lineOf({ emoji: peer.statusEmoji, text: peer.statusText });
  const appearance = appearanceOf(peer);
  const words =
    appearance === "offline" && peer.lastSeen !== undefined
      ? lastSeenInWords(peer.lastSeen, Date.now())
      : appearanceInWords(appearance);
  return (
    <p class="conversation__topic" dir="auto">
      {said === "" ? words : `${words} · ${said}`}
    </p>
  );
}

function NoRoom({ id, state, actions }: { id: RoomId; state: State; actions: Actions }) {
  const problem = state.missing[id];
  if (problem === undefined) {
    return (
      <div class="no-room" role="status">
        <p class="timeline__loading">Loading …</p>
      </div>
    );
  }
  return (
    <div class="no-room">
      <h2>You are not in this room</h2>
      <p>It may be gone, or you need an invitation. If it is a channel, you can join it.</p>
      <div class="no-room__ways">
        <button
          type="button"
          class="button button--first"
          onClick={() => {
            void actions.join(id).then((why) => why !== undefined && actions.note(why, "error"));
          }}
        >
          Join
        </button>
        <button type="button" class="button" onClick={() => actions.go({ room: lobbyId, about: false })}>
          Go to the lobby
        </button>
      </div>
      <NoteLine note={state.note} actions={actions} />
    </div>
  );
}
