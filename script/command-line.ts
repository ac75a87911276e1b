import { parseArgs } from "node:util";

/** What a command line asks for. */
export type Usage<O> = { kind: "run"; asked: O } | { kind: "help" } | { kind: "wrong"; message: string };

type Options = Readonly<
  Record<string, { type: "boolean"; default: false } | { type: "string"; default?: string }>
>;
type Values<T extends Options> = {
  readonly [K in keyof T]: T[K] extends { type: "boolean" }
    ? boolean
    : T[K] extends { default: string }
      ? string
      : string | undefined;
};

/** What somebody asked for cannot be; the message says what can. */
export class WrongUsage extends Error {}

/**
 * Reads a command line. `--help` is always there; an option that is not is named in one line.
 *
 * @param understand makes of it what the program works with, and throws `WrongUsage`
 */
export function readCommandLine<const T extends Options, O>(
  args: readonly string[],
  options: T,
  understand: (values: Values<T>, names: readonly string[]) => O,
): Usage<O> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
    if ((values as { help?: boolean }).help) return { kind: "help" };
    return { kind: "run", asked: understand(values as unknown as Values<T>, positionals) };
  } catch (fault) {
    const { code = "", message } = fault as Error & { code?: string };
    if (!(fault instanceof WrongUsage) && !code.startsWith("ERR_PARSE_ARGS")) throw fault;
    // What follows on the first sentence is advice on how to write a program.
    return {
      kind: "wrong",
      message: fault instanceof WrongUsage ? message : (/^[^.\n]*/.exec(message)?.[0] ?? ""),
    };
  }
}

/** What is asked for. Ends the process where that is help (exit code 0), or where it is wrong (2). */
export function orEnd<O>(usage: Usage<O>, help: string): O {
  if (usage.kind === "run") return usage.asked;
  if (usage.kind === "help") process.stdout.write(help);
  else process.stderr.write(`${usage.message}\n\n${help}`);
  process.exit(usage.kind === "help" ? 0 : 2);
}

/** For a program that takes nothing. */
export function nothingElse(_values: object, names: readonly string[]): void {
  if (names.length > 0) throw new WrongUsage(`There is nothing to be named, such as ${names[0]}`);
}

/** A number that was typed. @throws WrongUsage */
export function numberFrom(
  option: string,
  typed: string,
  { least, most, whole = true }: { least: number; most: number; whole?: boolean },
): number {
  const number = typed.trim() === "" ? Number.NaN : Number(typed);
  if (number >= least && number <= most && (!whole || Number.isInteger(number))) return number;
  throw new WrongUsage(
    `--${option} must be a ${whole ? "whole " : ""}number from ${least} to ${most}, not "${typed}"`,
  );
}

/** What was typed is among these. @throws WrongUsage */
export function among<T extends string>(what: string, typed: string, all: readonly T[]): T {
  const found = all.find((one) => one === typed);
  if (found === undefined)
    throw new WrongUsage(`There is no ${what} "${typed}"; there are ${all.join(", ")}`);
  return found;
}
