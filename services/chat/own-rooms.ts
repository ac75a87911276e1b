import type { Logs } from "../logs/index.ts";
import { lobbyId, type PageCursor, type Room, type RoomId, type UserId } from "../protocol/index.ts";
import { allRead, type Marks, type Rooms } from "../rooms/index.ts";
import type { Connection } from "./delivery/connection.ts";
import type { RoomsHere } from "./rooms-here.ts";

export interface OwnRooms {
  rooms: Room[];
  moreRooms?: PageCursor;
}

/**
 * Prepares those rooms of a user that a connection of theirs does not follow yet, the ones with the latest activity and at
 * most 100. `attach` then attaches the connection to all of them in one turn of the event loop; what the caller tells the
 * client in the same turn comes before the first live event.
 */
export type PrepareMine = (user: UserId, followed: ReadonlySet<RoomId>) => Promise<PreparedRooms>;

export interface PreparedRooms {
  attach(connection: Connection): OwnRooms;
}

const roomsAtOnce = 100;

export function createPrepareMine(deps: {
  rooms: Rooms;
  marks: Marks;
  roomsHere: RoomsHere;
  logs: Logs;
}): PrepareMine {
  async function latestOf(rooms: readonly RoomId[]): Promise<RoomId[]> {
    const heads = await deps.logs.heads(rooms.map((id) => ({ kind: "room", id })));
    const activity = new Map(rooms.map((id, i) => [id, heads[i]?.atMs ?? 0]));
    return rooms.toSorted((a, b) => (activity.get(b) ?? 0) - (activity.get(a) ?? 0)).slice(0, roomsAtOnce);
  }

  return async (user, followed) => {
    const { rooms: noted, marks } = await deps.rooms.noted(user);
    const rest = noted.filter((id) => !followed.has(id));
    const asking = deps.rooms.among(user, rest);
    // Followed while it is being asked whether the user is in them: hardly ever is one noted that they are not in.
    const chosen = rest.length > roomsAtOnce ? await latestOf(await asking) : rest;
    const [mine, open] = await Promise.all([
      asking,
      deps.roomsHere.open(followed.has(lobbyId) ? chosen : [...chosen, lobbyId]),
    ]);
    const inside = new Set(mine).add(lobbyId);

    const lobby = open.get(lobbyId);
    if (lobby && !marks.has(lobbyId)) {
      // What was said before somebody first came is nothing that they have missed.
      await deps.marks.startReading(user, lobbyId, lobby.audience.position().n);
    }
    return {
      attach(connection) {
        const rooms = [...open].flatMap(([id, room]) =>
          inside.has(id)
            ? [room.attach(connection, marks.get(id) ?? allRead(room.audience.position().n))]
            : [],
        );
        const place = (room: Room) => (room.id === lobbyId ? "~" : (room.at ?? ""));
        rooms.sort((a, b) => (place(a) < place(b) ? 1 : -1));
        // Which rooms are left is known from the connection; the cursor only says that there are any.
        return {
          rooms,
          ...(mine.length > roomsAtOnce ? { moreRooms: "more" as PageCursor } : {}),
        };
      },
    };
  };
}
