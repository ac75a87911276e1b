import type { LogName } from "../../logs/index.ts";
import { type NoticePayload, RequestError, type RoomId } from "../../protocol/index.ts";
import type { Rooms } from "../../rooms/index.ts";
import type { Handlers } from "../caller.ts";
import type { Audiences } from "../delivery/audience.ts";
import type { RequireMember } from "../require-member.ts";
import type { RoomsHere } from "../rooms-here.ts";

type AttentionRequest = "room:focus" | "room:read" | "room:typing";

/** What somebody looks at, has read, and is about to say. */
export function attentionHandlers(deps: {
  rooms: Rooms;
  roomsHere: RoomsHere;
  audiences: Audiences;
  requireMember: RequireMember;
  /** Tells those who are in the room now; may be lost. */
  whisper: (room: RoomId, typing: NoticePayload<"room:typing">) => Promise<void>;
}): Handlers<AttentionRequest> {
  const { rooms, roomsHere, audiences } = deps;
  const logOf = (id: RoomId): LogName => ({ kind: "room", id });

  return {
    async "room:focus"(caller, { room }) {
      caller.focus = room;
      // Answered when what was missed of the room has been sent, so that a client knows whether anything is left to ask for.
      await Promise.all([...caller.rooms].map((id) => audiences.present(logOf(id))?.look(caller)));
      return {};
    },
    async "room:read"(caller, { room, n }) {
      if (!caller.rooms.has(room)) await deps.requireMember(caller, room);
      const open = (await roomsHere.open([room])).get(room);
      // Nobody can have read what is not written yet; a mark beyond the end would hide what comes.
      const newest = open?.audience.position().n ?? 0;
      await rooms.markRead(caller.user, room, Math.min(n, newest));
      return {};
    },
    async "room:typing"(caller, { room, on }) {
      if (!caller.rooms.has(room))
        throw new RequestError("forbidden", "only members may do this", {
          field: "room",
        });
      await deps.whisper(room, { room, user: caller.user, on });
      return {};
    },
  };
}
