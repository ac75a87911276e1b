import type { ParleyClient } from "../client/contract.ts";
import { typingMembers } from "./state/attention.ts";
import { lobbyId, type RoomId, type State } from "./state/model.ts";

/** Told again while one goes on typing; others forget it after five seconds. */
const tellEveryMs = 3_000;

/** Tells others that this person is typing: at most once in three seconds, and that they stopped when nothing is left. */
export function createTypingTeller(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  nowMs: () => number;
}) {
  let told: { room: RoomId; atMs: number } | undefined;

  function tell(room: RoomId, on: boolean) {
    deps
      .client()
      ?.request("room:typing", { room, on })
      .catch(() => {
        // It may be lost.
      });
  }

  /** `text`: what the composer of the room holds now. */
  return (room: RoomId, text: string) => {
    const { rooms, people, link } = deps.state();
    const members = room === lobbyId ? people.count : (rooms[room]?.members ?? 0);
    const command = /^\/(?!\/)/.test(text);
    if (text.trim() === "" || command) {
      if (told?.room === room) tell(room, false);
      told = undefined;
      return;
    }
    if (members > typingMembers || members < 2 || link.state !== "online") return;
    if (told?.room === room && deps.nowMs() - told.atMs < tellEveryMs) return;
    told = { room, atMs: deps.nowMs() };
    tell(room, true);
  };
}
