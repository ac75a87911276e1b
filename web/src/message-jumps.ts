import type { RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { problemOf } from "./actions.ts";
import type { RoomActionDeps } from "./room-actions.ts";
import type { Message, MessageId, MessageReference } from "./state/model.ts";
import { timelineOf } from "./state/select.ts";

/** On the way to the first new message: as much at a time as the server gives, and 5,000 in all. */
const newPage = 200;
const newPages = 25;
/** Around a message that one is taken to. */
const aroundPage = 100;

interface JumpDeps extends Pick<RoomActionDeps, "state" | "dispatch" | "note"> {
  need(): ParleyClient;
  enter(room: RoomId): void;
  /** The newest, or those before; `limit` is a page of what one scrolls through unless given. */
  readHistory(room: RoomId, before?: number, limit?: number): Promise<void>;
}

/** Takes one to a message, wherever it is. */
export function createJumps({ state, dispatch, note, need, enter, readHistory }: JumpDeps) {
  /** Page by page, up to what a timeline holds, until it is at hand; `isAtHand` is told the oldest message. */
  async function readBackUntil(room: RoomId, isAtHand: (oldest: Message | undefined) => boolean) {
    for (let pages = 0; pages < newPages; pages++) {
      const timeline = timelineOf(state(), room);
      const oldest = timeline.entries.find((entry) => entry.type === "message");
      const unread = timeline.history === "unknown" || timeline.history === "loading";
      if (!unread && (timeline.history !== "more" || isAtHand(oldest))) return;
      await (unread ? readHistory(room) : readHistory(room, oldest?.seq, newPage));
    }
  }

  return {
    async toFirstNew(room: RoomId) {
      const { newAfter, tail } = timelineOf(state(), room);
      // What is new lies before the newest, and not after where one reads further up.
      if (tail.length > 0) dispatch({ type: "scrolled", room, to: "newest" });
      if (newAfter !== null) await readBackUntil(room, (oldest) => (oldest?.n ?? 0) <= newAfter + 1);
      dispatch({ type: "went-to-new", room });
    },
    /** Read together with what is around it, where it is not at hand. */
    async toMessage(room: RoomId, of: MessageReference, from: MessageId | null) {
      if (state().route.room !== room) enter(room);
      const { history } = timelineOf(state(), room);
      if (history === "unknown" || history === "loading") await readHistory(room);
      const there = { type: "went-to", room, id: of.id, from } as const;
      const { entries, tail } = timelineOf(state(), room);
      if ([...entries, ...tail].some(({ id }) => id === of.id)) return dispatch(there);
      try {
        const { messages } = await need().request("room:history", {
          room,
          around: of.seq,
          limit: aroundPage,
        });
        if (messages.some(({ id }) => id === of.id)) dispatch({ ...there, around: messages });
        else note("That message is not there any more.", "error");
      } catch (error) {
        note(problemOf(error), "error");
      }
    },
  };
}
