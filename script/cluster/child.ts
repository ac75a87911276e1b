import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createInterface } from "node:readline";

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that was started here, and that does not outlive this process. */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly running: boolean;
  /** The latest lines of its output and error output, oldest first. */
  readonly lines: readonly string[];
  readonly exited: Promise<Exit>;
  kill(signal: NodeJS.Signals): void;
  /** Asks it to stop (SIGTERM) and makes it (SIGKILL) when it has not within that time. Safe to call twice. */
  stop(withinMs: number): Promise<Exit>;
  /** The first line, also of those that are past, for which `accepts` is true; rejects when the program exits before it. */
  line(accepts: (line: string) => boolean, withinMs: number): Promise<string>;
}

export interface ChildOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** What it gets when this process dies without having stopped it. */
  readonly orphanSignal?: "SIGTERM" | "SIGKILL";
  readonly onLine?: (line: string) => void;
}

const keptLines = 2_000;
const alive = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Where Debian keeps servers is not in everybody's PATH. */
const serverPath = `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin`;

export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, command, args, onLine } = options;
  const env = { ...(options.env ?? process.env), PATH: serverPath };
  const [file = command, ...rest] = [...tiedToUs(options.orphanSignal ?? "SIGKILL"), command, ...args];
  const child = spawn(file, rest, {
    env,
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: Ctrl-C is for us, who stop the children in order.
    detached: true,
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error) => reject(new Error(`${name} cannot be started: ${error.message}`)));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${name} has no process id`);
  alive.add(child);

  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      if (lines.length > keptLines) lines.shift();
      onLine?.(line);
      for (const listener of listeners) listener(line);
    });
  }
  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", () => alive.delete(child));
    // "close" and not "exit": all that it wrote has been read by then.
    child.once("close", (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });

  return {
    name,
    pid,
    lines,
    exited,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    kill: (signal) => {
      child.kill(signal);
    },
    async stop(withinMs) {
      if (exit) return exit;
      child.kill("SIGTERM");
      // One that was paused hears it only when it goes on.
      child.kill("SIGCONT");
      const timer = setTimeout(() => child.kill("SIGKILL"), withinMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
    line(accepts, withinMs) {
      const past = lines.find(accepts);
      if (past !== undefined) return Promise.resolve(past);
      return new Promise((resolve, reject) => {
        const done = () => {
          clearTimeout(timer);
          listeners.delete(listener);
        };
        const listener = (line: string) => {
          if (!accepts(line)) return;
          done();
          resolve(line);
        };
        const timer = setTimeout(() => {
          done();
          reject(new StartError(name, `was not up within ${withinMs} ms`, lines));
        }, withinMs);
        listeners.add(listener);
        void exited.then((how) => {
          done();
          reject(new StartError(name, `exited with ${describe(how)}`, lines, how.code));
        });
      });
    },
  };
}

/** A program that did not come up, with the end of what it said. */
export class StartError extends Error {
  /** What it exited with, when it did. */
  readonly code: number | null;
  /** The last lines that it wrote. */
  readonly output: readonly string[];

  constructor(name: string, what: string, lines: readonly string[], code: number | null = null) {
    const output = lines.slice(-15);
    super([`${name} ${what}`, ...output.map((line) => `  ${line}`)].join("\n"));
    this.name = "StartError";
    this.code = code;
    this.output = output;
  }
}

export function describe({ code, signal }: Exit): string {
  return signal ?? `code ${code}`;
}

/** The message of a line of JSON as the services log it, or undefined. */
export function logEntry(
  line: string,
): (Record<string, unknown> & { msg?: unknown; level?: unknown }) | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Makes the kernel signal the child when we die, however that happens. `setpriv` is part of util-linux, so it is on every
 * Debian; without it, children of a launcher that was killed with SIGKILL live on.
 */
function tiedToUs(signal: "SIGTERM" | "SIGKILL"): string[] {
  setpriv ??= process.platform === "linux" ? findProgram("setpriv") : "";
  return setpriv === "" ? [] : [setpriv, "--pdeathsig", signal.slice("SIG".length)];
}
let setpriv: string | undefined;

function findProgram(name: string): string {
  for (const folder of serverPath.split(":")) {
    const file = `${folder}/${name}`;
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder.
    }
  }
  return "";
}
