import { type CommandDescription, completeCommand } from "../../client/commands.ts";
import type { Person, User } from "./model.ts";
import { foldName } from "./people.ts";

/** What could be completed in a composer, by what stands before its caret. */
export type Completable =
  | { readonly kind: "command"; readonly options: readonly CommandDescription[] }
  | { readonly kind: "person"; readonly typed: string }
  | { readonly kind: "room"; readonly typed: string }
  | { readonly kind: "mention"; readonly typed: string }
  | { readonly kind: "emoji"; readonly typed: string };

export interface Suggestion {
  readonly key: string;
  /** What stands before the caret once it is taken. */
  readonly becomes: string;
  readonly label: string;
  readonly detail: string;
}

/** `commands`: whether this can become a command; what is changed is a text, whatever it starts with. */
export function completable(text: string, commands = true): Completable | undefined {
  const emoji = startedEmoji(text);
  if (emoji !== undefined) return { kind: "emoji", typed: emoji };
  if (!commands) return mentionable(text);
  const options = completeCommand(text);
  if (options.length > 0) return { kind: "command", options };
  const person = /^\/msg\s+["“„]?@?([^"“„”\n]{0,64})$/iu.exec(text);
  if (person?.[1] !== undefined && !/\s$/.test(person[1])) return { kind: "person", typed: person[1] };
  const room = /^\/join\s+["“„]?#?([^"“„”\n]{1,64})$/iu.exec(text);
  if (room?.[1] !== undefined) return { kind: "room", typed: room[1] };
  return mentionable(text);
}

/** Names may hold spaces, so what follows the "@" is looked up as it is; what fits nobody suggests nothing. */
function mentionable(text: string): Completable | undefined {
  const typed = /(?:^|[^\p{L}\p{M}\p{N}_.@/-])@([\p{L}\p{M}\p{N}._-]*(?: [\p{L}\p{M}\p{N}._-]*){0,5})$/u.exec(
    text,
  )?.[1];
  return typed === undefined || typed.length > 32 ? undefined : { kind: "mention", typed };
}

/** Members first, by name; then who is online and not in the room; then everybody at once. */
export function mentionSuggestions(
  text: string,
  typed: string,
  who: {
    members: readonly Person[];
    others: readonly Person[];
    me: Person["id"];
    everybody: "room" | "lobby" | null;
  },
  limit = 8,
): Suggestion[] {
  const wanted = foldName(typed);
  const before = text.slice(0, text.length - typed.length);
  const starts = (name: string) => {
    const folded = foldName(name);
    return folded.startsWith(wanted) || folded.split(/[\s._-]+/u).some((word) => word.startsWith(wanted));
  };
  const option = (key: string, name: string, detail: string): Suggestion => ({
    key,
    becomes: `${before}${name} `,
    label: `@${name}`,
    detail,
  });
  const inside = new Set(who.members.map(({ id }) => id));
  const byName = (a: Person, b: Person) => foldName(a.name).localeCompare(foldName(b.name));
  const people = (list: readonly Person[], detail: string) =>
    [...new Map(list.map((person) => [person.id, person])).values()]
      .filter(({ id, name }) => id !== who.me && name !== "" && starts(name))
      .sort(byName)
      .map(({ id, name }) => option(id, name, detail));
  const everybody =
    who.everybody === null
      ? []
      : [
          option("here", "here", "Everybody in this room who is online"),
          ...(who.everybody === "lobby" ? [] : [option("all", "all", "Everybody in this room")]),
        ].filter(({ label }) => label.slice(1).startsWith(wanted));
  const found = [
    ...people(who.members, ""),
    ...people(
      who.others.filter(({ id }) => !inside.has(id)),
      "not in this room",
    ),
  ];
  return [...found.slice(0, limit - everybody.length), ...everybody];
}

export function commandSuggestions(options: readonly CommandDescription[]): Suggestion[] {
  return options.map((option) => ({
    key: option.name,
    becomes: `/${option.name}${option.arguments === "" ? "" : " "}`,
    label: `/${option.name} ${option.arguments}`.trim(),
    // On a page, to stop chatting is to sign out.
    detail: option.name === "quit" ? "Sign out" : option.does,
  }));
}

/** People whose name or number starts with what was typed; nobody twice. */
export function personSuggestions(typed: string, users: readonly User[], limit = 8): Suggestion[] {
  const wanted = foldName(typed.replace(/^#/, ""));
  const taken = new Set<string>();
  const found: Suggestion[] = [];
  for (const user of users) {
    if (found.length >= limit) break;
    if (user.number === null || taken.has(user.id)) continue;
    if (!foldName(user.name).startsWith(wanted) && !String(user.number).startsWith(wanted)) continue;
    taken.add(user.id);
    found.push({
      key: user.id,
      becomes: `/msg ${quoted(user.name)} `,
      label: user.name,
      detail: user.status === "away" ? `#${user.number}, away` : `#${user.number}`,
    });
  }
  return found;
}

export function roomSuggestions(
  rooms: readonly { id: string; name: string; topic?: string | undefined }[],
): Suggestion[] {
  return rooms.slice(0, 8).map((room) => ({
    key: room.id,
    becomes: `/join ${room.name}`,
    label: room.name,
    detail: room.topic ?? "",
  }));
}

/**
 * The start of an emoji's name at the end of a text, without its colon. Two letters at least, and nothing but a blank or a
 * bracket before the colon: `:)`, `:D`, `12:30` and `std::vector` are what they are.
 */
function startedEmoji(text: string): string | undefined {
  return /(?:^|[\s(]):([a-z+-][a-z0-9_+-]{1,31})$/i.exec(text)?.[1]?.toLowerCase();
}

/** Whom a message typed as `/msg 3 …` would reach, as far as this page knows. */
export function addresseeOf(text: string, users: readonly User[]): User | undefined {
  const number = /^\/msg\s+#?(\d{1,9})\s/iu.exec(text)?.[1];
  return number === undefined ? undefined : users.find((user) => user.number === Number(number));
}

/** Names that the command would otherwise take apart, or take for a number. */
function quoted(name: string): string {
  return /\s/.test(name) || /^#?\d+$/.test(name) ? `"${name}"` : name;
}
