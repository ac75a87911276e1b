import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Child, startChild } from "../../script/cluster/child.ts";
import { freePort } from "../../script/cluster/loopback.ts";
import { stopWhenDone } from "./started.ts";
import { eventually } from "./wait.ts";

const run = promisify(execFile);

/** A `redis-cli` call; the answer as text. */
export async function redisCli(port: number, ...args: string[]): Promise<string> {
  const { stdout } = await run("redis-cli", ["-h", "127.0.0.1", "-p", String(port), ...args]);
  return stdout.trim();
}

/** One of several `redis-server` processes that belong together. */
export interface RedisServer {
  readonly port: number;
  readonly running: boolean;
  kill(): Promise<void>;
  /** Starts it again, at the same port, with nothing but its configuration: it keeps no data. */
  start(...flags: string[]): Promise<void>;
  /** SIGSTOP, and SIGCONT. */
  freeze(): void;
  thaw(): void;
}

export interface RedisServers {
  start(config: readonly string[], ...flags: string[]): Promise<RedisServer>;
  /** Ends all of them; done by itself when the test file is done. Safe to call twice. */
  stop(): Promise<void>;
}

/** Where servers are started; each has a port and a folder of its own. */
export function openRedisServers(kind: string): RedisServers {
  const dir = mkdtempSync(join(tmpdir(), `parley-${kind}-`));
  const children: Child[] = [];
  const stop = async () => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ exited }) => exited));
    rmSync(dir, { recursive: true, force: true });
  };
  stopWhenDone(stop);
  return {
    stop,
    async start(config, ...flags) {
      const port = await freePort();
      const home = mkdtempSync(join(dir, `${port}-`));
      const file = join(home, "redis.conf");
      writeFileSync(
        file,
        [
          "bind 127.0.0.1",
          `port ${port}`,
          `dir ${home}`,
          'save ""',
          "appendonly no",
          // A replica gets its copy at once, not after five seconds in which others might ask for it as well.
          "repl-diskless-sync-delay 0",
          ...config,
        ].join("\n"),
      );
      let child: Child;
      const launch = async (more: readonly string[]) => {
        child = await startChild({
          name: `${kind}-${port}`,
          command: "redis-server",
          args: [file, ...flags, ...more],
        });
        children.push(child);
        await eventually(async () => (await redisCli(port, "ping")) === "PONG");
      };
      await launch([]);
      return {
        port,
        get running() {
          return child.running;
        },
        async kill() {
          child.kill("SIGKILL");
          await child.exited;
        },
        start: (...more) => launch(more),
        freeze: () => child.kill("SIGSTOP"),
        thaw: () => child.kill("SIGCONT"),
      };
    },
  };
}

/** Part of `INFO` as an object. */
export async function redisInfo(port: number, section: string): Promise<Record<string, string>> {
  const lines = (await redisCli(port, "info", section)).split(/\r?\n/);
  return Object.fromEntries(
    lines.filter((line) => line.includes(":")).map((line) => line.split(/:(.*)/s).slice(0, 2)),
  );
}

/** A replica that follows its master, and what it has. */
export async function isInSync(replica: RedisServer): Promise<boolean> {
  const { role, master_link_status, master_sync_in_progress } = await redisInfo(replica.port, "replication");
  return role === "slave" && master_link_status === "up" && master_sync_in_progress === "0";
}

export interface Lagging {
  /** The master dies, and the replica takes its place with what it has. Resolves when it is the master for everybody. */
  failOver(): Promise<void>;
  /** The one that died comes back as replica, and has everything when this resolves. */
  rejoin(): Promise<void>;
}

/**
 * From when this resolves the replica gets nothing, and cannot know it. What was acknowledged before this was called, it has.
 */
export async function stopReplication(master: RedisServer, replica: RedisServer): Promise<void> {
  const { master_repl_offset } = await redisInfo(master.port, "replication");
  await eventually(async () => {
    const { slave_repl_offset } = await redisInfo(replica.port, "replication");
    return Number(slave_repl_offset) >= Number(master_repl_offset);
  });
  replica.freeze();
  await redisCli(master.port, "client", "kill", "type", "replica");
}
