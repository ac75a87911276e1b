import type { SharedLimits } from "../../limits/index.ts";
import type { LogName } from "../../logs/index.ts";
import type { Presence } from "../../presence/index.ts";
import { lobbyId, type Person, RequestError, type RoomId } from "../../protocol/index.ts";
import type { Marks, Rooms } from "../../rooms/index.ts";
import type { PreferencesOfUsers, Users } from "../../users/index.ts";
import type { Handlers } from "../caller.ts";
import type { Audiences } from "../delivery/audience.ts";
import type { Connection } from "../delivery/connection.ts";
import type { Whisper } from "../delivery/presentation.ts";
import type { RequireMember } from "../require-member.ts";
import type { RoomsHere } from "../rooms-here.ts";

export type AttentionRequest =
  | "room:focus"
  | "room:read"
  | "room:unread"
  | "room:receipts"
  | "room:typing"
  | "me:prefer";

/** In larger rooms nobody is told how far others have read, or who is typing: it would be noise, and cost everybody. */
const receiptMembers = 50;
const typingMembers = 100;

/** What somebody looks at, has read, and is about to say. */
export function attentionHandlers(deps: {
  rooms: Rooms;
  marks: Marks;
  users: Users;
  preferences: PreferencesOfUsers;
  presence: Presence;
  limits: SharedLimits;
  roomsHere: RoomsHere;
  audiences: Audiences;
  requireMember: RequireMember;
  nowMs: () => number;
  /** Tells those who look at the room now; may be lost. */
  whisper: (room: RoomId, whisper: Whisper) => Promise<void>;
}): Handlers<AttentionRequest> {
  const { rooms, marks, roomsHere, audiences } = deps;
  const logOf = (id: RoomId): LogName => ({ kind: "room", id });
  /** Where a connection said that its person is typing, and not yet that they stopped. */
  const typing = new WeakMap<Connection, Set<RoomId>>();

  function requireSmall(room: RoomId, most: number, what: string): void {
    if (roomsHere.members(room) <= most) return;
    throw new RequestError("forbidden", `${what} only in rooms of at most ${most} members`, {
      field: "room",
    });
  }

  /** Number of the newest message. */
  async function newestOf(caller: Connection, room: RoomId): Promise<number> {
    if (!caller.rooms.has(room)) await deps.requireMember(caller, room);
    const open = (await roomsHere.open([room])).get(room);
    return open?.audience.position().n ?? 0;
  }

  /** For others one is not here: what one does without saying anything must not tell otherwise. */
  function isInvisible({ status }: Connection): boolean {
    return (
      status.mode === "invisible" && (status.until === undefined || Date.parse(status.until) > deps.nowMs())
    );
  }

  async function showRead(caller: Connection, room: RoomId, n: number): Promise<void> {
    if (!caller.receipts || roomsHere.members(room) > receiptMembers) return;
    await deps.whisper(room, ["room:receipt", { room, user: caller.user, n }]);
  }

  async function membersOf(room: RoomId): Promise<Person[]> {
    if (room === lobbyId) return (await deps.presence.list({ limit: receiptMembers })).users;
    return deps.users.people((await rooms.members(room)).ids);
  }

  return {
    async "room:focus"(caller, { room }) {
      caller.focus = room;
      // Answered when what was missed of the room has been sent, so that a client knows whether anything is left to ask for.
      await Promise.all([...caller.rooms].map((id) => audiences.present(logOf(id))?.look(caller)));
      return {};
    },
    async "room:read"(caller, { room, n, back }) {
      // Nobody can have read what is not written yet; a mark beyond the end would hide what comes.
      const read = Math.min(n, await newestOf(caller, room));
      const unseen = isInvisible(caller);
      const moved = await marks.markRead(caller.user, room, read, back, unseen);
      if (moved && !unseen) await showRead(caller, room, read);
      return {};
    },
    async "room:unread"(caller, { room, n }) {
      await marks.markUnread(caller.user, room, n, await newestOf(caller, room));
      return {};
    },
    async "room:receipts"(caller, { room }) {
      await newestOf(caller, room);
      requireSmall(room, receiptMembers, "how far others have read is told");
      // Who does not show it does not see it either.
      if (!caller.receipts) return { receipts: [] };
      const others = (await membersOf(room)).filter(({ id }) => id !== caller.user.id);
      const ids = others.map(({ id }) => id);
      const [read, preferences] = await Promise.all([marks.readIn(room, ids), deps.preferences.of(ids)]);
      return {
        receipts: others.flatMap(({ id, name }, i) => {
          const n = read[i];
          return n === undefined || !preferences[i]?.receipts ? [] : [{ user: { id, name }, n }];
        }),
      };
    },
    async "room:typing"(caller, { room, on }) {
      if (!caller.rooms.has(room)) {
        throw new RequestError("forbidden", "only members may do this", { field: "room" });
      }
      requireSmall(room, typingMembers, "who is typing is told");
      if (on && isInvisible(caller)) return {};
      const said = typing.get(caller) ?? new Set();
      typing.set(caller, said);
      // Stopping is told as often as starting was.
      if (on) await deps.limits.typing(caller.user.id, room);
      else if (!said.has(room)) return {};
      if (on) said.add(room);
      else said.delete(room);
      await deps.whisper(room, ["room:typing", { room, user: caller.user, on }]);
      return {};
    },
    async "me:prefer"(caller, preferences) {
      await deps.preferences.set(caller.user, preferences);
      return {};
    },
  };
}
