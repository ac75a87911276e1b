import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { io } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { freePort } from "../../script/cluster/loopback.ts";
import { projectFile } from "../../script/cluster/project.ts";
import { eventually } from "../support/wait.ts";

/** `script/server` as a person runs it. */
interface Launcher {
  readonly process: ChildProcess;
  /** What it has printed so far. */
  readonly printed: () => string;
  readonly exited: Promise<number | null>;
}

let folder: string;
let port: number;
const launchers: Launcher[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "parley-launcher-"));
  port = await freePort();
});

afterEach(async () => {
  for (const { process, exited } of launchers.splice(0)) {
    process.kill("SIGKILL");
    await exited;
  }
  await eventually(() => descendants().length === 0);
  rmSync(folder, { recursive: true, force: true });
});

function launch(environment: Record<string, string> = {}): Launcher {
  const child = spawn(projectFile("script", "server"), {
    env: {
      ...process.env,
      REDIS_URL: "",
      PORT: String(port),
      DATA_DIR: folder,
      CHAT_NODES: "2",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const launcher = {
    process: child,
    printed: () => output,
    exited: new Promise<number | null>((resolve) => child.once("close", resolve)),
  };
  launchers.push(launcher);
  return launcher;
}

const url = () => `http://127.0.0.1:${port}`;

async function up(launcher: Launcher): Promise<void> {
  await eventually(
    () => {
      if (launcher.process.exitCode !== null) throw new Error(launcher.printed());
      return launcher.printed().includes(`Parley is up: ${url()}`);
    },
    { timeoutMs: 60_000 },
  );
}

/** Every process that belongs to this test's folder: services, balancer and Redis. */
function descendants(): { pid: number; command: string }[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        // Redis overwrites its environment to show its address; it works in the folder.
        const ours =
          readlinkSync(`/proc/${pid}/cwd`).startsWith(folder) ||
          readFileSync(`/proc/${pid}/environ`, "utf8").includes(`DATA_DIR=${folder}`);
        if (!ours) return [];
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(pid), command }];
      } catch {
        return [];
      }
    });
}

function withCommand(part: string): number[] {
  return descendants()
    .filter(({ command }) => command.includes(part))
    .map(({ pid }) => pid);
}

function oneWith(part: string): number {
  const [pid] = withCommand(part);
  if (pid === undefined) throw new Error(`nothing runs ${part}`);
  return pid;
}

/** Signs in, says something if told, and gives what the lobby holds. */
async function visit(say?: string): Promise<string[]> {
  const socket = io(url(), {
    auth: { name: `visitor ${Math.random().toString(36).slice(2, 10)}` },
    transports: ["websocket"],
    forceNew: true,
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("welcome", () => resolve());
      socket.once("connect_error", reject);
    });
    if (say !== undefined) {
      const id = crypto.randomUUID();
      const sent = await socket.emitWithAck("message:send", { room: "lobby", id, text: say });
      expect(sent).toMatchObject({ ok: true });
    }
    const page = await socket.emitWithAck("room:history", { room: "lobby" });
    return page.messages.map(({ text }: { text: string }) => text);
  } finally {
    socket.disconnect();
  }
}

describe("script/server", () => {
  test("runs the whole cluster, stops all of it, and finds the conversation again", async () => {
    const first = launch();
    await up(first);
    expect(withCommand("services/chat/main.js")).toHaveLength(2);
    expect(withCommand("services/presence/main.js")).toHaveLength(2);
    expect(withCommand("haproxy")).toHaveLength(1);
    expect(withCommand("redis-server")).toHaveLength(1);
    expect(await visit("still here tomorrow")).toEqual(["still here tomorrow"]);

    first.process.kill("SIGINT");
    expect(await first.exited).toBe(0);
    expect(descendants()).toEqual([]);

    const second = launch();
    await up(second);
    expect(await visit()).toEqual(["still here tomorrow"]);
  });

  test("keeps its data and its secret to itself", async () => {
    await up(launch());
    const mode = (...path: string[]) => (statSync(join(folder, ...path)).mode & 0o777).toString(8);
    expect(mode()).toBe("700");
    expect(mode("redis")).toBe("700");
    expect(mode("token-secret")).toBe("600");
    const shown = descendants().map(({ command }) => command);
    const password = /requirepass "(.+)"/.exec(
      readFileSync(join(folder, "redis", "redis.conf"), "utf8"),
    )?.[1];
    expect(password).toBeTruthy();
    for (const command of shown) expect(command).not.toContain(password);
  });

  test("starts again what crashes, and serves meanwhile", async () => {
    const launcher = launch();
    await up(launcher);
    const victim = oneWith("services/chat/main.js");
    process.kill(victim, "SIGKILL");
    for (let i = 0; i < 50; i++) expect((await fetch(url())).status).toBe(200);
    await eventually(() => /chat-\d is up again/.test(launcher.printed()));
    expect(launcher.printed()).toMatch(/chat-\d \(pid \d+\) went away with SIGKILL; starting it again in/);
    expect(withCommand("services/chat/main.js")).toHaveLength(2);

    const redis = oneWith("redis-server");
    await visit("on disk");
    process.kill(redis, "SIGKILL");
    await eventually(async () => (await visit()).includes("on disk"), { timeoutMs: 20_000 });
  });

  test("leaves nothing behind when it is killed itself, and starts again over it", async () => {
    const first = launch();
    await up(first);
    await visit("before the kill");
    first.process.kill("SIGKILL");
    await first.exited;
    await eventually(() => descendants().length === 0);

    await up(launch());
    expect(await visit()).toEqual(["before the kill"]);
  });

  test("a second signal ends it at once", async () => {
    const launcher = launch({ DRAIN_SECONDS: "60" });
    await up(launcher);
    const socket = io(url(), { auth: { name: "guest" }, transports: ["websocket"], reconnection: false });
    await new Promise<void>((resolve) => socket.once("welcome", () => resolve()));
    launcher.process.kill("SIGTERM");
    await eventually(() => launcher.printed().includes("stopping"));
    launcher.process.kill("SIGTERM");
    expect(await launcher.exited).toBe(1);
    await eventually(() => descendants().length === 0);
    socket.disconnect();
  });

  test.for([
    ["CHAT_NODES", "abc", 'CHAT_NODES holds "abc"; it may hold a whole number from 1 to 32'],
    ["PORT", "99999", 'PORT holds "99999"; it may hold a whole number from 1 to 65535'],
    ["HOST", "203.0.113.1", 'HOST holds "203.0.113.1", which is no address of this machine'],
    ["LIMIT_TEXT_BYTES", "much", 'LIMIT_TEXT_BYTES holds "much"; it may hold a whole number'],
    [
      "TOKEN_SECRET",
      "short",
      "TOKEN_SECRET holds a value that is not shown; it may hold at least 32 characters",
    ],
  ] as const)("says in one line that %s cannot hold %s", async ([name, value, line]) => {
    const launcher = launch({ [name]: value });
    expect(await launcher.exited).toBe(2);
    // On a machine that stands still, services that came up before it warn of that.
    const said = launcher
      .printed()
      .trim()
      .split("\n")
      .filter((one) => !/^parley: presence-\d: /.test(one));
    expect(said.filter((one) => one.includes(line))).toHaveLength(1);
    expect(said.every((one) => one.startsWith(name))).toBe(true);
    expect(descendants()).toEqual([]);
  });

  test("says that the port, or the folder, is taken", async () => {
    await up(launch());
    const samePort = launch({ DATA_DIR: join(folder, "other") });
    expect(await samePort.exited).toBe(2);
    expect(samePort.printed().trim()).toMatch(
      new RegExp(`^PORT holds ${port}, on which another program listens.*$`),
    );
    expect(existsSync(join(folder, "other"))).toBe(false);

    const sameFolder = launch({ PORT: String(await freePort()) });
    expect(await sameFolder.exited).toBe(2);
    expect(sameFolder.printed().trim()).toMatch(/^DATA_DIR holds .*, which a Parley that is running uses.*$/);
  });
});
