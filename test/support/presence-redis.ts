import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { connectRedis, whenReady } from "../../services/platform/index.ts";

export interface OwnRedis {
  readonly url: string;
  readonly pid: number;
  /** Ends the server, for now. */
  down(): Promise<void>;
  /** Starts it again on the same port; append-only, so with what it knew. */
  up(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis server of its own, for tests that stop, empty or restart it. */
export async function startOwnRedis(): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), "parley-presence-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server = await launch();

  async function launch(): Promise<ChildProcess> {
    const child = spawn(
      "redis-server",
      // biome-ignore format: pairs read better in a row
      ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--appendonly", "yes", "--save", "", "--enable-debug-command", "yes"],
      { stdio: "ignore" },
    );
    const log = pino({ level: "silent" });
    const probe = connectRedis({ url, name: "probe", log });
    await whenReady(probe, 10_000);
    probe.disconnect();
    return child;
  }

  async function end(): Promise<void> {
    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.kill("SIGTERM");
    await ended;
  }

  return {
    url,
    get pid() {
      return server.pid ?? 0;
    },
    down: end,
    async up() {
      server = await launch();
    },
    async stop() {
      await end();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
