import type {
  Limits,
  Message,
  MessageId,
  OwnStatus,
  PageCursor,
  Person,
  Preferences,
  ProtocolError,
  RequestAnswer,
  Room,
  RoomEvent,
  RoomId,
  User,
} from "../../../services/protocol/index.ts";
import type { ClientEvent, ConnectionState, OutboxEntry } from "../../client/contract.ts";
import type { RoomAttention } from "./attention.ts";
import { noStatus } from "./status.ts";

/** The channel that everybody is in; the protocol's own constant would bring its schemas into the bundle. */
export const lobbyId = "lobby" as RoomId;

export type MemberEvent = Extract<RoomEvent, { type: "member" }>;
export type RoomChange = Extract<RoomEvent, { type: "room" }>;
/** What those who moderate did to people in the room. */
export type PersonChange = Extract<RoomEvent, { type: "role" | "mute" | "unmute" | "unban" }>;
export type MessageChange = Extract<RoomEvent, { type: "edit" | "delete" | "reaction" }>;

/** What a timeline shows one after the other. */
export type Entry = Message | MemberEvent | RoomChange | PersonChange;

export interface Timeline {
  /** Ascending by `seq`, each once. */
  readonly entries: readonly Entry[];
  /** The newest entries while one reads so far up that `entries` ends before them; else empty. */
  readonly tail: readonly Entry[];
  /** What is known of older messages; `unknown` until the room was opened. */
  readonly history: "unknown" | "loading" | "more" | "complete" | "failed";
  /** Latest edits, deletions and reactions, for pages of history that were read before they happened. */
  readonly changes: readonly MessageChange[];
  /** `seq` of the last entry to draw while one reads further up; null while one follows the newest. */
  readonly end: number | null;
  /** Number of the last message that was drawn before or since one scrolled away from the newest. */
  readonly seen: number;
  /** Number of the last message that was read when the room was opened: the "new" line comes after it. */
  readonly newAfter: number | null;
  /** What one was taken to last: a new one each time, to be brought into view. */
  readonly goTo: { readonly key: string } | null;
  /** The message from which one was taken elsewhere, to find the way back. */
  readonly cameFrom: MessageId | null;
  /** Messages that were answered, read apart because `entries` does not reach them; ascending by `seq`. */
  readonly quoted: readonly Entry[];
}

export interface Me {
  readonly id: Person["id"];
  readonly name: string;
  readonly number: number;
}

/** A position in the list of people from which it can be watched. */
export interface Mark {
  readonly cursor: PageCursor | undefined;
  /** Folded name of the last person before this position; empty at the top. */
  readonly after: string;
}

export interface People {
  readonly query: string;
  /** Everybody online. */
  readonly count: number;
  /** A stretch of the list from its top, ordered by folded name. */
  readonly known: readonly User[];
  /** Whether `known` reaches the end of the list. */
  readonly complete: boolean;
  readonly marks: readonly Mark[];
  /** Latest that was heard of anybody, also outside the stretch: status of people one talks with. */
  readonly heardOf: Readonly<Record<string, User>>;
}

export interface Link {
  readonly state: ConnectionState;
  readonly sinceMs: number;
  /** Whether this visit has ever been online. */
  readonly everOnline: boolean;
  /** When the connection came back after an interruption that was shown; null otherwise. */
  readonly backAtMs: number | null;
  /** Until when an interruption is expected, because the node said that it goes away. */
  readonly quietUntilMs: number;
  readonly degraded: string | null;
}

export interface Route {
  readonly room: RoomId | null;
  readonly about: boolean;
  /** The message with which the thread on screen began. */
  readonly thread?: MessageReference;
}

/** A thread that one follows. */
export type FollowedThread = RequestAnswer<"threads:list">["threads"][number];

/** A sentence for the person: an outcome of something that they did. */
export interface Note {
  readonly key: number;
  readonly text: string;
  readonly tone: "plain" | "error";
}

/** How somebody came out of a room that they were in. */
export interface Goodbye {
  readonly how: "left" | "removed" | "banned";
  /** What was known of the room. */
  readonly room: Pick<Room, "name" | "kind"> | undefined;
  /** Who did it; undefined: nobody else, or nobody knows. */
  readonly by?: string | undefined;
  /** When a removal was, in words; undefined: just now. */
  readonly when?: string | undefined;
  /** When a ban ends, ISO 8601; null: not by itself. */
  readonly until?: string | null | undefined;
  readonly reason?: string | undefined;
}

export type Phase =
  | { readonly name: "signed-out"; readonly error?: ProtocolError }
  | { readonly name: "signing-in"; readonly as: string | null }
  | { readonly name: "signed-in" }
  | { readonly name: "ended"; readonly error?: ProtocolError };

export interface State {
  /** The message of a room that the composer changes at the moment. */
  readonly editing: Readonly<Record<RoomId, Message>>;
  /** The message of a room that one is about to answer. */
  readonly replying: Readonly<Record<RoomId, Message>>;
  readonly phase: Phase;
  readonly me: Me | null;
  readonly link: Link;
  readonly limits: Limits | null;
  readonly preferences: Preferences;
  readonly attention: Readonly<Record<RoomId, RoomAttention>>;
  readonly serverVersion: string | null;
  readonly rooms: Readonly<Record<RoomId, Room>>;
  readonly timelines: Readonly<Record<RoomId, Timeline>>;
  readonly outbox: readonly OutboxEntry[];
  /** The browser does not keep it: closing the page loses it. */
  readonly outboxUnkept: boolean;
  /** Acknowledged or taken out of the outbox, not yet seen as an event: shown until the event arrives. */
  readonly settling: readonly OutboxEntry[];
  readonly people: People;
  /** What one has set about oneself. */
  readonly own: OwnStatus;
  /** Nobody has touched this page for a while. */
  readonly idle: boolean;
  readonly route: Route;
  /** Until when the server takes no messages into a room because there were too many. */
  readonly slowedUntilMs: Readonly<Record<RoomId, number>>;
  /** When one's last message into a room with slow mode was taken, by this machine's clock. */
  readonly spokeAtMs: Readonly<Record<RoomId, number>>;
  /** Rooms that one is out of since this page was opened. */
  readonly goodbyes: Readonly<Record<RoomId, Goodbye>>;
  /** Rooms that a welcome did not name any more, as they were known; one's own log says next what happened. */
  readonly formerRooms: Readonly<Record<RoomId, Room>>;
  /** Why one's word was taken, for the mute that ends then. */
  readonly muteReasons: Readonly<Record<RoomId, { readonly until: string | null; readonly reason: string }>>;
  /** Rooms of a link that turned out not to be there for this person. */
  readonly missing: Readonly<Record<RoomId, ProtocolError>>;
  /** Those that one follows, the latest reply first; as far as they were read. */
  readonly threads: readonly FollowedThread[];
  readonly note: Note | null;
  /** For a screen reader: what arrived last. */
  readonly announcement: string;
}

export type UiAction =
  /** Brings the first new message on screen. */
  | { type: "went-to-new"; room: RoomId }
  /** Nothing in the room is to look new any more. */
  | { type: "new-seen"; room: RoomId }
  | { type: "receipts"; room: RoomId; receipts: RequestAnswer<"room:receipts">["receipts"] }
  | { type: "sign-in-started"; as: string | null }
  | { type: "sign-in-failed"; error?: ProtocolError }
  | { type: "signed-out" }
  | { type: "navigated"; route: Route }
  | { type: "left-room-view"; room: RoomId }
  | { type: "looked-away"; room: RoomId }
  | { type: "history-loading"; room: RoomId }
  | {
      type: "history-loaded";
      room: RoomId;
      page: RequestAnswer<"room:history">;
      /** Before which `seq` it was read. */
      before?: number | undefined;
    }
  /** What follows the last entry that is held. */
  | { type: "newer-loaded"; room: RoomId; after: number; page: RequestAnswer<"room:history"> }
  | { type: "history-failed"; room: RoomId }
  | { type: "scrolled"; room: RoomId; to: "up" | "down" | "newest" | "away" }
  | { type: "room-missing"; room: RoomId; error: ProtocolError }
  /** What keeps one out of rooms, as it was learned late. */
  | { type: "goodbyes"; goodbyes: State["goodbyes"] }
  | { type: "discarding"; id: MessageId }
  | { type: "editing"; room: RoomId; message: Message | null }
  | { type: "replying"; room: RoomId; message: Message | null }
  /** Answered messages that the timeline does not reach. */
  | { type: "quoted"; room: RoomId; messages: readonly Message[] }
  /** Brings a message on screen; `from`: where one was; `around`: what was read to get there. */
  | {
      type: "went-to";
      room: RoomId;
      id: MessageId;
      from: MessageId | null;
      around?: readonly Message[];
    }
  | { type: "threads"; threads: readonly FollowedThread[] }
  | { type: "people-query"; query: string }
  | {
      type: "people-page";
      query: string;
      from: Mark;
      /** As asked for; whoever of `ids` is online follows the page. */
      limit: number;
      ids: readonly Person["id"][];
      page: RequestAnswer<"users:watch">;
    }
  | { type: "person-seen"; user: User }
  | { type: "status-set"; status: OwnStatus }
  | { type: "idle"; idle: boolean }
  | { type: "people-seen"; seen: RequestAnswer<"users:seen">["seen"] }
  | { type: "noted"; note: Note | null }
  | { type: "announced"; text: string };

export type Action = ClientEvent | UiAction;

/** Names a message. */
export type MessageReference = NonNullable<Message["replyTo"]>;

export type { Message, MessageId, OutboxEntry, OwnStatus, Person, Room, RoomEvent, RoomId, User };

export const emptyTimeline: Timeline = {
  entries: [],
  tail: [],
  history: "unknown",
  changes: [],
  end: null,
  seen: 0,
  newAfter: null,
  goTo: null,
  cameFrom: null,
  quoted: [],
};

export const topMark: Mark = { cursor: undefined, after: "" };

export const noPeople: People = {
  query: "",
  count: 0,
  known: [],
  complete: false,
  marks: [topMark],
  heardOf: {},
};

export const initialState: State = {
  editing: {},
  replying: {},
  phase: { name: "signed-out" },
  me: null,
  link: {
    state: "offline",
    sinceMs: 0,
    everOnline: false,
    backAtMs: null,
    quietUntilMs: 0,
    degraded: null,
  },
  limits: null,
  preferences: { receipts: true },
  attention: {},
  serverVersion: null,
  rooms: {},
  timelines: {},
  outbox: [],
  outboxUnkept: false,
  settling: [],
  people: noPeople,
  own: noStatus,
  idle: false,
  route: { room: null, about: false },
  slowedUntilMs: {},
  spokeAtMs: {},
  goodbyes: {},
  formerRooms: {},
  muteReasons: {},
  missing: {},
  threads: [],
  note: null,
  announcement: "",
};
