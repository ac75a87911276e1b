import type { ProtocolError, RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { type Actions, type Problem, problemOf, tooLong } from "./actions.ts";
import type { Mentionables } from "./mentionables.ts";
import type { Action, Message, Note, State } from "./state/model.ts";
import { lastMessage, timelineOf } from "./state/select.ts";

type MessageActions = Pick<
  Actions,
  | "startEditing"
  | "editLast"
  | "stopEditing"
  | "edit"
  | "remove"
  | "react"
  | "whoReacted"
  | "listVersions"
  | "copy"
>;

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

  function need(): ParleyClient {
    const client = deps.client();
    if (client === undefined) throw new Error("not signed in");
    return client;
  }

  const stopEditing = (room: RoomId) => dispatch({ type: "editing", room, message: null });
  const startEditing = (room: RoomId, message: Message) => dispatch({ type: "editing", room, message });
  const of = ({ seq, id }: Message) => ({ seq, id });

  /** Runs a change; answers with the problem in words. */
  async function attempt(change: (client: ParleyClient) => Promise<unknown>): Promise<Problem> {
    try {
      await change(need());
      return undefined;
    } catch (error) {
      return problemWith(error as Partial<ProtocolError>);
    }
  }

  return {
    startEditing,
    stopEditing,
    editLast(room) {
      const { me } = deps.state();
      const message = me === null ? undefined : lastMessage(timelineOf(deps.state(), room), me.id);
      if (message !== undefined) startEditing(room, message);
    },
    async edit(room, message, text) {
      const problem =
        tooLong(text, deps.state().limits?.textBytes) ??
        (await attempt(async (client) => {
          const { mentions } = await deps.mentionsIn(room, text);
          await client.change("message:edit", {
            room,
            of: of(message),
            text,
            ...(mentions === undefined ? {} : { mentions }),
          });
        }));
      if (problem === undefined) {
        if (isEdited(room, message.id)) stopEditing(room);
      } else deps.note(problem, "error");
      return problem === undefined;
    },
    remove: (room, message) =>
      attempt((client) => client.change("message:delete", { room, of: of(message) })),
    async react(room, message, emoji, on) {
      const problem = await attempt((client) =>
        client.change("message:react", { room, of: of(message), emoji, on }),
      );
      if (problem !== undefined) deps.note(problem, "error");
    },
    whoReacted: (room, message, emoji, cursor) =>
      need().request("message:reactions", {
        room,
        of: of(message),
        emoji,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    listVersions: (room, message, before) =>
      need().request("message:versions", {
        room,
        of: of(message),
        ...(before === undefined ? {} : { before }),
      }),
    copy(text) {
      import("./views/message-extras.ts").then(
        async ({ copyAndSay }) => deps.note(...(await copyAndSay(text, deps.window))),
        (error: unknown) => deps.note(problemOf(error), "error"),
      );
    },
  };

  function isEdited(room: RoomId, id: string): boolean {
    return deps.state().editing[room]?.id === id;
  }
}

function problemWith(error: Partial<ProtocolError>): string {
  switch (error.code) {
    case "unavailable":
      return "There is no connection, so nothing was changed. Try again when it is back.";
    case "conflict":
      return error.field === "emoji"
        ? "There are enough kinds of reactions. Join one of them."
        : "That message was deleted meanwhile.";
    case "forbidden":
      // Of the room it says why: muted, archived, left; of the mentions, who may not be called.
      return error.field === "of" ? "You cannot change this message any more." : problemOf(error);
    default:
      return problemOf(error);
  }
}
