import { type Child, logEntry, startChild } from "../../script/cluster/child.ts";
import { projectFile } from "../../script/cluster/project.ts";
import { moveToCores, serverCores } from "../measure/cores.ts";
import {
  type NodeProcess,
  type System,
  type SystemName,
  type SystemOptions,
  startOwnRedis,
} from "./system.ts";

/** How long coalesced messages wait for each other; Parley's feeds wait as long. */
const coalesceMs = "5";

/** Plain Socket.IO with the classic adapter (B) or the sharded one (B2). */
export async function startPlain(name: "B" | "B2", options: SystemOptions): Promise<System> {
  const redis = await startOwnRedis(options.appendfsync);
  const adapter = name === "B" ? "classic" : "sharded";
  const env = { REDIS_URL: redis.url, ADAPTER: adapter };
  const peer = await startPeer(name, "plain-socket-io.ts", env, options.nodes).catch(async (error: Error) => {
    await redis.stop();
    throw error;
  });
  return {
    ...peer,
    redis: redis.probe,
    async stop() {
      await peer.stop();
      await redis.stop();
    },
  };
}

/** A bare `ws` server that writes a frame for each message (R), or one for all of some milliseconds (RC). */
export function startRaw(name: "R" | "RC"): Promise<System> {
  return startPeer(name, "raw-ws.ts", { COALESCE_MS: name === "R" ? "0" : coalesceMs }, 1);
}

async function startPeer(
  name: SystemName,
  file: string,
  env: NodeJS.ProcessEnv,
  count: number,
): Promise<System> {
  const children: Child[] = [];
  const stop = async () => {
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map((child) => child.exited));
  };
  const nodes: NodeProcess[] = [];
  try {
    for (let index = 0; index < count; index++) {
      const child = await startChild({
        name: `${name}-${index + 1}`,
        command: process.execPath,
        args: ["--import", "tsx", projectFile("bench", "peers", file)],
        env: { PATH: process.env.PATH, NODE_ENV: "production", ...env },
      });
      children.push(child);
      const line = await child.line((text) => logEntry(text)?.msg === "listening", 30_000);
      moveToCores(child.pid, serverCores);
      const address = { host: "127.0.0.1", port: Number(logEntry(line)?.port) };
      nodes.push({ name: child.name, pid: child.pid, address });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { name, dialect: "peer", nodes, pids: nodes.map((node) => node.pid), redis: undefined, stop };
}
