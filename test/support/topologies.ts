import { execFile } from "node:child_process";
import { promisify } from "node:util";
import {
  isInSync,
  type Lagging,
  openRedisServers,
  type RedisServer,
  redisCli,
  redisInfo,
  stopReplication,
} from "./redis-servers.ts";
import { eventually } from "./wait.ts";

const run = promisify(execFile);

/** Several Redis servers that are one Redis for those who use them. */
export interface ReplicatedRedis {
  readonly kind: "sentinel" | "cluster";
  /** As in `REDIS_URL`. */
  readonly url: string;
  /** Those that take writes, now. */
  masters(): Promise<RedisServer[]>;
  /** From when this resolves, the replica of the key's master gets nothing; what was acknowledged before the call, it has. */
  lag(key: string): Promise<Lagging>;
  stop(): Promise<void>;
}

export interface RedisCluster extends ReplicatedRedis {
  /** The master that has the key's slot. */
  masterOf(key: string): Promise<RedisServer>;
  /** Moves the key's slot, with all that is in it, to another master. */
  moveSlotOf(key: string): Promise<void>;
}

export interface Sentinels extends ReplicatedRedis {
  master(): Promise<RedisServer>;
  replica(): Promise<RedisServer>;
}

/** Three masters with a replica each. */
export async function startRedisCluster(): Promise<RedisCluster> {
  const group = openRedisServers("cluster");
  const servers = await Promise.all(
    Array.from({ length: 6 }, () => group.start(["cluster-enabled yes", "cluster-node-timeout 1500"])),
  );
  const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
  await run("redis-cli", ["--cluster", "create", ...addresses, "--cluster-replicas", "1", "--cluster-yes"]);
  await eventually(
    async () => {
      for (const server of servers) {
        const info = await redisCli(server.port, "cluster", "info");
        if (!info.includes("cluster_state:ok") || !info.includes("cluster_known_nodes:6")) return false;
        const { role } = await redisInfo(server.port, "replication");
        if (role === "slave" && !(await isInSync(server))) return false;
      }
      return true;
    },
    { timeoutMs: 20_000 },
  );
  const idOf = ({ port }: RedisServer) => redisCli(port, "cluster", "myid");
  const serverAt = (address: string) => {
    const server = servers.find(({ port }) => address.startsWith(`127.0.0.1:${port}@`));
    if (!server) throw new Error(`no server at ${address}`);
    return server;
  };
  const anyone = () => {
    const server = servers.find(({ running }) => running);
    if (!server) throw new Error("no server is running");
    return server;
  };

  /** What the cluster says of its servers, as one that runs sees it. */
  async function members() {
    const lines = (await redisCli(anyone().port, "cluster", "nodes")).split("\n");
    return lines.map((line) => {
      const [id = "", address = "", flags = "", masterId = "", , , , ...ranges] = line.split(" ");
      return { id, server: serverAt(address), flags: flags.split(","), masterId, ranges };
    });
  }

  /** With its replica. */
  async function shardOf(key: string) {
    const slot = Number(await redisCli(anyone().port, "cluster", "keyslot", key));
    const all = await members();
    const master = all.find(
      ({ flags, ranges }) =>
        flags.includes("master") &&
        !flags.includes("fail") &&
        ranges.some((range) => {
          const [low, high = low] = range.split("-").map(Number);
          return low !== undefined && high !== undefined && slot >= low && slot <= high;
        }),
    );
    if (!master) throw new Error(`nobody has slot ${slot}`);
    const replica = all.find(({ masterId }) => masterId === master.id);
    return { slot: String(slot), master: master.server, replica: replica?.server };
  }

  const masters = async () =>
    (await members())
      .filter(({ flags }) => flags.includes("master") && !flags.includes("fail"))
      .map(({ server }) => server);

  return {
    kind: "cluster",
    url: `redis+cluster://${addresses.slice(0, 2).join(",")}`,
    stop: group.stop,
    masters,
    masterOf: async (key) => (await shardOf(key)).master,
    async moveSlotOf(key) {
      const { slot, master: from } = await shardOf(key);
      const to = (await masters()).find((server) => server !== from);
      if (to === undefined) throw new Error("no other master");
      await redisCli(to.port, "cluster", "setslot", slot, "importing", await idOf(from));
      await redisCli(from.port, "cluster", "setslot", slot, "migrating", await idOf(to));
      for (let keys = ["first"]; keys.length > 0; ) {
        keys = (await redisCli(from.port, "cluster", "getkeysinslot", slot, "100"))
          .split("\n")
          .filter(Boolean);
        if (keys.length > 0)
          await redisCli(
            from.port,
            "migrate",
            "127.0.0.1",
            String(to.port),
            "",
            "0",
            "5000",
            "keys",
            ...keys,
          );
      }
      for (const { port } of [to, from])
        await redisCli(port, "cluster", "setslot", slot, "node", await idOf(to));
    },
    async lag(key) {
      const { master, replica } = await shardOf(key);
      if (!replica) throw new Error("that master has no replica");
      await stopReplication(master, replica);
      return {
        async failOver() {
          await master.kill();
          replica.thaw();
          await eventually(async () => (await shardOf(key)).master === replica, { timeoutMs: 20_000 });
        },
        async rejoin() {
          await master.start();
          await eventually(() => isInSync(master), { timeoutMs: 20_000 });
        },
      };
    },
  };
}

/** A master, a replica, and three sentinels that watch them. */
export async function startSentinels(config: readonly string[] = []): Promise<Sentinels> {
  const group = openRedisServers("sentinel");
  const first = await group.start(config);
  const second = await group.start(config, "--replicaof", "127.0.0.1", String(first.port));
  await eventually(() => isInSync(second));
  const sentinels = await Promise.all(
    Array.from({ length: 3 }, () =>
      group.start(
        [
          `sentinel monitor parley 127.0.0.1 ${first.port} 2`,
          // A sentinel asks once a second, also a master that it has only just switched to: with less, it now and then took
          // that one for dead as well, and failed over a second time by itself.
          "sentinel down-after-milliseconds parley 2000",
          "sentinel failover-timeout parley 1500",
        ],
        "--sentinel",
      ),
    ),
  );
  await eventually(
    async () => {
      for (const { port } of sentinels) {
        if (!(await redisCli(port, "sentinel", "ckquorum", "parley")).startsWith("OK 3")) return false;
        if (!(await redisCli(port, "sentinel", "replicas", "parley")).includes(String(second.port)))
          return false;
      }
      return true;
    },
    { timeoutMs: 20_000 },
  );

  /** Once all of them name the same. */
  async function named(): Promise<RedisServer> {
    const ports = await Promise.all(
      sentinels.map(async ({ port }) =>
        Number((await redisCli(port, "sentinel", "get-master-addr-by-name", "parley")).split("\n")[1]),
      ),
    );
    const server = [first, second].find(({ port }) => ports.every((one) => one === port));
    if (!server) throw new Error(`sentinels name ${ports.join(", ")}`);
    return server;
  }

  const master = () => eventually(named);
  const replica = async () => ((await master()) === first ? second : first);

  return {
    kind: "sentinel",
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join(",")}/parley`,
    stop: group.stop,
    master,
    replica,
    masters: async () => [await master()],
    async lag() {
      const [old, next] = [await master(), await replica()];
      await stopReplication(old, next);
      return {
        async failOver() {
          await old.kill();
          next.thaw();
          await eventually(
            async () => (await named()) === next && (await redisCli(next.port, "role")).startsWith("master"),
            { timeoutMs: 20_000 },
          );
        },
        async rejoin() {
          await old.start("--replicaof", "127.0.0.1", String(next.port));
          await eventually(() => isInSync(old), { timeoutMs: 20_000 });
        },
      };
    },
  };
}
