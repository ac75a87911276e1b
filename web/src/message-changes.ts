import type { ProtocolError, RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { type Actions, type Problem, problemOf, tooLong } from "./actions.ts";
import type { MessageActionDeps } from "./message-actions.ts";
import type { Message } from "./state/model.ts";

export type MessageChanges = Pick<Actions, "edit" | "remove" | "react" | "whoReacted" | "listVersions">;

/** Changes messages at the server, and asks it for what they were and who had a part in it. */
export function createMessageChanges(deps: MessageActionDeps & Pick<Actions, "stopEditing">): MessageChanges {
  const of = ({ seq, id }: Message) => ({ seq, id });

  function need(): ParleyClient {
    const client = deps.client();
    if (client === undefined) throw new Error("not signed in");
    return client;
  }

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
            of: of(message),
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
  };
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
