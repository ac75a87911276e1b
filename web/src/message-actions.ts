import type { RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { type Actions, problemOf } from "./actions.ts";
import type { Mentionables } from "./mentionables.ts";
import type { MessageChanges } from "./message-changes.ts";
import type { Action, Message, Note, State } from "./state/model.ts";
import { lastMessage, timelineOf } from "./state/select.ts";

type MessageActions = Pick<
  Actions,
  "startEditing" | "editLast" | "stopEditing" | "copy" | "startReplying" | "stopReplying" | "loadQuoted"
> &
  MessageChanges;

/** What a person does to messages that are there already. */
export function createMessageActions(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
  note: (text: string, tone?: Note["tone"]) => void;
  window: Window;
  mentionsIn: Mentionables["mentionsIn"];
}): MessageActions {
  const { dispatch } = deps;

  const stopEditing = (room: RoomId) => dispatch({ type: "editing", room, message: null });
  const startEditing = (room: RoomId, message: Message) => dispatch({ type: "editing", room, message });
  /** Few messages are ever changed, so what that takes is fetched with the first. */
  const changes = async () => (await import("./room-work.ts")).createMessageChanges({ ...deps, stopEditing });

  /** Answered messages that are being asked for. */
  const asked = new Set<string>();

  return {
    startReplying: (room, message) => dispatch({ type: "replying", room, message }),
    stopReplying: (room) => dispatch({ type: "replying", room, message: null }),
    loadQuoted(room, { seq, id }) {
      const client = deps.client();
      if (client === undefined || asked.has(id)) return;
      asked.add(id);
      client
        .request("room:history", { room, around: seq, limit: 1 })
        .then(({ messages }) => dispatch({ type: "quoted", room, messages }))
        .catch(() => {
          // Whoever sees the answer next asks again.
        })
        .finally(() => asked.delete(id));
    },
    startEditing,
    stopEditing,
    editLast(room) {
      const { me } = deps.state();
      const message = me === null ? undefined : lastMessage(timelineOf(deps.state(), room), me.id);
      if (message !== undefined) startEditing(room, message);
    },
    edit: (room, message, text) =>
      changes().then(
        ({ edit }) => edit(room, message, text),
        (error: unknown) => {
          deps.note(problemOf(error), "error");
          return false;
        },
      ),
    remove: (room, message) => changes().then(({ remove }) => remove(room, message), problemOf),
    react: (room, message, emoji, on) =>
      changes().then(
        ({ react }) => react(room, message, emoji, on),
        (error: unknown) => deps.note(problemOf(error), "error"),
      ),
    whoReacted: async (...asked) => (await changes()).whoReacted(...asked),
    listVersions: async (...asked) => (await changes()).listVersions(...asked),
    copy(text) {
      import("./views/message-extras.ts").then(
        async ({ copyAndSay }) => deps.note(...(await copyAndSay(text, deps.window))),
        (error: unknown) => deps.note(problemOf(error), "error"),
      );
    },
  };
}
