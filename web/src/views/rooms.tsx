import type { Actions } from "../actions.ts";
import { lobbyId, type Room, type RoomId, type State } from "../state/model.ts";
import { pathOf } from "../state/route.ts";
import { roomLists, roomTitle, unreadOf } from "../state/select.ts";
import { appearanceOf } from "../state/status.ts";
import { Avatar } from "./avatar.tsx";
import { CheckIcon, CompassIcon, HashIcon, HomeIcon, LockIcon, PlusIcon } from "./icons.tsx";
import "./rooms.css";

/** The rooms and direct conversations of this person, with what is unread in them. */
export function Rooms({ state, actions }: { state: State; actions: Actions }) {
  const { channels, direct } = roomLists(state.rooms);
  const row = (room: Room) => <RoomRow key={room.id} room={room} state={state} actions={actions} />;
  return (
    <nav class="rooms" aria-label="Rooms">
      <div class="rooms__head">
        <h2>Rooms</h2>
        <button
          type="button"
          class="icon-button"
          title="Find a channel"
          onClick={() => actions.openDialog("directory")}
        >
          <CompassIcon />
          <span class="quietly-hidden">Find a channel</span>
        </button>
        <button
          type="button"
          class="icon-button"
          title="Make a room"
          onClick={() => actions.openDialog("create")}
        >
          <PlusIcon />
          <span class="quietly-hidden">Make a room</span>
        </button>
      </div>
      <ul>{channels.map(row)}</ul>
      {direct.length === 0 ? null : (
        <>
          <h2 class="rooms__head">Direct messages</h2>
          <ul>{direct.map(row)}</ul>
        </>
      )}
    </nav>
  );
}

function RoomRow({ room, state, actions }: { room: Room; state: State; actions: Actions }) {
  const unread = unreadOf(room);
  const current = state.route.room === room.id;
  return (
    <li class="room-line">
      <a
        class={unread > 0 && !current ? "room-row room-row--unread" : "room-row"}
        href={pathOf({ room: room.id, about: false })}
        aria-current={current ? "page" : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          actions.go({ room: room.id, about: false });
        }}
      >
        <RoomSign room={room} state={state} />
        <bdi class="room-row__name">{roomTitle(room)}</bdi>
        <Unread
          unread={unread}
          direct={room.kind === "direct"}
          mentions={room.kind === "direct" ? 0 : (room.mentions ?? 0)}
        />
      </a>
      {unread > 0 && !current ? (
        <button
          type="button"
          class="icon-button room-row__read"
          title="Mark as read"
          onClick={() => actions.markRead(room.id)}
        >
          <CheckIcon />
          <span class="quietly-hidden">Mark {roomTitle(room)} as read</span>
        </button>
      ) : null}
    </li>
  );
}

export function RoomSign({
  room,
  state,
}: {
  room: Pick<Room, "id" | "kind" | "peer" | "name">;
  state: State;
}) {
  if (room.kind === "direct") {
    const peer = room.peer ?? { id: room.id as string, name: room.name };
    const heard = state.people.heardOf[peer.id];
    return <Avatar id={peer.id} name={peer.name} small status={heard && appearanceOf(heard)} />;
  }
  if (room.id === (lobbyId as RoomId)) return <HomeIcon />;
  return room.kind === "private" ? <LockIcon /> : <HashIcon />;
}

/** How many are unread; nothing when none are. Mentions and direct messages stand out from what is merely unread. */
export function Unread(props: { unread: number; mentions?: number; direct?: boolean }) {
  const { unread, mentions = 0, direct = false } = props;
  if (unread === 0 && mentions === 0) return null;
  const calls = direct || mentions > 0;
  const shown = mentions > 0 ? mentions : unread;
  return (
    <span class={calls ? "unread unread--calls" : "unread"}>
      {mentions > 0 ? <span aria-hidden="true">@</span> : null}
      {shown > 999 ? "999+" : shown}
      <span class="quietly-hidden">
        {mentions === 0 ? " unread" : mentions === 1 ? " mention of you" : " mentions of you"}
      </span>
    </span>
  );
}
