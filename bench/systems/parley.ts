import { createLoopbackNetwork } from "../../script/cluster/loopback.ts";
import { type Service, startService } from "../../script/cluster/service.ts";
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

/** Parley as it is shipped, from dist/: chat nodes and two presence services. */
export async function startParley(options: SystemOptions): Promise<System> {
  const redis = await startOwnRedis(options.appendfsync);
  const services: Service[] = [];
  const stop = async () => {
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
      const started = await startService({ name, service, env: { ...env, ...place } });
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
      pids: services.map((service) => service.pid),
      redis: redis.probe,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
