import { parseArgs } from "node:util";

export interface Options {
  /** Origin of the server. */
  readonly url: string;
  readonly name: string;
  /** Undefined: a key for this run only. */
  readonly key: string | undefined;
  /** How long to wait for a server that cannot be reached, or for acknowledgements that do not come. */
  readonly timeoutMs: number;
}

export type Usage = { kind: "run"; options: Options } | { kind: "help" } | { kind: "wrong"; message: string };

/** What the process exits with; from `sysexits.h` where that has a word for it. */
export const exitCodes = {
  done: 0,
  notDelivered: 1,
  wrongUsage: 2,
  unreachable: 69,
  fault: 70,
  refused: 77,
} as const;

const defaultUrl = "http://127.0.0.1:3000";
const defaultTimeoutSeconds = 15;

export const help = `Usage: npm run chat -- --name <name> [options]

Sends each line to the lobby, or to the room that /join went into, and prints what others say as "[room] name: text".
/help lists what else can be typed. With a pipe as input it sends line after line, waits until all of them are
acknowledged, and exits.

  --name <name>        what others see; 1 to 32 letters, digits, '.', '_', '-' and spaces
  --url <url>          the server (${defaultUrl})
  --key <key>          a secret of yours, 16 to 128 letters, digits, '-' and '_': the same name with the same key is
                       the same person. Without it the name is free again when you leave
  --timeout <seconds>  how long to try when the server does not answer (${defaultTimeoutSeconds}); at a terminal, only at first
  --help               print this

Messages and what commands answer go to standard output, everything else to standard error. In scripts,
"npm run --silent chat" keeps npm's own lines out of it.

Exit codes: ${exitCodes.done} all was delivered; ${exitCodes.notDelivered} something could not be delivered or done; ${exitCodes.wrongUsage} wrong usage;
${exitCodes.unreachable} the server could not be reached; ${exitCodes.refused} the server refused the name or ended the session; 130 interrupted.`;

/** Reads the command line; a wrong one is named in a single line. */
export function readOptions(args: readonly string[]): Usage {
  try {
    const { values } = parseArgs({
      args: [...args],
      strict: true,
      options: {
        name: { type: "string" },
        url: { type: "string", default: defaultUrl },
        key: { type: "string" },
        timeout: { type: "string", default: String(defaultTimeoutSeconds) },
        help: { type: "boolean", short: "h" },
      },
    });
    if (values.help === true) return { kind: "help" };
    const name = values.name?.trim() ?? "";
    const seconds = Number(values.timeout);
    if (name === "") return wrong("--name is missing: say who you are, such as --name ada");
    if (!/^[\p{L}\p{M}\p{N}._\- ]{1,32}$/u.test(name))
      return wrong("--name must be 1 to 32 letters, digits, '.', '_', '-' and spaces");
    if (values.key !== undefined && !/^[A-Za-z0-9_-]{16,128}$/.test(values.key))
      return wrong("--key must be 16 to 128 letters, digits, '-' and '_'");
    if (!isOrigin(values.url)) return wrong(`--url must be an address such as ${defaultUrl}`);
    if (!(seconds > 0 && seconds <= 86_400))
      return wrong("--timeout must be a number of seconds, 1 to 86400");
    return {
      kind: "run",
      options: {
        name,
        url: values.url,
        key: values.key,
        timeoutMs: seconds * 1_000,
      },
    };
  } catch (fault) {
    // The rest of these messages is advice on how to write a program.
    return wrong(/^[^.\n]*/.exec((fault as Error).message)?.[0] ?? "the command line is not understood");
  }
}

function wrong(message: string): Usage {
  return { kind: "wrong", message };
}

function isOrigin(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
