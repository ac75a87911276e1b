import type { Entry } from "../logs/index.ts";
import { lobbyId, type Person, type RoomId } from "../protocol/index.ts";
import type { Audience } from "./delivery/audience.ts";
import type { Connection } from "./delivery/connection.ts";

/** Whether somebody left, or was made to leave, with this event of a room's log. */
export function isDeparture(entry: Entry): boolean {
  // Nothing that people write can look like this: quotation marks in it are escaped.
  return entry.type === "member" && entry.body.includes('"joined":false');
}

/**
 * Ends what somebody gets of a room with the very event that says that they are out. Their own log says so too, but later,
 * and not at all when the node that was to write it dies: who was banned must not read on until then.
 */
export function createDepartures(deps: {
  isMember: (room: RoomId, user: Person["id"]) => Promise<boolean>;
  onFailed: (error: unknown) => void;
}) {
  /** The event may be older than their coming back, which this connection was told of on another way. */
  async function comeBack(room: RoomId, entry: Entry, audience: Audience, gone: readonly Connection[]) {
    const [user] = gone;
    if (!user || !(await deps.isMember(room, user.user.id))) return;
    for (const connection of gone) {
      if (!connection.open || connection.rooms.has(room)) continue;
      connection.rooms.add(room);
      if (!(await audience.attachFrom(connection, entry))) connection.rooms.delete(room);
    }
  }

  return function heed(room: RoomId, entry: Entry, audience: Audience): void {
    if (room === lobbyId || !isDeparture(entry)) return;
    const { user } = JSON.parse(`{${entry.body}`) as { user: Person };
    const gone = audience.connectionsOf(user.id);
    for (const connection of gone) {
      connection.rooms.delete(room);
      audience.detach(connection);
    }
    comeBack(room, entry, audience, gone).catch((error: unknown) => {
      deps.onFailed(error);
      // On a fresh connection the rooms are those of the welcome.
      for (const connection of gone) connection.closeTransport();
    });
  };
}
