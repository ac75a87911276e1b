import { RequestError, type RoomId } from "../protocol/index.ts";
import type { Rooms } from "../rooms/index.ts";
import type { Connection } from "./delivery/connection.ts";

/** Rejects with `not_found` or `forbidden` unless the caller is a member of the room. */
export type RequireMember = (caller: Connection, room: RoomId) => Promise<void>;

export function createRequireMember(rooms: Rooms): RequireMember {
  return async (caller, room) => {
    const [facts] = await rooms.describe([room]);
    if (!facts) throw new RequestError("not_found", "there is no such room", { field: "room" });
    if (!(await rooms.isMember(room, caller.user.id))) {
      throw new RequestError("forbidden", "only members may do this; join the room first", { field: "room" });
    }
  };
}
