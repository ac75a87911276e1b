import type { Logs } from "../logs/index.ts";
import { lobbyId, type PageCursor, type Room, type RoomId } from "../protocol/index.ts";
import { allRead, type Marks, type Rooms } from "../rooms/index.ts";
import type { Connection } from "./delivery/connection.ts";
import type { RoomsHere } from "./rooms-here.ts";

export interface OwnRooms {
  rooms: Room[];
  moreRooms?: PageCursor;
}

/**
 * Prepares those rooms of a user that this connection does not follow yet, the ones with the latest activity and at most
 * 100. `attach` then attaches the connection to all of them in one turn of the event loop; what the caller tells the
 * client in the same turn comes before the first live event.
 */
export type PrepareMine = (connection: Connection) => Promise<{ attach(): OwnRooms }>;

const roomsAtOnce = 100;

export function createPrepareMine(deps: {
  rooms: Rooms;
  marks: Marks;
  roomsHere: RoomsHere;
  logs: Logs;
}): PrepareMine {
  return async (connection) => {
    const { rooms: mine, marks } = await deps.rooms.mine(connection.user.id);
    const rest = mine.filter((id) => !connection.rooms.has(id));
    const heads =
      rest.length > roomsAtOnce ? await deps.logs.heads(rest.map((id) => ({ kind: "room", id }))) : [];
    const activity = new Map(rest.map((id, i) => [id, heads[i]?.atMs ?? 0]));
    rest.sort((a, b) => (activity.get(b) ?? 0) - (activity.get(a) ?? 0));
    const chosen: RoomId[] = rest.slice(0, roomsAtOnce);
    if (!connection.rooms.has(lobbyId)) chosen.push(lobbyId);
    const open = await deps.roomsHere.open(chosen);

    const lobby = open.get(lobbyId);
    if (lobby && !marks.has(lobbyId)) {
      // What was said before somebody first came is nothing that they have missed.
      await deps.marks.startReading(connection.user.id, lobbyId, lobby.audience.position().n);
    }
    return {
      attach() {
        const rooms = [...open].map(([id, room]) =>
          room.attach(connection, marks.get(id) ?? allRead(room.audience.position().n)),
        );
        const place = (room: Room) => (room.id === lobbyId ? "~" : (room.at ?? ""));
        rooms.sort((a, b) => (place(a) < place(b) ? 1 : -1));
        // Which rooms are left is known from the connection; the cursor only says that there are any.
        return {
          rooms,
          ...(rest.length > roomsAtOnce ? { moreRooms: "more" as PageCursor } : {}),
        };
      },
    };
  };
}
