import type { ParleyClient } from "../client/contract.ts";
import { type Actions, problemOf } from "./actions.ts";
import type { Mentionables } from "./mentionables.ts";
import { receiptMembers } from "./state/attention.ts";
import { type Action, lobbyId, type Note, type RoomId, type State } from "./state/model.ts";
import { createTypingTeller } from "./typing.ts";

type AttentionActions = Pick<
  Actions,
  "findMentionable" | "nameOf" | "typed" | "markUnread" | "markRead" | "markAllRead" | "showReceipts"
>;

/** What a person says about what they have seen, and what others are told of it. */
export function createAttentionActions(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
  note: (text: string, tone?: Note["tone"]) => void;
  mentionables: Mentionables;
}): AttentionActions & { loadReceipts(room: RoomId): void } {
  const { state, dispatch } = deps;

  function attempt(work: Promise<unknown> | undefined, done?: string) {
    work?.then(
      () => done !== undefined && deps.note(done),
      (error: unknown) => deps.note(problemOf(error), "error"),
    );
  }

  function markRead(room: RoomId) {
    const known = state().rooms[room];
    dispatch({ type: "new-seen", room });
    if (known !== undefined && known.n > known.read)
      attempt(deps.client()?.request("room:read", { room, n: known.n }));
  }

  return {
    findMentionable: deps.mentionables.find,
    nameOf: deps.mentionables.nameOf,
    typed: createTypingTeller({ ...deps, nowMs: Date.now }),
    markUnread(room, message) {
      attempt(
        deps.client()?.request("room:unread", { room, n: message.n }),
        "Marked as unread. It stays so until you come back to this room.",
      );
    },
    markRead,
    markAllRead() {
      const { rooms, route } = state();
      for (const room of Object.values(rooms))
        if (room.n > room.read || room.id === route.room) markRead(room.id);
    },
    showReceipts: (receipts) => attempt(deps.client()?.request("me:prefer", { receipts })),
    /** What is whispered may be lost, so the truth is read when a room is opened. */
    loadReceipts(room) {
      const { rooms, people, preferences } = state();
      const members = room === lobbyId ? people.count : (rooms[room]?.members ?? 0);
      if (!preferences.receipts || members < 2 || members > receiptMembers) return;
      deps
        .client()
        ?.request("room:receipts", { room })
        .then(
          ({ receipts }) => dispatch({ type: "receipts", room, receipts }),
          () => {
            // Nobody misses what they never saw; it is read again with the next look.
          },
        );
    },
  };
}
