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
    const { word, quoted } = first;
    const number = quoted ? undefined : /^#?(\d{1,9})$/.exec(word)?.[1];
    const to =
      number === undefined ? { name: quoted ? word : word.replace(/^@/, "") } : { number: Number(number) };
    return { kind: "message", to, text: first.rest };
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
  help: () => ({ kind: "help" }),
  quit: () => ({ kind: "quit" }),
};

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
