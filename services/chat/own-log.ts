import { type Entry, type LogName, parseCursor } from "../logs/index.ts";
import type { Cursor, RoomId, SessionId } from "../protocol/index.ts";
import type { Audience, Audiences } from "./delivery/audience.ts";

/** What the events of a user's own log do on a node where that user is connected, besides being delivered. */
export type ReactToOwnLog = (entry: Entry, audience: Audience) => void;

export function createReactToOwnLog(deps: {
  audiences: () => Audiences;
  onFailed: (error: unknown) => void;
}): ReactToOwnLog {
  const roomLog = (id: RoomId): LogName => ({ kind: "room", id });
  /** What is under way for each audience: a room that is left must not be overtaken by its being entered. */
  const underWay = new Map<Audience, Promise<void>>();

  function inOrder(audience: Audience, step: () => Promise<void> | void): void {
    const done = (underWay.get(audience) ?? Promise.resolve()).then(step).catch((error: unknown) => {
      deps.onFailed(error);
      // On a fresh connection the rooms are those of the welcome.
      for (const connection of audience.connections) connection.closeTransport();
    });
    underWay.set(audience, done);
    done.finally(() => {
      if (underWay.get(audience) === done) underWay.delete(audience);
    });
  }

  /** Every device of the user gets the room's events from where the user came in, on whatever node it is. */
  async function addRoom(audience: Audience, room: { id: RoomId; cursor: Cursor }): Promise<void> {
    const roomAudience = await deps.audiences().of(roomLog(room.id));
    for (const connection of audience.connections) {
      // The device that asked is attached already: the answer put it into the room.
      if (connection.rooms.has(room.id)) continue;
      connection.rooms.add(room.id);
      const attached = await roomAudience.attachFrom(connection, parseCursor(room.cursor));
      // Removed again since.
      if (!attached) connection.rooms.delete(room.id);
    }
  }

  function removeRoom(audience: Audience, room: RoomId): void {
    const roomAudience = deps.audiences().present(roomLog(room));
    for (const connection of audience.connections) {
      connection.rooms.delete(room);
      roomAudience?.detach(connection);
    }
  }

  function endSession(audience: Audience, session: SessionId): void {
    for (const connection of [...audience.connections]) {
      if (connection.session !== session) continue;
      connection.end({
        code: "unauthorized",
        message: "this session was signed out",
      });
    }
  }

  return (entry, audience) => {
    const event = JSON.parse(`{${entry.body}`);
    switch (entry.type) {
      case "room_added":
        inOrder(audience, () => addRoom(audience, event.room));
        break;
      case "room_removed":
        inOrder(audience, () => removeRoom(audience, event.room));
        break;
      case "preferences":
        for (const connection of audience.connections) connection.receipts = event.preferences.receipts;
        break;
      case "status":
        for (const connection of audience.connections) connection.status = event.status;
        break;
      case "session_revoked":
        endSession(audience, event.session);
        break;
    }
  };
}
