import { cursorOf, type LogName, type Logs, type Position } from "../logs/index.ts";
import type { Logger } from "../platform/index.ts";
import type { Presence } from "../presence/index.ts";
import type { Limits, RoomId, UserId } from "../protocol/index.ts";
import type { PreferencesOfUsers, SessionClaims } from "../users/index.ts";
import type { Audience, Audiences } from "./delivery/audience.ts";
import type { Connection } from "./delivery/connection.ts";
import { encodeNotice } from "./delivery/frame.ts";
import type { PreparedRooms, PrepareMine } from "./own-rooms.ts";
import type { Sessions } from "./sessions.ts";

/** Greeting those who sign in. */
export interface Welcomes {
  /** Begins to read what their welcome tells, as soon as it is known who they are: one after the other, it takes many times as long. */
  prepare(claims: SessionClaims): Preparation;
  /** Puts them on the list, attaches the connection to its logs, and tells it where they stand. */
  greet(connection: Connection, preparation: Preparation, token: string | undefined): Promise<void>;
}

export interface Preparation {
  readonly claims: SessionClaims;
  /** Rejects with `unauthorized` when the session was signed out. */
  readonly standing: Promise<void>;
  readonly ready: Promise<[Audience, Own]>;
}

/** What is kept with a user, as it was when their own log stood there, or later. */
interface Own {
  readonly position: Position;
  readonly rooms: PreparedRooms;
  readonly receipts: boolean;
}

const noRooms: ReadonlySet<RoomId> = new Set();
/** Whoever is brought into rooms faster than that is told of the last ones by their own log alone. */
const readAgainAtMost = 5;

export function createWelcomes(deps: {
  logs: Logs;
  audiences: Audiences;
  sessions: Pick<Sessions, "requireStanding">;
  preferences: PreferencesOfUsers;
  presence: Presence;
  prepareMine: PrepareMine;
  node: { id: string; version: string };
  clientLimits: Limits;
  nowMs: () => number;
  log: Logger;
}): Welcomes {
  const { presence } = deps;
  const ownLog = (user: UserId): LogName => ({ kind: "user", id: user });

  /**
   * The position is asked for first. So whatever changes the rest afterwards is told by an event after it: a room that they
   * come into, and also that the session is signed out.
   */
  function read(claims: SessionClaims): { standing: Promise<void>; own: Promise<Own> } {
    const { user } = claims;
    const heads = deps.logs.heads([ownLog(user.id)]);
    const standing = deps.sessions.requireStanding(claims);
    const preferences = deps.preferences.of([user.id]);
    const rooms = deps.prepareMine(user.id, noRooms);
    const own = Promise.all([heads, preferences, rooms, standing]).then(([[position], [chosen], rooms]) => {
      if (!position) throw new Error("a head was asked for and not answered");
      return { position, rooms, receipts: chosen?.receipts ?? true };
    });
    return { standing, own };
  }

  return {
    prepare(claims) {
      const following = deps.audiences.of(ownLog(claims.user.id));
      const { standing, own } = read(claims);
      const ready = Promise.all([following, own]);
      // Who is not let in is not greeted either, and nobody asks what became of this.
      ready.catch(() => {});
      return { claims, standing, ready };
    },
    async greet(connection, { claims, ready }, token) {
      if (!connection.open) return;
      const { id, session, user, address } = connection;
      const [entered, [following, prepared]] = await Promise.all([
        presence.enter({ id, user, session, address }),
        ready,
      ]);
      // A room that they came into since is either in the welcome or in an event after the position that it names.
      let own = prepared;
      for (let i = 0; following.position().seq > own.position.seq && i < readAgainAtMost; i++)
        own = await read(claims).own;
      if (!connection.open) return;
      connection.status = entered.status;
      connection.receipts = own.receipts;
      const { rooms, moreRooms } = own.rooms.attach(connection);
      const notice = encodeNotice("welcome", {
        user: { id: user.id, name: user.name, number: entered.number },
        ...(token === undefined ? {} : { token }),
        node: deps.node.id,
        rooms,
        ...(moreRooms === undefined ? {} : { moreRooms }),
        me: cursorOf(following.attach(connection)),
        status: entered.status,
        online: presence.count,
        preferences: { receipts: connection.receipts },
        limits: deps.clientLimits,
        serverTime: new Date(deps.nowMs()).toISOString(),
        version: deps.node.version,
      });
      connection.send(notice);
      deps.log.info({ connection: id, user: user.id, rooms: connection.rooms.size }, "connected");
    },
  };
}
