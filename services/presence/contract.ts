import type {
  OwnStatus,
  PageCursor,
  Person,
  RequestInput,
  SessionId,
  User,
  UserId,
} from "../protocol/index.ts";

/** One connection of one user, as a node registers it. */
export interface PresentConnection {
  /** Random, 16 hexadecimal digits; unique in the cluster. */
  readonly id: string;
  readonly user: Person;
  readonly session: SessionId;
  /** Address that the client came from. */
  readonly address: string;
}

export interface UserPage {
  readonly users: User[];
  /** Everybody online. */
  readonly count: number;
  readonly cursor?: PageCursor;
}

/** What a node reports about itself with each heartbeat, for `GET /api/cluster`. */
export interface NodeVitals {
  readonly connections: number;
  readonly rooms: number;
  readonly messagesPerSecond: number;
  readonly eventLoopDelayMs: number;
}

/** One numbered step of the list, as the presence service published it. */
export interface PresenceDelta {
  readonly changes: readonly {
    readonly user: User;
    readonly online: boolean;
  }[];
  /** Everybody online after this step. */
  readonly count: number;
}

/** Who is here, as a chat node uses it. Every method that asks Redis rejects with `RequestError` `unavailable` without it. */
export interface Presence {
  /** Takes the lease and keeps it, and follows the list; resolves once both work. */
  start(): Promise<void>;
  /**
   * Registers a connection: its user is online from now on, with a number. Kept locally and registered again after
   * every interruption until `leave` is called, so a rejected call still counts once Redis is back.
   */
  enter(connection: PresentConnection): Promise<{ number: number; count: number; status: OwnStatus }>;
  /** The connection is gone: its user leaves after a grace period unless there is another. Never rejects; repaired later. */
  leave(connectionId: string): void;
  /** What the person at this connection says of themselves; a user is away when all of their connections are. */
  setStatus(connectionId: string, status: "online" | "away"): Promise<void>;
  /** What a person says of themselves on all of their devices, and how others are shown them; replaces what was set before. */
  describe(user: UserId, status: RequestInput<"status:set">): Promise<OwnStatus>;
  /** When those who are not shown as here were last seen, as far as they let others know. */
  lastSeen(users: readonly UserId[]): Promise<Map<UserId, string>>;
  /** A session has ended: its connections leave at once, on every node, without grace. Answers whether the user is gone. */
  signOut(user: UserId, session: SessionId): Promise<boolean>;
  /** A page of who is online, by folded name; O(log n + page). */
  list(page: { query?: string; cursor?: PageCursor; limit: number }): Promise<UserPage>;
  /** Somebody online by number; undefined when nobody has it. */
  byNumber(number: number): Promise<User | undefined>;
  /** Those of the given who are online. */
  online(ids: readonly UserId[]): Promise<User[]>;
  /** Everybody online, as of the latest delta. */
  readonly count: number;
  /** Why presence does not work at the moment, in a few words; undefined: it does. */
  readonly trouble: string | undefined;
  /** Told every delta in order, exactly once. */
  onDelta(listener: (delta: PresenceDelta) => void): void;
  /** Told when deltas were lost for good: whoever watches must read again. */
  onInterruption(listener: () => void): void;
  /** What the administrator sees; users by folded name, 100 a page. */
  report(cursor?: PageCursor): Promise<PresenceReport>;
  /** Marks what is left of this node's connections as leaving, with their grace, gives the lease back and stops. */
  stop(): Promise<void>;
}

export interface PresenceReport {
  readonly nodes: readonly (NodeVitals & {
    readonly id: string;
    readonly pid: number;
    readonly host: string;
    readonly version: string;
    /** ISO 8601. */
    readonly since: string;
  })[];
  readonly leader: {
    readonly id: string;
    readonly pid: number;
    readonly since: string;
    readonly standbys: number;
  } | null;
  readonly users: readonly (User & {
    readonly address: string;
    readonly node: string;
    readonly devices: number;
  })[];
  readonly cursor?: PageCursor;
}
