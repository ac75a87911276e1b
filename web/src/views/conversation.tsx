import type { Actions } from "../actions.ts";
import { attentionOf, noAttention, type RoomAttention } from "../state/attention.ts";
import type { Room, State, User } from "../state/model.ts";
import { lobbyId } from "../state/model.ts";
import { pendingIn, roomTitle, timelineOf, totalUnread, unreadOf, waitingCount } from "../state/select.ts";
import { appearanceInWords, appearanceOf, lastSeenInWords, lineOf } from "../state/status.ts";
import { BackIcon, InfoIcon } from "./icons.tsx";
import { LinkLine, NoteLine } from "./lines.tsx";
import { onDemand } from "./on-demand.tsx";
import { RoomSign } from "./rooms.tsx";
import { Timeline } from "./timeline.tsx";
import { useMinutes } from "./times.tsx";
import { Writing } from "./writing.tsx";
import "./conversation.css";
import "./typing-line.css";

/** What few see, or not at first. */
const Slowed = onDemand(() => import("./room-extras.ts").then((module) => module.Slowed));
const TypingNames = onDemand(() => import("./room-extras.ts").then((module) => module.TypingNames));
const VersionLine = onDemand(() => import("./room-extras.ts").then((module) => module.VersionLine));
const NoRoom = onDemand(() => import("./room-extras.ts").then((module) => module.NoRoom));

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
          <TypingPlace typing={attentionOf(state, id).typing} />
          <SlowedPlace
            untilMs={state.slowedUntilMs[id] ?? 0}
            waiting={pendingIn(state, id).filter((entry) => entry.state === "waiting").length}
          />
          <NoteLine note={state.note} actions={actions} />
          <Writing room={room} me={me} state={state} actions={actions} phone={phone} />
        </>
      )}
    </main>
  );
}

/** Who is typing, below what was said. Its place is always there, so that nothing moves when somebody starts. */
function TypingPlace({ typing }: { typing: RoomAttention["typing"] }) {
  return (
    <p class="typing" dir="auto">
      {typing.length === 0 ? null : <TypingNames typing={typing} />}
    </p>
  );
}

/** One writes faster than the server takes it. */
function SlowedPlace({ untilMs, waiting }: { untilMs: number; waiting: number }) {
  // The region is always there: screen readers tell only what changes in one they know.
  return (
    <div class="note-place" role="status">
      {waiting === 0 || untilMs === 0 ? null : <Slowed untilMs={untilMs} waiting={waiting} />}
    </div>
  );
}

function Head(props: { room: Room | undefined; state: State; actions: Actions; phone: boolean }) {
  const { room, state, actions } = props;
  const { about, room: id } = state.route;
  const former = id === null ? undefined : state.goodbyes[id];
  const elsewhere = totalUnread(state) > (room === undefined ? 0 : unreadOf(room));
  return (
    <header class="conversation__head">
      {props.phone ? (
        <button
          type="button"
          class="icon-button conversation__back"
          onClick={() => actions.go({ room: null, about: false })}
        >
          <BackIcon />
          {elsewhere ? <span class="conversation__elsewhere" /> : null}
          <span class="quietly-hidden">
            Back to rooms and people{elsewhere ? ", there is something new" : ""}
          </span>
        </button>
      ) : null}
      {room === undefined ? (
        <h1 class="conversation__title" dir="auto">
          {former?.room?.name ?? "Room"}
        </h1>
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
  const nowMs = useMinutes();
  if (peer === undefined) return null;
  const said = lineOf({ emoji: peer.statusEmoji, text: peer.statusText });
  const appearance = appearanceOf(peer);
  const words =
    appearance === "offline" && peer.lastSeen !== undefined
      ? lastSeenInWords(peer.lastSeen, nowMs)
      : appearanceInWords(appearance);
  return (
    <p class="conversation__topic" dir="auto">
      {said === "" ? words : `${words} · ${said}`}
    </p>
  );
}
