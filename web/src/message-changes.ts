import type { ProtocolError, RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { type Actions, needed, type Problem, problemOf, tooLong } from "./actions.ts";
import type { Mentionables } from "./mentionables.ts";
import type { Note, State } from "./state/model.ts";
import { referenceTo } from "./state/quote.ts";

export type MessageChanges = Pick<Actions, "edit" | "remove" | "react" | "whoReacted" | "listVersions">;

/** Changes messages at the server, and asks it for what they were and who had a part in it. */
export function createMessageChanges(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  note: (text: string, tone?: Note["tone"]) => void;
  mentionsIn: Mentionables["mentionsIn"];
  stopEditing: Actions["stopEditing"];
}): MessageChanges {
  const need = () => needed(deps.client());

  /** Runs a change; answers with the problem in words. */
  async function attempt(change: (client: ParleyClient) => Promise<unknown>): Promise<Problem> {
    try {
      await change(need());
      return undefined;
    } catch (error) {
      return problemWith(error as Partial<ProtocolError>);
    }
  }

  const isEdited = (room: RoomId, id: string) => deps.state().editing[room]?.id === id;

  return {
    async edit(room, message, text) {
      const problem =
        tooLong(text, deps.state().limits?.textBytes) ??
        (await attempt(async (client) => {
          const { mentions } = await deps.mentionsIn(room, text);
          await client.change("message:edit", {
            room,
            of: referenceTo(message),
            text,
            ...(mentions === undefined ? {} : { mentions }),
          });
        }));
      if (problem === undefined) {
        if (isEdited(room, message.id)) deps.stopEditing(room);
      } else deps.note(problem, "error");
      return problem === undefined;
    },
    remove: (room, message) =>
      attempt((client) => client.change("message:delete", { room, of: referenceTo(message) })),
    async react(room, message, emoji, on) {
      const problem = await attempt((client) =>
        client.change("message:react", { room, of: referenceTo(message), emoji, on }),
      );
      if (problem !== undefined) deps.note(problem, "error");
    },
    whoReacted: (room, message, emoji, cursor) =>
      need().request("message:reactions", {
        room,
        of: referenceTo(message),
        emoji,
        ...(cursor === undefined ? {} : { cursor }),
      }),
    listVersions: (room, message, before) =>
      need().request("message:versions", {
        room,
        of: referenceTo(message),
        ...(before === undefined ? {} : { before }),
      }),
  };
}

function problemWith(error: Partial<ProtocolError>): string {
  switch (error.code) {
    case "unavailable":
      return "There is no connection, so nothing was changed. Try again when it is back.";
    case "conflict":
      if (error.field === "emoji") return "There are enough kinds of reactions. Join one of them.";
      if (error.field === "text") return "This message was changed too often. Write a new one.";
      return "That message was deleted meanwhile.";
    case "forbidden":
      // Of the room it says why: muted, archived, left; of the mentions, who may not be called.
      return error.field === "of" ? "You cannot change this message any more." : problemOf(error);
    default:
      return problemOf(error);
  }
}
