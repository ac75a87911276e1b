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

async function startServers(kind: string, configs: (port: number) => readonly string[], count: number) {
  const dir = mkdtempSync(join(tmpdir(), `parley-${kind}-`));
  const servers: { port: number; child: Child }[] = [];
  stopWhenDone(async () => {
    for (const { child } of servers) child.kill("SIGKILL");
    await Promise.all(servers.map(({ child }) => child.exited));
    rmSync(dir, { recursive: true, force: true });
  });
  async function start(config: (port: number) => readonly string[], flags: readonly string[] = []) {
    const port = await freePort();
    const home = mkdtempSync(join(dir, `${port}-`));
    const file = join(home, "redis.conf");
    writeFileSync(
      file,
      ["bind 127.0.0.1", `port ${port}`, `dir ${home}`, 'save ""', ...config(port)].join("\n"),
    );
    const child = await startChild({
      name: `${kind}-${port}`,
      command: "redis-server",
      args: [file, ...flags],
    });
    servers.push({ port, child });
    await eventually(async () => (await redisCli(port, "ping")) === "PONG");
    return { port, child };
  }
  for (let i = 0; i < count; i++) await start(configs);
  return { servers, start };
}

/** Three masters with a replica each. */
export async function startRedisCluster() {
  const { servers } = await startServers(
    "cluster",
    () => ["cluster-enabled yes", "cluster-node-timeout 1500"],
    6,
  );
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
  const [first] = servers;
  if (!first) throw new Error("no servers");
  await run("redis-cli", ["--cluster", "create", ...addresses, "--cluster-replicas", "1", "--cluster-yes"]);
  await eventually(
    async () => {
      for (const { port } of servers) {
        const info = await redisCli(port, "cluster", "info");
        if (!info.includes("cluster_state:ok") || !info.includes("cluster_known_nodes:6")) return false;
        if (
          (await redisCli(port, "role")).startsWith("slave") &&
          !(await redisCli(port, "role")).includes("connected")
        )
          return false;
      }
      return true;
    },
    { timeoutMs: 20_000 },
  );
  const idOf = (port: number) => redisCli(port, "cluster", "myid");
  const serverAt = (port: number) => {
    const server = servers.find((one) => one.port === port);
    if (!server) throw new Error(`no server at ${port}`);
    return server;
  };
  /** Port of the master that has the key's slot, as the server at `from` sees it. */
  async function masterOf(key: string, from = first?.port ?? 0): Promise<number> {
    const slot = Number(await redisCli(from, "cluster", "keyslot", key));
    const lines = (await redisCli(from, "cluster", "nodes")).split("\n");
    for (const line of lines) {
      const [, address = "", flags = "", , , , , , ...ranges] = line.split(" ");
      if (!flags.includes("master") || flags.includes("fail")) continue;
      const has = ranges.some((range) => {
        const [low, high = low] = range.split("-").map(Number);
        return low !== undefined && high !== undefined && slot >= low && slot <= high;
      });
      if (has) return Number(/:(\d+)@/.exec(address)?.[1]);
    }
    throw new Error(`nobody has slot ${slot}`);
  }
  return {
    url: `redis+cluster://${addresses.slice(0, 2).join(",")}`,
    ports: servers.map(({ port }) => port),
    masterOf,
    /** Moves the key's slot, with all that is in it, to another master; answers the port where it is now. */
    async moveSlotOf(key: string): Promise<number> {
      const from = await masterOf(key);
      const slot = await redisCli(from, "cluster", "keyslot", key);
      const masters: number[] = [];
      for (const { port } of servers)
        if ((await redisCli(port, "role")).startsWith("master")) masters.push(port);
      const to = masters.find((port) => port !== from);
      if (to === undefined) throw new Error("no other master");
      await redisCli(to, "cluster", "setslot", slot, "importing", await idOf(from));
      await redisCli(from, "cluster", "setslot", slot, "migrating", await idOf(to));
      const keys = (await redisCli(from, "cluster", "getkeysinslot", slot, "1000"))
        .split("\n")
        .filter(Boolean);
      for (const name of keys) await redisCli(from, "migrate", "127.0.0.1", String(to), name, "0", "5000");
      for (const port of [to, from]) await redisCli(port, "cluster", "setslot", slot, "node", await idOf(to));
      return to;
    },
    kill(port: number) {
      serverAt(port).child.kill("SIGKILL");
    },
  };
}

/** A master, a replica, and three sentinels that watch them. */
export async function startSentinels() {
  const { servers, start } = await startServers("sentinel", () => ["appendonly no"], 1);
  const master = servers[0];
  if (!master) throw new Error("no master");
  const replica = await start(() => [`replicaof 127.0.0.1 ${master.port}`]);
  await eventually(async () => (await redisCli(replica.port, "role")).includes("connected"));
  const sentinels: number[] = [];
  for (let i = 0; i < 3; i++) {
    const sentinel = await start(
      () => [
        `sentinel monitor parley 127.0.0.1 ${master.port} 2`,
        "sentinel down-after-milliseconds parley 1000",
        "sentinel failover-timeout parley 1500",
      ],
      ["--sentinel"],
    );
    sentinels.push(sentinel.port);
  }
  await eventually(
    async () => {
      const [state = ""] = [await redisCli(sentinels[0] ?? 0, "sentinel", "ckquorum", "parley")];
      const known = await redisCli(sentinels[0] ?? 0, "sentinel", "replicas", "parley");
      return state.startsWith("OK 3") && known.includes(String(replica.port));
    },
    { timeoutMs: 20_000 },
  );
  return {
    url: `redis+sentinel://${sentinels.map((port) => `127.0.0.1:${port}`).join(",")}/parley`,
    master,
    replica,
  };
}
