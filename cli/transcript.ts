import type {
  Message,
  OwnBan,
  OwnRemoval,
  Room,
  RoomEvent,
  User,
  UserEvent,
} from "../services/protocol/index.ts";
import { atWords, untilWords } from "../web/client/until-words.ts";

/**
 * What others wrote, safe for a terminal: without the characters that would move its cursor, change its colours or
 * turn the direction of writing. Further lines are indented, so that no text can look like somebody else's message.
 */
export function printable(text: string): string {
  return text
    .split(/\r\n|[\r\n\u2028\u2029]/)
    .map((line) => line.replaceAll("\t", "    ").replace(/(?![\u200c\u200d])[\p{Cc}\p{Cf}]/gu, ""))
    .join("\n    ");
}

type Spoken = Pick<Extract<RoomEvent, { type: "message" }> | Message, "by" | "text">;

/** `[lobby] bob: hello`; what is said in private to this user only is marked as direct. Still to be made printable. */
export function spokenLine(
  room: Pick<Room, "name" | "kind"> | undefined,
  message: Spoken,
  mine: boolean,
): string {
  const place =
    room?.kind !== "direct" ? (room?.name ?? "a room") : mine ? `direct to ${oneLine(room.name)}` : "direct";
  return printable(`[${oneLine(place)}] ${oneLine(message.by.name)}: ${message.text ?? "(deleted)"}`);
}

/** What is unread in which rooms, and how much of it is for this person; undefined when nothing is. */
export function unreadLine(
  rooms: readonly Pick<Room, "name" | "kind" | "n" | "read" | "mentions">[],
): string | undefined {
  const unread = rooms.filter((room) => room.n > room.read);
  if (unread.length === 0) return undefined;
  const each = unread.map(({ name, kind, n, read, mentions = 0 }) => {
    const count = n - read;
    if (kind === "direct") return `${count} from ${oneLine(name)}`;
    return `${count} in ${oneLine(name)}${mentions === 0 ? "" : ` (${mentions} for you)`}`;
  });
  return `Unread: ${each.join(", ")}.`;
}

type Change = Extract<RoomEvent, { type: "edit" | "delete" | "reaction" }>;

/**
 * `[lobby] bob reacted with 👍 to ada: hello`. What was deleted is not said again.
 *
 * @param changed the message as it was, if it was seen here
 */
export function changeLine(place: string, change: Change, changed: Spoken | undefined): string | undefined {
  const said =
    changed?.text === undefined ? "an earlier message" : `${changed.by.name}: ${shorten(changed.text)}`;
  const what = changeWords(change, oneLine(said));
  return what === undefined ? undefined : printable(`[${oneLine(place)}] ${oneLine(change.by.name)} ${what}`);
}

function changeWords(change: Change, said: string): string | undefined {
  switch (change.type) {
    case "edit":
      // Without a text the message was deleted since, which is told next.
      return change.text === undefined ? undefined : `changed a message to: ${change.text}`;
    case "delete":
      return "deleted a message";
    case "reaction":
      return `${change.on ? "reacted with" : "took back"} ${oneLine(change.emoji)} ${change.on ? "to" : "from"} ${said}`;
  }
}

/** `ada banned you from garden until …: spam.` Undefined when somebody left by themselves. */
export function removalLine(
  place: string,
  { by, how, until = null, reason }: Extract<UserEvent, { type: "room_removed" }>,
): string | undefined {
  if (how === undefined) return undefined;
  const why = reason ? `: ${oneLine(reason)}` : "";
  const what =
    how === "banned"
      ? `banned you from ${oneLine(place)} ${untilWords(until)}`
      : `removed you from ${oneLine(place)}`;
  return printable(`${oneLine(by.name)} ${what}${why}.`);
}

/** `You are banned from garden until …, by ada: spam.` */
export function bannedLine({ room, by, until, reason }: OwnBan): string {
  const why = reason ? `: ${oneLine(reason)}` : "";
  return printable(
    `You are banned from ${oneLine(room.name)} ${untilWords(until)}, by ${oneLine(by.name)}${why}.`,
  );
}

/** `ada removed you from garden at 14:05.` */
export function removedLine({ room, by, at }: OwnRemoval): string {
  return printable(`${oneLine(by.name)} removed you from ${oneLine(room.name)} ${atWords(at)}.`);
}

/** `ada muted you in garden until ….` Undefined when that is over. */
export function muteLine(
  place: string,
  { at, by, seconds }: Extract<RoomEvent, { type: "mute" }>,
  nowMs: number,
): string | undefined {
  const endMs = seconds === null ? undefined : Date.parse(at) + seconds * 1_000;
  if (endMs !== undefined && endMs <= nowMs) return undefined;
  const until = untilWords(endMs === undefined ? null : new Date(endMs).toISOString());
  return printable(`${oneLine(by.name)} muted you in ${oneLine(place)} ${until}.`);
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** `#3 ada`, as it is shown before something is sent to that person. */
export function personLabel(user: Pick<User, "name" | "number">): string {
  return user.number === null
    ? `${oneLine(user.name)} (not online)`
    : `#${user.number} ${oneLine(user.name)}`;
}

/** One line per person: number, name, status. */
export function userLines(users: readonly User[], me: string | undefined): string[] {
  const rows = users.map((user) => ({
    number: user.number === null ? "" : `#${user.number}`,
    name: oneLine(user.name),
    status: user.id === me ? `${user.status} (you)` : user.status,
  }));
  const numberWidth = Math.max(0, ...rows.map((row) => row.number.length));
  const nameWidth = Math.max(0, ...rows.map((row) => row.name.length));
  return rows.map(
    ({ number, name, status }) => `${number.padStart(numberWidth)}  ${name.padEnd(nameWidth)}  ${status}`,
  );
}

function oneLine(text: string): string {
  return printable(text.replace(/\s+/g, " "));
}
