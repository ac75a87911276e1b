import type { Actions } from "../actions.ts";
import { lobbyId, type Room, type RoomId, type State } from "../state/model.ts";
import { pathOf } from "../state/route.ts";
import { roomLists, roomTitle, unreadOf } from "../state/select.ts";
import { appearanceOf } from "../state/status.ts";
import { Avatar } from "./avatar.tsx";
import { CompassIcon, HashIcon, HomeIcon, LockIcon, PlusIcon } from "./icons.tsx";
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
    <li>
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
        <Unread count={unread} />
      </a>
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

/** How many are unread; nothing when none are. */
export function Unread({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span class="unread">
      {count > 999 ? "999+" : count}
      <span class="quietly-hidden"> unread</span>
    </span>
  );
}
