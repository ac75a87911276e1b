import { randomBytes } from "node:crypto";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Child } from "../../script/cluster/child.ts";
import { freePort } from "../../script/cluster/loopback.ts";
import { privateRedisUrl, startPrivateRedis } from "../../script/cluster/private-redis.ts";
import { stopWhenDone } from "./started.ts";

export interface TestRedis {
  /** With its password. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dir: string;
  readonly running: boolean;
  /** A key prefix that nobody else uses. */
  prefix(): string;
  /** SIGKILL; with `start` it comes back on the same port, with what it knew. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Ends it in order and starts it again. */
  restart(): Promise<void>;
  /** Freezes it (SIGSTOP), so that its connections stay and nothing answers, and lets it go on. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its data; done by itself when the test file is done. Safe to call twice. */
  stop(): Promise<void>;
}

/** A Redis server of a test's own, with the settings that we ship. */
export async function startRedis(
  options: { appendfsync?: "always" | "everysec" | "no" } = {},
): Promise<TestRedis> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "parley-redis-")));
  const port = await freePort();
  const password = randomBytes(16).toString("hex");
  let server: Child = await launch();
  let stopped = false;

  function launch(): Promise<Child> {
    return startPrivateRedis({ dir, port, password, ...options });
  }

  const redis: TestRedis = {
    url: privateRedisUrl(port, password),
    port,
    dir,
    get pid() {
      return server.pid;
    },
    get running() {
      return server.running;
    },
    prefix: () => `test-${randomBytes(4).toString("hex")}:`,
    async kill() {
      server.kill("SIGKILL");
      await server.exited;
    },
    async start() {
      if (!server.running) server = await launch();
    },
    async restart() {
      await server.stop(10_000);
      server = await launch();
    },
    pause: () => server.kill("SIGSTOP"),
    resume: () => server.kill("SIGCONT"),
    async stop() {
      if (stopped) return;
      stopped = true;
      await redis.kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
  stopWhenDone(redis.stop);
  return redis;
}
