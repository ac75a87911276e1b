import type { RequestAnswer, RoomId } from "../../services/protocol/index.ts";
import type { ClientEvent, ParleyClient } from "../client/contract.ts";
import { attempt, needed, type Problem } from "./actions.ts";
import type { Action, Message, MessageReference, Note, State } from "./state/model.ts";
import { referenceTo } from "./state/quote.ts";
import { afterOwn, latestFirst, readInRoom, readUpTo, withReplies } from "./state/threads.ts";

type SavedPage = RequestAnswer<"saved:list">;

/** Whether a message is pinned to its room, and whether one has saved it. */
export type Keeping = RequestAnswer<"message:kept">;

/** Threads, pins, and what somebody keeps for themselves. */
export interface KeptMessages {
  /** Reads replies of a thread; `before`: only earlier ones. They are in the timeline of the room afterwards. */
  readThread(room: RoomId, of: MessageReference, before?: number): Promise<RequestAnswer<"room:thread">>;
  followThread(room: RoomId, of: MessageReference, on: boolean): Promise<Problem>;
  /** Up to which reply one has read. */
  markThreadRead(room: RoomId, of: MessageReference, seq: number): void;
  /** Reads the threads that one follows. */
  loadThreads(): Promise<void>;
  pin(room: RoomId, message: Message, on: boolean): Promise<boolean>;
  listPins(room: RoomId): Promise<readonly Message[]>;
  save(room: RoomId, message: Message, on: boolean): Promise<boolean>;
  isKept(room: RoomId, message: Message): Promise<Keeping>;
  listSaved(cursor?: SavedPage["cursor"]): Promise<SavedPage>;
}

export function createKeptMessages(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
  note: (text: string, tone?: Note["tone"]) => void;
}): KeptMessages & { heed(event: ClientEvent): void } {
  const { dispatch } = deps;

  const need = () => needed(deps.client());

  /** Says what came of it. */
  async function tell(work: () => Promise<unknown>, done: string): Promise<boolean> {
    const problem = await attempt(async () => void (await work()));
    deps.note(problem ?? done, problem === undefined ? "plain" : "error");
    return problem === undefined;
  }

  async function loadThreads(): Promise<void> {
    const { threads } = await need().request("threads:list", {});
    dispatch({ type: "threads", threads: latestFirst(threads) });
  }

  function refresh() {
    loadThreads().catch(() => {
      // Read again with the next connection.
    });
  }

  return {
    async readThread(room, of, before) {
      const page = await need().request("room:thread", {
        room,
        of,
        ...(before === undefined ? {} : { before }),
      });
      dispatch({ type: "quoted", room, messages: [page.root, ...page.messages] });
      return page;
    },
    followThread: (room, of, on) =>
      attempt(async () => void (await need().request("thread:follow", { room, of, on }))),
    markThreadRead(room, of, seq) {
      const threads = readUpTo(deps.state().threads, of.id, seq);
      if (threads !== undefined) dispatch({ type: "threads", threads });
      deps
        .client()
        ?.request("thread:read", { room, of, seq })
        .catch(() => {
          // Told again with the next reply, or when the thread is opened again.
        });
    },
    loadThreads,
    pin: (room, message, on) =>
      tell(
        () => need().change("message:pin", { room, of: referenceTo(message), on }),
        on ? "Pinned. The pins of this room are in “About this room”." : "The pin is gone.",
      ),
    listPins: async (room) => (await need().request("room:pins", { room })).messages,
    save: (room, message, on) =>
      tell(
        () => need().request("message:save", { room, of: referenceTo(message), on }),
        on ? "Saved. You find it under “Saved”." : "No longer saved.",
      ),
    isKept: (room, message) => need().request("message:kept", { room, of: referenceTo(message) }),
    listSaved: (cursor) => need().request("saved:list", cursor === undefined ? {} : { cursor }),
    heed(event) {
      const { threads } = deps.state();
      const next = threadsAfter(deps.state(), event);
      if (next === undefined) refresh();
      else if (next !== threads) dispatch({ type: "threads", threads: next });
    },
  };
}

/** The threads after what the client told; undefined: they must be read again. */
function threadsAfter({ threads, rooms, me }: State, event: ClientEvent): State["threads"] | undefined {
  switch (event.type) {
    case "welcome":
    case "reset":
      return undefined;
    case "me-events":
      return afterOwn(threads, event.events);
    case "events": {
      const { room, events } = event;
      return withReplies(threads, { room, read: rooms[room]?.read ?? 0 }, events, me?.id);
    }
    case "read": {
      const room = rooms[event.room];
      return room === undefined ? threads : readInRoom(threads, room, event.n);
    }
    default:
      return threads;
  }
}
