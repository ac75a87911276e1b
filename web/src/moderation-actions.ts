import type { RequestAnswer, RequestPayload, RoomId } from "../../services/protocol/index.ts";
import type { Command } from "../client/commands.ts";
import type { ParleyClient } from "../client/contract.ts";
import { type Actions, type ModeratingRequest, needed } from "./actions.ts";
import type { Note } from "./state/model.ts";

type ModeratingCommand = Extract<
  Command,
  { kind: "topic" | "invite" | "kick" | "mute" | "unmute" | "ban" | "unban" }
>;

/** What those with a role do to rooms and to people in them. What is asked rejects with `ClientError`. */
export interface Moderation extends Pick<Actions, "listActs" | "listBans"> {
  act<R extends ModeratingRequest>(request: R, payload: RequestPayload<R>): Promise<RequestAnswer<R>>;
  /** Does what was typed. */
  obey(room: RoomId, command: ModeratingCommand): Promise<void>;
}

export function createModeration(deps: {
  client: () => ParleyClient | undefined;
  note: (text: string, tone?: Note["tone"]) => void;
  uuid: () => string;
}): Moderation {
  const need = () => needed(deps.client());

  /** The id makes it safe to ask again when the answer is lost. */
  const act = async <R extends ModeratingRequest>(request: R, payload: RequestPayload<R>) =>
    need().request(request, { id: deps.uuid(), ...payload });

  return {
    act,
    listActs: async (room, cursor) =>
      need().request("room:audit", { room, ...(cursor === undefined ? {} : { cursor }) }),
    listBans: async (room) => (await need().request("room:bans", { room })).bans,
    async obey(room, command) {
      switch (command.kind) {
        case "topic":
          await act("room:update", { room, topic: command.topic });
          break;
        case "invite": {
          const { user } = await need().request("room:invite", { room, to: command.to });
          deps.note(`${user.name} is in now.`);
          break;
        }
        case "kick":
          await act("room:remove", { room, to: command.to });
          break;
        case "mute":
        case "ban":
          await act(`room:${command.kind}`, { room, to: command.to, seconds: command.seconds });
          break;
        default:
          await act(`room:${command.kind}`, { room, to: command.to });
      }
    },
  };
}
