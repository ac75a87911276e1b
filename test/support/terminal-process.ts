import { spawn } from "node:child_process";
import { fresh } from "./chat-client.ts";
import { stopWhenDone } from "./started.ts";
import { eventually } from "./wait.ts";

/** The terminal client as a process of its own, with somebody at its pipes. */
export interface TerminalProcess {
  /** A line, with Enter. */
  typed(line: string): void;
  /** All that it has said so far, about itself and of others. */
  said(): string;
  /** Resolves when it has said that. */
  says(what: string | RegExp): Promise<void>;
  /** Ends its input and resolves with its exit code, which it has when all that was typed is delivered. */
  leave(): Promise<number | null>;
}

/** Starts it as a shell would; it ends with the test file at the latest. */
export function openTerminal(url: string): TerminalProcess {
  const args = ["--import", "tsx", "cli/main.ts", "--name", fresh("terminal"), "--url", url];
  const child = spawn(process.execPath, args);
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  stopWhenDone(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return {
    typed: (line) => void child.stdin.write(`${line}\n`),
    said: () => said,
    says: async (what) => {
      await eventually(() => (typeof what === "string" ? said.includes(what) : what.test(said)), {
        timeoutMs: 15_000,
      });
    },
    leave() {
      child.stdin.end();
      return exited;
    },
  };
}
