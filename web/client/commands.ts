/** Whom a command names: by the number that the list shows, or by name. */
type CommandAddressee = { number: number } | { name: string };

/** What somebody typed, understood. */
export type Command =
  | { kind: "text"; text: string }
  | { kind: "list"; query?: string }
  | { kind: "message"; to: CommandAddressee; text: string }
  | { kind: "join"; name: string }
  | { kind: "create"; name: string; private: boolean }
  | { kind: "leave" }
  | { kind: "edit"; text: string }
  | { kind: "delete" }
  | { kind: "react"; emoji: string }
  | { kind: "topic"; topic: string }
  | { kind: "invite"; to: CommandAddressee }
  | { kind: "kick"; to: CommandAddressee }
  | { kind: "mute"; to: CommandAddressee; seconds: number | null }
  | { kind: "ban"; to: CommandAddressee; seconds: number | null }
  | { kind: "unmute"; to: CommandAddressee }
  | { kind: "unban"; to: CommandAddressee }
  | { kind: "pins" | "saved" | "threads" }
  | { kind: "help" }
  | { kind: "quit" }
  /** A command that is not understood; `message` says what would be right. */
  | { kind: "error"; message: string }
  /** Nothing but blanks. */
  | { kind: "nothing" };

export interface CommandDescription {
  readonly name: string;
  /** What follows the name, for people. */
  readonly arguments: string;
  readonly does: string;
}

/** Every command, in the order in which help shows them. */
export const commands = [
  {
    name: "list",
    arguments: "[start of a name]",
    does: "Show who is online, with their numbers",
  },
  {
    name: "msg",
    arguments: '<number, name or "long name"> <text>',
    does: "Send somebody a direct message",
  },
  { name: "join", arguments: "<room>", does: "Go into a room" },
  {
    name: "create",
    arguments: "[--private] <room>",
    does: "Make a new room and go into it",
  },
  { name: "leave", arguments: "", does: "Leave this room" },
  { name: "edit", arguments: "<new text>", does: "Change the last message that you wrote here" },
  { name: "delete", arguments: "", does: "Delete the last message that you wrote here" },
  {
    name: "react",
    arguments: "<emoji>",
    does: "React to the last message here; once more takes it back",
  },
  {
    name: "topic",
    arguments: "<what it is about>",
    does: "Say what this room is about; for those who moderate it",
  },
  { name: "invite", arguments: "<number or name>", does: "Let somebody into this room" },
  { name: "kick", arguments: "<number or name>", does: "Take somebody out of a room that you moderate" },
  {
    name: "mute",
    arguments: '<number, name or "long name"> [10m, 2h, 3d]',
    does: "Keep somebody from writing into a room that you moderate",
  },
  { name: "unmute", arguments: "<number or name>", does: "Let somebody write again" },
  {
    name: "ban",
    arguments: '<number, name or "long name"> [10m, 2h, 3d]',
    does: "Take somebody out of a room that you moderate, and keep them out",
  },
  { name: "unban", arguments: "<number or name>", does: "Let somebody come in again" },
  { name: "pins", arguments: "", does: "Show what is pinned in this room" },
  { name: "saved", arguments: "", does: "Show the messages that you saved" },
  { name: "threads", arguments: "", does: "Show the threads that you follow" },
  { name: "help", arguments: "", does: "Show these commands" },
  { name: "quit", arguments: "", does: "Stop chatting" },
] as const satisfies readonly CommandDescription[];

type CommandName = (typeof commands)[number]["name"];

/** `/msg <number or name> <text>`, as help and errors show it. */
export function usage({ name, arguments: rest }: Pick<CommandDescription, "name" | "arguments">): string {
  return rest === "" ? `/${name}` : `/${name} ${rest}`;
}

/** The commands that what was typed so far can become; none once a blank follows the name. */
export function completeCommand(typed: string): readonly CommandDescription[] {
  const started = /^\/([\p{L}]*)$/u.exec(typed)?.[1]?.toLowerCase();
  if (started === undefined) return [];
  return commands.filter(({ name }) => name.startsWith(started));
}

/**
 * Understands one line, or the whole of a composer. A command is a slash, letters, and then a blank or the end; so
 * paths (`/usr/bin`) and smileys (`/o\`) are text, and `//list` says "/list".
 */
export function parseCommand(typed: string): Command {
  if (typed.trim() === "") return { kind: "nothing" };
  const match = /^\/(\p{L}+)(?:\s+(.*))?$/su.exec(typed);
  if (match === null) return { kind: "text", text: typed.replace(/^\/\/(?=\S)/, "/") };
  const name = match[1]?.toLowerCase() ?? "";
  const rest = match[2]?.trim() ?? "";
  if (!isCommandName(name))
    return {
      kind: "error",
      message: `There is no /${name}. There is ${commands.map((c) => `/${c.name}`).join(", ")}; //${name} sends it as text.`,
    };
  return parsers[name](rest) ?? incomplete(name);
}

function isCommandName(name: string): name is CommandName {
  return commands.some((command) => command.name === name);
}

/** Undefined where something is missing. */
const parsers: Record<CommandName, (rest: string) => Command | undefined> = {
  list(rest) {
    const query = rest === "" ? "" : (firstWord(rest, true)?.word ?? "");
    return query === "" ? { kind: "list" } : { kind: "list", query };
  },
  msg(rest) {
    const first = firstWord(rest, false);
    if (first === undefined || first.word === "" || first.rest === "") return undefined;
    return { kind: "message", to: addressee(first), text: first.rest };
  },
  join(rest) {
    const name = roomName(rest);
    return name === "" ? undefined : { kind: "join", name };
  },
  create(rest) {
    const flag = /^--private(?:\s+|$)/.exec(rest);
    const name = roomName(flag === null ? rest : rest.slice(flag[0].length));
    if (name === "" || (flag === null && name.startsWith("--"))) return undefined;
    return { kind: "create", name, private: flag !== null };
  },
  leave: () => ({ kind: "leave" }),
  edit: (rest) => (rest === "" ? undefined : { kind: "edit", text: rest }),
  delete: () => ({ kind: "delete" }),
  react: (rest) => (/^\S{1,32}$/u.test(rest) ? { kind: "react", emoji: rest } : undefined),
  topic: (rest) => (rest === "" ? undefined : { kind: "topic", topic: rest }),
  invite: (rest) => somebody("invite", rest),
  kick: (rest) => somebody("kick", rest),
  mute: (rest) => forSomeTime("mute", rest),
  unmute: (rest) => somebody("unmute", rest),
  ban: (rest) => forSomeTime("ban", rest),
  unban: (rest) => somebody("unban", rest),
  pins: () => ({ kind: "pins" }),
  saved: () => ({ kind: "saved" }),
  threads: () => ({ kind: "threads" }),
  help: () => ({ kind: "help" }),
  quit: () => ({ kind: "quit" }),
};

function addressee({ word, quoted }: { word: string; quoted: boolean }): CommandAddressee {
  const number = quoted ? undefined : /^#?(\d{1,9})$/.exec(word)?.[1];
  if (number !== undefined) return { number: Number(number) };
  return { name: quoted ? word : word.replace(/^@/, "") };
}

/** Nothing follows the name, so that it may have blanks without marks. */
function somebody(kind: "invite" | "kick" | "unmute" | "unban", rest: string): Command | undefined {
  const whole = firstWord(rest, true);
  return whole === undefined || whole.word === "" ? undefined : { kind, to: addressee(whole) };
}

const unitSeconds = { m: 60, h: 3_600, d: 86_400 } as const;

/** Until it is lifted when no time is given. */
function forSomeTime(kind: "mute" | "ban", rest: string): Command | undefined {
  const first = firstWord(rest, false);
  if (first === undefined || first.word === "") return undefined;
  const time = /^(\d{1,4})([mhd])$/.exec(first.rest);
  if (first.rest !== "" && time === null) return undefined;
  const unit = time?.[2] as keyof typeof unitSeconds | undefined;
  const seconds = unit === undefined ? null : Number(time?.[1]) * unitSeconds[unit];
  return { kind, to: addressee(first), seconds };
}

function incomplete(name: CommandName): Command {
  const command = commands.find((candidate) => candidate.name === name);
  return {
    kind: "error",
    message: `It takes ${usage(command ?? { name, arguments: "" })}.`,
  };
}

/** Quotation marks as keyboards and phones make them. */
const quotation = /^["“„”]([^"“„”]*)["“”]\s*(.*)$/s;

/** The first word, or what stands in quotation marks; all of it where blanks need no marks. */
function firstWord(
  text: string,
  whole: boolean,
): { word: string; quoted: boolean; rest: string } | undefined {
  const marked = quotation.exec(text);
  if (marked !== null)
    return {
      word: marked[1]?.trim() ?? "",
      quoted: true,
      rest: marked[2] ?? "",
    };
  if (whole) return { word: text, quoted: false, rest: "" };
  const plain = /^(\S+)\s*(.*)$/s.exec(text);
  if (plain === null) return undefined;
  return { word: plain[1] ?? "", quoted: false, rest: plain[2] ?? "" };
}

/** Rooms are often written `#team`; the name has no such sign. */
function roomName(rest: string): string {
  const first = firstWord(rest, true);
  return (first?.word ?? "").replace(/^#/, "");
}
