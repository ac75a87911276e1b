import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../script/cluster/loopback.ts";
import { startPrivateRedis } from "../../script/cluster/private-redis.ts";
import type { Address } from "../load/client.ts";
import type { Dialect } from "../load/messages.ts";
import { createRedisProbe, type RedisProbe } from "../measure/redis-probe.ts";

export type SystemName = "Parley" | "B" | "B2" | "R" | "RC";

export interface NodeProcess {
  readonly name: string;
  readonly pid: number;
  readonly address: Address;
}

/** Something that is measured: running processes with a Redis of their own. */
export interface System {
  readonly name: SystemName;
  readonly dialect: Dialect;
  /** The processes that hold connections. */
  readonly nodes: readonly NodeProcess[];
  /** All Node processes, also those without connections. */
  readonly pids: readonly number[];
  readonly redis: RedisProbe | undefined;
  stop(): Promise<void>;
}

export type Fsync = "always" | "everysec" | "no";

/** How Redis is set up in all that is measured, where a workload does not say otherwise: as Parley ships it. */
const shippedFsync: Fsync = "always";

export interface SystemOptions {
  readonly nodes: number;
  readonly appendfsync?: Fsync;
}

export interface OwnRedis {
  readonly url: string;
  readonly probe: RedisProbe;
  stop(): Promise<void>;
}

const password = "bench";

/** A Redis for one system alone, with the configuration that Parley ships, in a folder that goes away with it. */
export async function startOwnRedis(appendfsync: Fsync = shippedFsync): Promise<OwnRedis> {
  const dir = mkdtempSync(join(tmpdir(), "parley-bench-"));
  const forget = () => rmSync(dir, { recursive: true, force: true });
  process.once("exit", forget);
  const port = await freePort();
  const child = await startPrivateRedis({ dir, port, password, appendfsync });
  const probe = createRedisProbe({ port, password });
  return {
    url: `redis://:${password}@127.0.0.1:${port}`,
    probe,
    async stop() {
      probe.close();
      await child.stop(5_000);
      process.off("exit", forget);
      forget();
    },
  };
}
