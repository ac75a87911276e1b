import type { Entry, LogName, Position } from "../logs/index.ts";
import {
  lobbyId,
  type Person,
  RequestError,
  type Room,
  type RoomEvent,
  type RoomId,
  type UserId,
} from "../protocol/index.ts";
import { type Mark, type RoomFacts, type Rooms, roomView } from "../rooms/index.ts";
import type { Users } from "../users/index.ts";
import type { Audience, Audiences } from "./delivery/audience.ts";
import type { Connection } from "./delivery/connection.ts";

/** The rooms that somebody on this node follows, with what is known of them; kept true by the rooms' own logs. */
export interface RoomsHere {
  /** Follows rooms, so that `attach` can be called for each right after. Rooms that do not exist are left out. */
  open(rooms: readonly RoomId[]): Promise<Map<RoomId, OpenRoom>>;
  /** Told every event of every room followed here. */
  learn(name: LogName, entry: Entry): void;
  /** How many members the room has, as far as it is known here; 0 when nothing is. */
  members(room: RoomId): number;
  /** What is known of the room may be wrong. */
  forget(name: LogName): void;
}

export interface OpenRoom {
  /** Attaches a connection and shows the room from where its live events go on. */
  attach(connection: Connection, mark: Mark): Room;
  readonly audience: Audience;
}

interface Known {
  facts: RoomFacts;
  /** The two of a direct conversation. */
  readonly people: readonly Person[];
}

/** Events after which what is known of a room is not true any more. */
const changesFacts: ReadonlySet<string> = new Set<RoomEvent["type"]>([
  "member",
  "room",
  "role",
  "mute",
  "unmute",
]);

export function createRoomsHere(deps: {
  audiences: Audiences;
  rooms: Rooms;
  users: Users;
  /** How many are in the lobby: everybody online. */
  online: () => number;
  nowMs: () => number;
}): RoomsHere {
  const known = new Map<string, Known>();
  /** Rooms whose facts changed since they were read; read again when somebody is next shown the room. */
  const stale = new Set<string>();
  const logOf = (id: RoomId): LogName => ({ kind: "room", id });

  async function load(ids: readonly RoomId[]): Promise<void> {
    const wanted = ids.filter((id) => !known.has(id) || stale.has(id));
    if (wanted.length === 0) return;
    // Before reading: what changes from here on may or may not be in what is read, and is read again.
    for (const id of wanted) stale.delete(id);
    for (const room of await deps.rooms.describe(wanted)) {
      if (!room) continue;
      const people =
        known.get(room.id)?.people ??
        (room.kind === "direct" ? await deps.users.people((await deps.rooms.members(room.id)).ids) : []);
      known.set(room.id, { facts: room, people });
    }
  }

  function show(id: RoomId, viewer: UserId, position: Position, mark: Mark): Room {
    const room = known.get(id);
    if (!room) throw new RequestError("internal", "the room was closed while it was being shown");
    const facts = { ...room.facts, members: members(id) };
    const peer = room.people.find((person) => person.id !== viewer);
    return roomView(facts, position, { viewer, mark, nowMs: deps.nowMs(), peer });
  }

  function members(id: RoomId): number {
    return id === lobbyId ? deps.online() : (known.get(id)?.facts.members ?? 0);
  }

  return {
    members,
    async open(ids) {
      // Followed first, read second: an event that changes what is read is then either in it or still to come.
      const audiences = await Promise.all(ids.map((id) => deps.audiences.of(logOf(id))));
      await load(ids);
      const open = new Map<RoomId, OpenRoom>();
      for (const [i, id] of ids.entries()) {
        const audience = audiences[i];
        if (!audience || !known.has(id)) continue;
        open.set(id, {
          audience,
          attach(connection, mark) {
            const position = audience.attach(connection);
            connection.rooms.add(id);
            return show(id, connection.user.id, position, mark);
          },
        });
      }
      return open;
    },
    learn(name, entry) {
      if (name.kind !== "room" || !changesFacts.has(entry.type)) return;
      stale.add(name.id);
      const room = known.get(name.id);
      if (entry.type !== "member" || !room) return;
      // Near enough until it is read again.
      const change = (JSON.parse(`{${entry.body}`) as { joined: boolean }).joined ? 1 : -1;
      room.facts = { ...room.facts, members: Math.max(0, room.facts.members + change) };
    },
    forget(name) {
      if (name.kind !== "room") return;
      known.delete(name.id);
      stale.delete(name.id);
    },
  };
}
