import { randomBytes } from "node:crypto";
import { startBalancer } from "../../script/cluster/balancer.ts";
import { type Child, logEntry } from "../../script/cluster/child.ts";
import { createLoopbackNetwork, freePort } from "../../script/cluster/loopback.ts";
import { startNameServer } from "../../script/cluster/name-server.ts";
import { type Service, startService } from "../../script/cluster/service.ts";
import { startRedis, type TestRedis } from "./redis.ts";
import { stopWhenDone } from "./started.ts";
import { eventually } from "./wait.ts";

export interface ClusterOptions {
  /** Chat nodes; 2 unless told. */
  nodes?: number;
  /** Presence services; 1 unless told. */
  presence?: number;
  /** For all services, on top of what the launcher would set. */
  env?: Record<string, string>;
  /** HAProxy in front; yes unless told. */
  balancer?: boolean;
  redis?: { appendfsync?: "always" | "everysec" | "no" };
  /** A Redis of another kind, which runs already; ends with the cluster. */
  redisAt?: { readonly url: string; stop(): Promise<void> };
  /** For the service of that name (`chat-1`, `presence-1`) alone, on top of it. */
  envFor?: (name: string) => Record<string, string>;
  /** Where the service of that name finds Redis, for a line that a test can hold; Redis itself unless told. */
  redisUrlFor?: (name: string, url: string) => Promise<string>;
}

/** One of the services, as a process. */
export interface TestService {
  readonly name: string;
  /** Without the balancer. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly running: boolean;
  /** The latest lines that it logged, oldest first. */
  readonly logs: readonly string[];
  /** The logged objects with this message. */
  logged(message: string): Record<string, unknown>[];
  /** Sends a signal, SIGKILL unless told; resolves when the process is gone if the signal ends it at once. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it in order (SIGTERM), however long it takes. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** Starts it again where it was, after it ended. */
  start(): Promise<void>;
}

export interface TestCluster {
  /** Where people reach it: the balancer, or the first node where there is none. */
  readonly url: string;
  readonly adminToken: string;
  readonly tokenSecret: string;
  readonly prefix: string;
  readonly nodes: TestService[];
  readonly presence: TestService[];
  /** Throws where the cluster was given another one. */
  readonly redis: TestRedis;
  /** The balancer as a process; it has no url of its own. */
  readonly balancer: { readonly pid: number; readonly logs: readonly string[]; restart(): Promise<void> };
  /** One more chat node, which the balancer has found when this resolves. */
  addNode(env?: Record<string, string>): Promise<TestService>;
  /** Resolves when every running chat node and the way through the balancer are ready. */
  ready(): Promise<void>;
  /** Ends all of it at once; done by itself when the test file is done. Safe to call twice. */
  stop(): Promise<void>;
}

const chatName = "chat.parley.internal";

/** A whole cluster of real processes on this machine, with a Redis, addresses and ports of its own. */
export async function startCluster(options: ClusterOptions = {}): Promise<TestCluster> {
  const tokenSecret = randomBytes(24).toString("hex");
  const adminToken = randomBytes(16).toString("hex");
  const prefix = "parley-test:";
  const network = await createLoopbackNetwork();
  const own = options.redisAt ? undefined : await startRedis(options.redis);
  const redis = options.redisAt ?? (own as TestRedis);
  const everything: { end(): Promise<void> }[] = [];
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= (async () => {
      await Promise.all(everything.map((one) => one.end()));
      await redis.stop();
    })();
    return stopped;
  };
  stopWhenDone(stop);

  const common = {
    ...process.env,
    NODE_ENV: "production",
    REDIS_URL: redis.url,
    REDIS_PREFIX: prefix,
    TOKEN_SECRET: tokenSecret,
    ADMIN_TOKEN: adminToken,
    TRUST_PROXY: "loopback",
    DRAIN_SECONDS: "3",
    // Everybody in a test comes from one address.
    LIMIT_SIGN_INS_PER_MINUTE: "0",
    ...options.env,
  };

  async function launch(
    name: string,
    service: "chat" | "presence",
    settings: NodeJS.ProcessEnv,
  ): Promise<TestService> {
    const found = await options.redisUrlFor?.(name, redis.url);
    const env = {
      ...settings,
      ...options.envFor?.(name),
      ...(found === undefined ? {} : { REDIS_URL: found }),
    };
    const start = () =>
      startService({
        name,
        service,
        env,
        ...(process.env.TEST_LOGS
          ? { onLine: (line: string) => process.stderr.write(`${name} ${line}\n`) }
          : {}),
      });
    let current: Service = await start();
    everything.push({
      async end() {
        current.kill("SIGKILL");
        await current.exited;
      },
    });
    return {
      name,
      get url() {
        return `http://${settings.HOST}:${current.port}`;
      },
      get port() {
        return current.port;
      },
      get pid() {
        return current.pid;
      },
      get running() {
        return current.running;
      },
      get logs() {
        return current.lines;
      },
      logged: (message) =>
        current.lines.map(logEntry).filter((entry) => entry !== undefined && entry.msg === message) as Record<
          string,
          unknown
        >[],
      async kill(signal = "SIGKILL") {
        current.kill(signal);
        if (signal === "SIGKILL") await current.exited;
      },
      stop: () => current.stop(60_000),
      async start() {
        if (current.running) throw new Error(`${name} is running`);
        current = await start();
      },
    };
  }

  const nodes: TestService[] = [];
  const launchNode = async (index: number, env: Record<string, string> = {}) => {
    const address = network.chatAddress(index);
    const place = { HOST: address, PORT: String(network.chatPort) };
    const node = await launch(`chat-${index + 1}`, "chat", { ...common, ...env, ...place });
    nodes[index] = node;
    return node;
  };

  try {
    const [presence] = await Promise.all([
      Promise.all(
        Array.from({ length: options.presence ?? 1 }, (_, index) =>
          launch(`presence-${index + 1}`, "presence", { ...common, HOST: "127.0.0.1", PORT: "0" }),
        ),
      ),
      Promise.all(Array.from({ length: options.nodes ?? 2 }, (_, index) => launchNode(index))),
    ]);
    const balancer = options.balancer === false ? undefined : await startBalancerFor();
    const url = balancer?.url ?? nodes[0]?.url ?? "";
    const ready = async () => {
      await Promise.all(nodes.filter((node) => node.running).map((node) => answers(`${node.url}/readyz`)));
      await answers(`${url}/readyz`);
    };
    await ready();

    return {
      url,
      adminToken,
      tokenSecret,
      prefix,
      nodes,
      presence,
      get redis() {
        if (!own) throw new Error("this cluster was given a Redis of another kind");
        return own;
      },
      get balancer() {
        if (!balancer) throw new Error("this cluster has no balancer");
        return balancer;
      },
      async addNode(env) {
        const node = await launchNode(nodes.length, env);
        await answers(`${node.url}/readyz`);
        const found = `to ${new URL(node.url).hostname} by`;
        if (balancer) await eventually(() => balancer.logs.some((line) => line.includes(found)));
        return node;
      },
      ready,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }

  async function startBalancerFor() {
    const nameServer = await startNameServer(chatName, () =>
      nodes.filter((node) => node.running).map((node) => new URL(node.url).hostname),
    );
    const port = await freePort();
    const start = () =>
      startBalancer({
        host: "127.0.0.1",
        port,
        chatName,
        nameServer: nameServer.address,
        chatPort: network.chatPort,
      });
    let current: Child = await start();
    everything.push({
      async end() {
        current.kill("SIGKILL");
        await current.exited;
        await nameServer.close();
      },
    });
    return {
      url: `http://127.0.0.1:${port}`,
      get pid() {
        return current.pid;
      },
      get logs() {
        return current.lines;
      },
      async restart() {
        current.kill("SIGKILL");
        await current.exited;
        current = await start();
        await answers(`http://127.0.0.1:${port}/healthz`);
      },
    };
  }
}

/** Resolves once that address answers with 200. */
async function answers(url: string): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(url);
      const body = await response.text();
      if (!response.ok) throw new Error(`${url} answers ${response.status} ${body.slice(0, 200)}`);
      return true;
    },
    { timeoutMs: 20_000, everyMs: 50 },
  );
}
