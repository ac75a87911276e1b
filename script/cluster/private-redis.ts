import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, startChild } from "./child.ts";
import { projectFile } from "./project.ts";

export interface PrivateRedisOptions {
  /** Where it keeps its data; made when it is not there. */
  readonly dir: string;
  readonly port: number;
  readonly password: string;
  /** When a write is on disk: before it is answered (what we ship), every second, or whenever. */
  readonly appendfsync?: "always" | "everysec" | "no";
  readonly onLine?: (line: string) => void;
}

/** Starts a Redis for one cluster alone: on loopback, with a password, append-only. Resolves when it takes commands. */
export async function startPrivateRedis(options: PrivateRedisOptions): Promise<Child> {
  const { dir, port, password } = options;
  mkdirSync(dir, { recursive: true });
  chmodSync(dir, 0o700);
  const file = join(dir, "redis.conf");
  // In a file and not on the command line, where everybody on the machine could read the password.
  writeFileSync(
    file,
    [
      `include ${quoted(projectFile("deploy", "redis.conf"))}`,
      "bind 127.0.0.1",
      `port ${port}`,
      `dir ${quoted(dir)}`,
      `pidfile ${quoted(join(dir, "redis.pid"))}`,
      `requirepass ${quoted(password)}`,
      `appendfsync ${options.appendfsync ?? "always"}`,
      "",
    ].join("\n"),
    { mode: 0o600 },
  );
  const child = await startChild({
    name: "redis",
    command: "redis-server",
    args: [file],
    // It has promises to keep: it may finish what it is writing.
    orphanSignal: "SIGTERM",
    ...(options.onLine ? { onLine: options.onLine } : {}),
  });
  // Loading a long log takes its time.
  await child.line((line) => line.includes("Ready to accept connections"), 120_000);
  return child;
}

export function privateRedisUrl(port: number, password: string): string {
  return `redis://:${password}@127.0.0.1:${port}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}
