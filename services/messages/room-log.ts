import type { LogName } from "../logs/index.ts";
import { lobbyId, type RoomId, type UserId } from "../protocol/index.ts";

export function logOf(room: RoomId): LogName {
  return { kind: "room", id: room };
}

/** Everybody who is signed in is in the lobby; it has no members of its own. */
export function whoMustBeMember(room: RoomId, user: UserId): UserId | undefined {
  return room === lobbyId ? undefined : user;
}
