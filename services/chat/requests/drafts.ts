import type { Drafts } from "../../drafts/index.ts";
import type { UserId } from "../../protocol/index.ts";
import type { Handlers } from "../caller.ts";
import type { OwnWhisper } from "../delivery/presentation.ts";
import type { RequireMember } from "../require-member.ts";

/** What somebody is about to say, for their other devices. */
export function draftHandlers(deps: {
  drafts: Drafts;
  requireMember: RequireMember;
  /** Tells the user's devices that are connected now; may be lost. */
  whisper: (user: UserId, whisper: OwnWhisper) => Promise<void>;
}): Handlers<"draft:set" | "drafts:mine"> {
  return {
    async "draft:set"(caller, { room, text }) {
      if (!caller.rooms.has(room)) await deps.requireMember(caller, room);
      const revision = await deps.drafts.set(caller.user.id, room, text);
      // It is kept; a device that does not hear of it asks when it is looked at.
      deps.whisper(caller.user.id, ["me:draft", { room, text, revision }]).catch(() => {});
      return { revision };
    },
    async "drafts:mine"(caller) {
      return { drafts: await deps.drafts.of(caller.user.id) };
    },
  };
}
