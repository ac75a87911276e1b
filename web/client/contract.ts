import type {
  Limits,
  Message,
  MessageId,
  NoticePayload,
  Person,
  Preferences,
  ProtocolError,
  RequestAnswer,
  RequestName,
  RequestPayload,
  Room,
  RoomEvent,
  RoomId,
  UserEvent,
} from "../../services/protocol/index.ts";
import type { Change, ChangeName } from "./changes.ts";

/**
 * How one signs in: with the token of an earlier session, or as a guest with a secret of one's own. With both, the
 * token goes first, and name and key come in once the server does not take it any more.
 */
export type Credentials = { token: string } | { name: string; key: string; token?: string };

/** Where the outbox and the session live; `localStorage` fits. A store that throws does not stop a conversation; it is said. */
export interface Store {
  get(key: string): string | null;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** What a message may carry besides its text. */
export type SendExtras = Pick<RequestPayload<"message:send">, "replyTo" | "mentions" | "notify">;

/**
 * A message that this client made and the server has not acknowledged, or has lost again: what was acknowledged is kept
 * for some minutes, and comes back into the outbox when the history of its room was rewound and lacks it.
 */
export interface OutboxEntry {
  readonly id: MessageId;
  readonly room: RoomId;
  readonly text: string;
  /** What else belongs to it. */
  readonly extras?: SendExtras;
  /** When it was written, ISO 8601. */
  readonly at: string;
  /** `waiting`: will be sent by itself. `failed`: the server refused it; retry or discard. */
  readonly state: "waiting" | "failed";
  readonly error?: ProtocolError;
}

/** `ended`: the session is over; signing in again is up to the person. */
export type ConnectionState = "connecting" | "online" | "offline" | "ended";

/** Everything that a client tells those who use it, in the order in which it became true. */
export type ClientEvent =
  | { type: "connection"; state: ConnectionState; error?: ProtocolError }
  /** There is a new token, of a first welcome or a renewal: keep it for the next visit instead of the earlier one. */
  | { type: "token"; token: string }
  /** Once per connection, before anything else of it, `online` included; the rooms in it are the truth about one's rooms. */
  | { type: "welcome"; welcome: NoticePayload<"welcome"> }
  /** Rooms beyond those of the welcome, or rooms that this user came into. */
  | { type: "rooms"; rooms: Room[] }
  | { type: "room-removed"; room: RoomId }
  /** Events that were not told before: consecutive, ascending, each exactly once, `seq` after `seq`. */
  | { type: "events"; room: RoomId; events: RoomEvent[] }
  /** What was known of the room is void; these messages (may be empty) are where it starts again. */
  | { type: "reset"; room: RoomId; messages: Message[]; seq: number }
  /** Newest sequence and message number of a room, however they became known; for unread counts. */
  | { type: "head"; room: RoomId; seq: number; n: number }
  /** Up to which message number this user has read, on whatever device, and how many later messages mention them. */
  | { type: "read"; room: RoomId; n: number; mentions: number }
  /** A message mentions this user, or does not any more; `mentions` counts those that are unread. */
  | { type: "mention"; room: RoomId; n: number; on: boolean; by: Person; mentions: number }
  | { type: "preferences"; preferences: Preferences }
  | { type: "receipt"; receipt: NoticePayload<"room:receipt"> }
  /** `unkept`: the store does not take them, they live no longer than this client. */
  | { type: "outbox"; entries: readonly OutboxEntry[]; unkept?: true }
  /** The server has it, at that place; told again with another place if it was lost and is back. */
  | {
      type: "sent";
      room: RoomId;
      id: MessageId;
      seq: number;
      n: number;
      at: string;
    }
  /** The server takes no more messages into this room for now; those in the outbox follow by themselves. */
  | { type: "slowed"; room: RoomId; retryAfterMs: number; because: "flood" | "slow mode" }
  | {
      type: "users-changed";
      changes: NoticePayload<"users:changes">["changes"];
    }
  | { type: "users-count"; count: number }
  | { type: "typing"; typing: NoticePayload<"room:typing"> }
  /** What this user is about to say was changed on one of their devices. */
  | { type: "draft"; draft: NoticePayload<"me:draft"> }
  | { type: "me-events"; events: UserEvent[] }
  | { type: "degraded"; reason: string }
  | { type: "recovered" }
  | { type: "draining"; reconnectInMs: number };

/**
 * A client of Parley without any user interface: keeps the connection, syncs rooms after each reconnect, and holds
 * what was sent until the server has acknowledged it. Used by the page, the terminal client, bots and tests.
 */
export interface ParleyClient {
  /** Tells the listener everything from now on; the answer stops it. */
  listen(listener: (event: ClientEvent) => void): () => void;
  readonly connection: ConnectionState;
  /** Of the latest welcome. */
  readonly me: { id: string; name: string; number: number } | undefined;
  readonly limits: Limits | undefined;
  readonly outbox: readonly OutboxEntry[];
  /** Rooms as known now, with `seq`, `n`, `read` and `cursor` kept up to date. */
  room(id: RoomId): Room | undefined;
  /** The token to keep for the next visit; undefined before the first welcome. */
  readonly token: string | undefined;
  connect(): void;
  /**
   * Puts a message into the outbox and returns its id at once. It is sent when there is a connection, one at a time
   * per room, in order; a retry carries the same id. Failure other than "away" marks it `failed`.
   */
  send(room: RoomId, text: string, extras?: SendExtras): MessageId;
  retry(id: MessageId): void;
  discard(id: MessageId): void;
  /**
   * Edits, deletes or pins a message, or reacts to it. Without a connection it is refused at once (`unavailable`); once asked
   * for, it is asked for again with the same id until it is known what became of it, and then answered or rejected.
   */
  change<N extends ChangeName>(name: N, change: Change<N>): Promise<RequestAnswer<N>>;
  /** Any request of the protocol. Rejects with `ClientError` (has `.code`, `.field`, `.retryAfterMs`, `.reason`, `.until`). */
  request<R extends RequestName>(name: R, payload: RequestPayload<R>): Promise<RequestAnswer<R>>;
  /** Watches the user list, and again after each reconnect; the answers after reconnects come to `onPage`. */
  watchUsers(
    payload: RequestPayload<"users:watch">,
    onPage: (page: RequestAnswer<"users:watch">) => void,
  ): void;
  /** Ends the session on the server (`DELETE /api/session`) and closes. */
  signOut(): Promise<void>;
  /** Closes the connection; what is in the outbox stays in the store. */
  close(): void;
}
