import type {
  Ban,
  MessageId,
  ProtocolError,
  RequestAnswer,
  RequestPayload,
} from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import type { Look } from "./kept.ts";
import type { KeptMessages } from "./kept-messages.ts";
import type { Membership } from "./membership-actions.ts";
import type { Message, MessageReference, Note, Person, RoomId, Route, User } from "./state/model.ts";

export type ModeratingRequest =
  | "room:update"
  | "room:archive"
  | "room:slow"
  | "room:role"
  | "room:remove"
  | "room:ban"
  | "room:unban"
  | "room:mute"
  | "room:unmute";

type To = RequestPayload<"dm:open">["to"];

/** What went wrong, in words for the person; undefined when nothing did. */
export type Problem = string | undefined;

/** Everything a person can do on the page. Views know nothing else of the world. */
export interface Actions extends Pick<Membership, "listRooms" | "listMembers"> {
  signIn(name: string): void;
  signOut(): void;
  /** From the screen that says that the session is over. */
  signInAgain(): void;
  go(route: Route): void;
  back(): void;
  /** Moves to the next (1) or previous (-1) room of the list. */
  nextRoom(step: 1 | -1): void;
  /** Sends what was typed, or does what it commands. False: that did not work, and it stays in the composer. */
  submit(room: RoomId, typed: string): boolean | Promise<boolean>;
  /** Suggestions for somebody typing whom a message is for. */
  findPeople(query: string): Promise<readonly User[]>;
  /** Who can be mentioned in a room. */
  findMentionable(
    room: RoomId,
    typed: string,
  ): Promise<{ members: readonly Person[]; online: readonly Person[] }>;
  nameOf(room: RoomId, id: string): string | undefined;
  /** Something was typed into a room's composer, and is this now. */
  typed(room: RoomId, text: string): void;
  /** Makes a message, and all after it, unread again. */
  markUnread(room: RoomId, message: Message): void;
  markRead(room: RoomId): void;
  markAllRead(): void;
  /** Whether others see how far one has read, and one sees it of them. */
  showReceipts(receipts: boolean): void;
  /** Asks the browser to let this page notify; answers whether it may. */
  allowNotifications(): Promise<boolean>;
  /** Brings the first new message on screen, however far up it is. */
  toFirstNew(room: RoomId): Promise<void>;
  retry(id: MessageId): void;
  discard(id: MessageId): void;
  /** Puts a message of one's own into the composer, to be changed there. */
  startEditing(room: RoomId, message: Message): void;
  /** Sends a reply into a thread. False: that did not work, and it stays in the composer. */
  answer(room: RoomId, thread: MessageReference, text: string): boolean | Promise<boolean>;
  /** Threads, pins and what one saved: what it takes comes when somebody first asks. */
  keptMessages(): Promise<KeptMessages>;
  learnBans(): Promise<void>;
  /** What is sent next into the room answers this message. */
  startReplying(room: RoomId, message: Message): void;
  stopReplying(room: RoomId): void;
  /** Reads a message that was answered further back than what is at hand. */
  loadQuoted(room: RoomId, of: MessageReference): void;
  /** Brings a message on screen, however far up it is; `from`: the message to which one may want to come back. */
  toMessage(room: RoomId, of: MessageReference, from?: MessageId): Promise<void>;
  /** Back to where one was before. */
  backToMessage(room: RoomId): void;
  /** The last message of one's own; nothing when none is at hand. */
  editLast(room: RoomId): void;
  stopEditing(room: RoomId): void;
  /** False: that did not work, and it stays in the composer. */
  edit(room: RoomId, message: Message, text: string): Promise<boolean>;
  remove(room: RoomId, message: Message): Promise<Problem>;
  /** Adds a reaction or takes it back. */
  react(room: RoomId, message: Message, emoji: string, on: boolean): void;
  whoReacted(
    room: RoomId,
    message: Message,
    emoji: string,
    cursor?: RequestPayload<"message:reactions">["cursor"],
  ): Promise<RequestAnswer<"message:reactions">>;
  /** What a message said before; `before`: only what is older than that version. */
  listVersions(room: RoomId, message: Message, before?: number): Promise<RequestAnswer<"message:versions">>;
  /** Emoji used last, the newest first. */
  recentEmoji(): readonly string[];
  usedEmoji(emoji: string): void;
  /** Into the clipboard. */
  copy(text: string): void;
  loadOlder(room: RoomId): void;
  scrolled(room: RoomId, to: "up" | "down" | "newest" | "away"): void;
  searchPeople(query: string): void;
  showPeople(firstRow: number, lastRow: number): void;
  openDirect(to: To): void;
  create(kind: "channel" | "private", name: string, topic: string): Promise<Problem>;
  join(room: RoomId): Promise<Problem>;
  leave(room: RoomId): Promise<Problem>;
  invite(room: RoomId, name: string): Promise<Problem>;
  /** Does something to a room that one moderates, or to somebody in it. */
  moderate<R extends ModeratingRequest>(request: R, payload: RequestPayload<R>): Promise<Problem>;
  /** What was done by those who moderate the room, newest first. */
  listActs(
    room: RoomId,
    cursor?: RequestPayload<"room:audit">["cursor"],
  ): Promise<RequestAnswer<"room:audit">>;
  listBans(room: RoomId): Promise<readonly Ban[]>;
  setStatus(status: RequestPayload<"status:set">): Promise<Problem>;
  /** What was being typed at that place: a room, or an edit. */
  draft(place: string): string;
  keepDraft(place: string, text: string): void;
  /** Hears what was written at that place on another device or in another tab; the answer stops it. */
  watchDraft(place: string, listener: (text: string) => void): () => void;
  look(): Look;
  setLook(look: Look): void;
  /** Follows the newest message again. */
  toNewest(): void;
  /** Brings the search for people up. */
  findSomebody(): void;
  note(text: string, tone?: Note["tone"]): void;
  dismissNote(): void;
  say(text: string): void;
  reload(): void;
  openDialog(dialog: DialogName): void;
}

/** A dialog about one message of the room on screen. */
export type MessageDialogName =
  | { readonly name: "delete-message" | "message-versions"; readonly message: Message }
  /** Who reacted, first with this emoji. */
  | { readonly name: "message-reactions"; readonly message: Message; readonly emoji: string }
  /** The choice of an emoji to react with, beside that place. */
  | { readonly name: "react"; readonly message: Message; readonly anchor: DOMRect };

/** A dialog about somebody in the room on screen. */
export interface PersonDialogName {
  readonly name: "remove" | "mute" | "ban";
  readonly person: Person;
}

/** A dialog about the room on screen. */
export type RoomDialogName = "edit-room" | "archive" | "acts";

export type DialogName =
  | RoomDialogName
  | PersonDialogName
  | "create"
  | "directory"
  | "help"
  | "settings"
  | "invite"
  | "leave"
  | "status"
  | "switcher"
  | "pins"
  | "saved"
  | "threads"
  | MessageDialogName;

/** The client of whoever is signed in. */
export function needed(client: ParleyClient | undefined): ParleyClient {
  if (client === undefined) throw new Error("not signed in");
  return client;
}

/** Runs it; answers with the problem in words. */
export async function attempt(run: () => Promise<void>): Promise<Problem> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return problemOf(error);
  }
}

/** An error of the protocol, or of the way to the server, in words that say what to do. */
export function problemOf(error: unknown): string {
  const { code, message, retryAfterMs, reason } = error as Partial<ProtocolError>;
  if (reason === "banned") return "They are banned from this room. Lift that first.";
  switch (code) {
    case "rate_limited":
      return `That was a little fast. Try again in ${secondsIn(retryAfterMs)}.`;
    case "unavailable":
      return "That did not reach the server. Try again in a moment.";
    case "internal":
      return "Something went wrong on the server. Try again.";
    case undefined:
      return "That did not work. Try again.";
    default:
      return message === undefined ? "That did not work." : sentence(message);
  }
}

/** The server's words are parts of sentences, for programs to put theirs around. */
const sentence = (text: string) => `${text[0]?.toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`;

/** Why a text cannot be sent; `limit` in bytes, 0 or undefined: none. */
export function tooLong(text: string, limit = 0): Problem {
  const bytes = new TextEncoder().encode(text).length;
  if (limit === 0 || bytes <= limit) return undefined;
  // The limit is in bytes, which say nothing to a person: how many characters like these that is.
  const over = Math.ceil(((bytes - limit) / bytes) * text.length);
  return `This message is too long to send. Shorten it by ${over} characters, or send it in parts.`;
}

export function secondsIn(ms = 1_000): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  return seconds === 1 ? "1 second" : `${seconds} seconds`;
}
