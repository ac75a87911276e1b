import { setTimeout as pause } from "node:timers/promises";
import { startBalancer } from "../../script/cluster/balancer.ts";
import { createLoopbackNetwork, freePort } from "../../script/cluster/loopback.ts";
import { startNameServer } from "../../script/cluster/name-server.ts";
import { projectFile } from "../../script/cluster/project.ts";
import { type Service, startService } from "../../script/cluster/service.ts";
import type { Address } from "../load/client.ts";
import { moveToCores, serverCores } from "../measure/cores.ts";
import { type NodeProcess, type System, type SystemOptions, startOwnRedis } from "./system.ts";

/**
 * The limits that a generator with one address and few senders would meet. Raised and not turned off, so that checking them
 * costs what it costs.
 */
export const raisedLimits = {
  LIMIT_CONNECTIONS_PER_ADDRESS: "1000000",
  LIMIT_SIGN_INS_PER_MINUTE: "1000000",
  LIMIT_MESSAGES_PER_SECOND: "1000000",
  LIMIT_MESSAGES_BURST: "1000000",
  LIMIT_EVENTS_PER_SECOND: "1000000",
  LIMIT_EVENTS_BURST: "1000000",
};

export interface Parley extends System {
  /** Starts the balancer in front of the nodes; answers its address, and how to know that it takes a node out from now on. */
  startBalancer(): Promise<{ address: Address; sawDown(withinMs: number): Promise<void> }>;
  /** Ends a node as a power cut would. */
  kill(node: NodeProcess): Promise<void>;
}

const chatName = "chat.parley.internal";

/** Parley as it is shipped, from dist/: chat nodes and two presence services. */
export async function startParley(options: SystemOptions): Promise<Parley> {
  const redis = await startOwnRedis(options.appendfsync);
  const services: Service[] = [];
  const others: { stop(): Promise<unknown> }[] = [];
  const stop = async () => {
    for (const other of others.toReversed()) await other.stop();
    // In one go: a drain for clients that are not there any more would only take time.
    for (const service of services) service.kill("SIGKILL");
    await Promise.all(services.map((service) => service.exited));
    await redis.stop();
  };
  try {
    const network = await createLoopbackNetwork();
    const env = {
      PATH: process.env.PATH,
      REDIS_URL: redis.url,
      TOKEN_SECRET: "bench-token-secret-of-32-characters",
      ADMIN_TOKEN: "bench-admin-token",
      ...raisedLimits,
    };
    const nodes: NodeProcess[] = [];
    const start = async (name: string, service: "chat" | "presence", place: NodeJS.ProcessEnv) => {
      const profiled = service === "chat" ? profiling() : {};
      const started = await startService({ name, service, env: { ...env, ...profiled, ...place } });
      services.push(started);
      moveToCores(started.pid, serverCores);
      return started;
    };
    for (const name of ["presence-1", "presence-2"])
      await start(name, "presence", { HOST: "127.0.0.1", PORT: "0" });
    for (let index = 0; index < options.nodes; index++) {
      const name = `chat-${index + 1}`;
      const host = network.chatAddress(index);
      const { pid, port } = await start(name, "chat", { HOST: host, PORT: String(network.chatPort) });
      nodes.push({ name, pid, address: { host, port } });
    }
    return {
      name: "Parley",
      dialect: "parley",
      nodes,
      get pids() {
        return services.filter((service) => service.running).map((service) => service.pid);
      },
      redis: redis.probe,
      stop,
      async kill(node) {
        const service = services.find(({ pid }) => pid === node.pid);
        service?.kill("SIGKILL");
        await service?.exited;
      },
      async startBalancer() {
        const runningHosts = () =>
          nodes
            .filter(({ pid }) => services.some((service) => service.pid === pid && service.running))
            .map(({ address }) => address.host);
        const nameServer = await startNameServer(chatName, runningHosts);
        others.push({ stop: nameServer.close });
        const address = { host: "127.0.0.1", port: await freePort() };
        const balancer = await startBalancer({
          ...address,
          chatName,
          nameServer: nameServer.address,
          chatPort: network.chatPort,
        });
        others.push({ stop: () => balancer.stop(2_000) });
        await untilOk(`http://${address.host}:${address.port}/readyz`);
        return {
          address,
          async sawDown(withinMs) {
            const past = new Set(balancer.lines);
            // The name server forgets the node as fast as the check fails; either is the balancer taking it out.
            await balancer.line(
              (line) => !past.has(line) && /Server chat\/chat\d+ (is|was|is going) DOWN/.test(line),
              withinMs,
            );
          },
        };
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** With BENCH_PROFILE_DIR, chat nodes take a CPU profile between two signals; see measuring.ts. */
function profiling(): NodeJS.ProcessEnv {
  const { BENCH_PROFILE_DIR } = process.env;
  if (!BENCH_PROFILE_DIR) return {};
  return { BENCH_PROFILE_DIR, NODE_OPTIONS: `--import ${projectFile("bench", "profile", "hook.mjs")}` };
}

/** Bounded: a balancer that finds nobody for half a minute never will. */
async function untilOk(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const answer = await fetch(url).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await pause(100);
  }
  throw new Error(`${url} did not answer well within 30 s`);
}
