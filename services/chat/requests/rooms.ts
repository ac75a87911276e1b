import { randomUUID } from "node:crypto";
import type { Logger } from "../../platform/index.ts";
import type { Presence } from "../../presence/index.ts";
import {
  lobbyId,
  type Person,
  RequestError,
  type RequestName,
  type Room,
  type RoomId,
} from "../../protocol/index.ts";
import { allRead, type Entered, type Marks, muteView, type Rooms } from "../../rooms/index.ts";
import type { Users } from "../../users/index.ts";
import type { Handlers } from "../caller.ts";
import type { Connection } from "../delivery/connection.ts";
import type { FindUser } from "../find-user.ts";
import type { PrepareMine } from "../own-rooms.ts";
import type { RequireMember } from "../require-member.ts";
import type { RoomsHere } from "../rooms-here.ts";
import type { AttentionRequest } from "./attention.ts";
import type { ModerationRequest } from "./moderation.ts";
import type { ThreadRequest } from "./threads.ts";

type RoomRequest = Extract<RequestName, `room:${string}` | "rooms:mine" | "dm:open">;
type OwnRoomRequest = Exclude<
  RoomRequest,
  "room:history" | "room:sync" | AttentionRequest | ModerationRequest | ThreadRequest
>;

export function roomHandlers(deps: {
  rooms: Rooms;
  marks: Marks;
  roomsHere: RoomsHere;
  users: Users;
  presence: Presence;
  findUser: FindUser;
  prepareMine: PrepareMine;
  requireMember: RequireMember;
  log: Logger;
  nowMs: () => number;
}): Handlers<OwnRoomRequest> {
  const { rooms, roomsHere } = deps;

  /** Shows the room to somebody who is in it by now, and attaches this connection in the same turn. */
  async function showEntered(caller: Connection, id: RoomId, entered: Entered): Promise<Room> {
    const [open, inside, mark] = await Promise.all([
      roomsHere.open([id]),
      rooms.isMember(id, caller.user.id),
      deps.marks.in(id, caller.user.id),
    ]);
    const room = open.get(id);
    // Another device may have left it meanwhile: nobody is attached who is not a member.
    if (!room || !inside) {
      throw new RequestError("not_found", "there is no such room, or it was left meanwhile", {
        field: "room",
      });
    }
    return room.attach(caller, mark ?? allRead(entered.head.n));
  }

  function note(caller: Connection, what: string, room: RoomId): void {
    deps.log.info({ connection: caller.id, user: caller.user.id, room }, what);
  }

  return {
    async "room:create"(caller, { id, name, kind, topic }) {
      const room = id ?? (randomUUID() as string as RoomId);
      const entered = await rooms.create(caller.user, {
        id: room,
        name,
        kind,
        ...(topic ? { topic } : {}),
      });
      note(caller, "room created", room);
      return { room: await showEntered(caller, room, entered) };
    },
    async "room:join"(caller, { room }) {
      const entered = await rooms.join(caller.user, room);
      note(caller, "room joined", room);
      return { room: await showEntered(caller, room, entered) };
    },
    async "room:leave"(caller, { room }) {
      await rooms.leave(caller.user, room);
      note(caller, "room left", room);
      return {};
    },
    async "room:list"(caller, { query = "", cursor }) {
      const [page, mine] = await Promise.all([rooms.directory(query, cursor), rooms.mine(caller.user.id)]);
      const joined = new Set(mine.rooms);
      return {
        rooms: page.rooms.map(({ id, name, topic, members }) => ({
          id,
          name,
          kind: "channel" as const,
          ...(topic === "" ? {} : { topic }),
          members,
          joined: joined.has(id),
        })),
        ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
      };
    },
    async "room:invite"(caller, { room, to }) {
      const user = await deps.findUser(to);
      await rooms.invite(caller.user, room, user);
      note(caller, "somebody invited", room);
      return { user };
    },
    async "room:members"(caller, { room, cursor }) {
      const [facts] = await rooms.describe([room]);
      const standing = ({ id, name }: Person) => {
        const role = facts?.roles.get(id);
        const muted = muteView(facts?.mutes.get(id), deps.nowMs());
        return {
          id,
          name,
          ...(role === undefined ? {} : { role }),
          ...(muted === undefined ? {} : { muted }),
        };
      };
      if (room === lobbyId) {
        const page = await deps.presence.list({
          limit: 100,
          ...(cursor === undefined ? {} : { cursor }),
        });
        return {
          members: page.users.map((user) => ({ ...standing(user), online: true })),
          count: page.count,
          ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
        };
      }
      await deps.requireMember(caller, room);
      const page = await rooms.members(room, cursor);
      const [people, online] = await Promise.all([
        deps.users.people(page.ids),
        deps.presence.online(page.ids),
      ]);
      const here = new Set(online.map((user) => user.id));
      return {
        members: people.map((person) => ({ ...standing(person), online: here.has(person.id) })),
        count: page.count,
        ...(page.cursor === undefined ? {} : { cursor: page.cursor }),
      };
    },
    async "rooms:mine"(caller) {
      return (await deps.prepareMine(caller.user.id, caller.rooms)).attach(caller);
    },
    async "dm:open"(caller, { to }) {
      const user = await deps.findUser(to);
      const entered = await rooms.openDirect(caller.user, {
        id: user.id,
        name: user.name,
      });
      return {
        room: await showEntered(caller, entered.facts.id, entered),
        user,
      };
    },
  };
}
