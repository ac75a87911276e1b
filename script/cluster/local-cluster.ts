import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { ConfigurationError } from "../../services/platform/variables.ts";
import { startBalancer } from "./balancer.ts";
import type { Child } from "./child.ts";
import { logEntry } from "./child.ts";
import { claimDataFolder, keptSecret, redisInFolder } from "./data-folder.ts";
import { createLogFile } from "./log-file.ts";
import { createLoopbackNetwork, freePort, listenTrouble } from "./loopback.ts";
import { startNameServer } from "./name-server.ts";
import { privateRedisUrl, startPrivateRedis } from "./private-redis.ts";
import { startService } from "./service.ts";
import type { Settings } from "./settings.ts";
import { type Supervised, supervise } from "./supervisor.ts";

export interface LocalCluster {
  /** What to tell the person who started it. */
  readonly summary: string;
  /** Stops everything in order; safe to call twice. */
  stop(): Promise<void>;
}

const chatName = "chat.parley.internal";
const presenceServices = 2;
/** More than a node allows itself beyond its drain. */
const beyondDrainMs = 7_000;

/** Redis, presence services, chat nodes and the balancer on this machine, each its own process. */
export async function startLocalCluster(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  say: (line: string) => void,
): Promise<LocalCluster> {
  await checkAddress(settings);
  const folder = await claimDataFolder(settings.DATA_DIR);
  const logs = join(folder, "logs");
  const logTo = (name: string) => {
    const file = createLogFile(logs, name);
    return (line: string) => {
      file.write(line);
      const worth = worthSaying(line);
      if (worth !== undefined) say(`${name}: ${worth}`);
    };
  };

  // What was started, in that order; stopped from the end.
  const stages: { stop(): Promise<unknown> }[] = [];
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= (async () => {
      for (const stage of stages.toReversed()) await stage.stop();
    })();
    return stopping;
  };

  try {
    return await start();
  } catch (error) {
    await stop();
    throw error;
  }

  /** Waits for all of them even when one fails: what still starts while everything stops would be left behind. */
  async function startStage<C extends Child>(
    stopWithinMs: number,
    starting: readonly Promise<Supervised<C>>[],
  ): Promise<Supervised<C>[]> {
    const outcomes = await Promise.allSettled(starting);
    const up = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    stages.push(together(up, stopWithinMs));
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
    return up;
  }

  async function start(): Promise<LocalCluster> {
    let redisUrl = settings.redisUrl;
    if (redisUrl === undefined) {
      const redis = await startOwnRedis(join(folder, "redis"), logTo("redis"), say);
      stages.push(redis);
      redisUrl = redis.url;
    }

    const env = {
      ...environment,
      REDIS_URL: redisUrl,
      TOKEN_SECRET: settings.TOKEN_SECRET || keptSecret(join(folder, "token-secret")),
      DRAIN_SECONDS: String(settings.DRAIN_SECONDS),
    };
    const presence = await startStage(
      10_000,
      numbered("presence", presenceServices).map((name) => {
        const onLine = logTo(name);
        return supervise(
          name,
          () =>
            startService({
              name,
              service: "presence",
              onLine,
              env: { ...env, HOST: "127.0.0.1", PORT: "0" },
            }),
          say,
        );
      }),
    );

    const network = await createLoopbackNetwork();
    const running = new Map<string, () => boolean>();
    const nameServer = await startNameServer(chatName, () =>
      [...running].filter(([, isRunning]) => isRunning()).map(([address]) => address),
    );
    stages.push({ stop: nameServer.close });

    const chat = await startStage(
      settings.DRAIN_SECONDS * 1_000 + beyondDrainMs,
      numbered("chat", settings.CHAT_NODES).map(async (name, index) => {
        const address = network.chatAddress(index);
        const onLine = logTo(name);
        const node = await supervise(
          name,
          () =>
            startService({
              name,
              service: "chat",
              onLine,
              env: {
                ...env,
                HOST: address,
                PORT: String(network.chatPort),
                TRUST_PROXY: ["loopback", environment.TRUST_PROXY].filter(Boolean).join(","),
              },
            }),
          say,
        );
        running.set(address, () => node.current !== undefined);
        return node;
      }),
    );

    // Started when it finds all nodes at once: those of whom it learns later count for less at first.
    const balancerLog = createLogFile(logs, "balancer");
    const balancer = await supervise(
      "balancer",
      () =>
        startBalancer({
          host: settings.HOST,
          port: settings.PORT,
          chatName,
          nameServer: nameServer.address,
          chatPort: network.chatPort,
          proxies: networksOf(environment.TRUST_PROXY ?? ""),
          onLine: balancerLog.write,
        }),
      say,
    );
    // Stopped after the nodes, which hand their clients over while people can still reach the page.
    stages.splice(-1, 0, together([balancer], 5_000));

    const url = addressOf(settings);
    await untilServed(url, balancer);
    return { stop, summary: summarise() };

    function summarise(): string {
      const list = (services: Supervised<Child>[]) =>
        services.map((one) => `${one.name} (pid ${one.current?.pid})`).join(", ");
      const everywhere = ["0.0.0.0", "::"].includes(settings.HOST);
      return [
        "",
        `Parley is up: ${url}${everywhere ? ` (and on every other address of this machine, port ${settings.PORT})` : ""}`,
        `  chat      ${list(chat)}`,
        `  presence  ${list(presence)}`,
        `  redis     ${settings.redisUrl === undefined ? `private, in ${join(folder, "redis")}` : "the one in REDIS_URL"}`,
        `  logs      ${logs}`,
        "Stop it with Ctrl-C.",
        "",
      ].join("\n");
    }
  }
}

/** What TRUST_PROXY names, as the balancer wants it: the proxies that stand in front of it. */
function networksOf(trustProxy: string): string[] {
  const named: Record<string, string[]> = {
    loopback: ["127.0.0.0/8", "::1"],
    linklocal: ["169.254.0.0/16", "fe80::/10"],
    uniquelocal: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
  };
  const entries = trustProxy.split(",").map((entry) => entry.trim());
  return entries.filter((entry) => entry !== "").flatMap((entry) => named[entry] ?? [entry]);
}

async function startOwnRedis(dir: string, onLine: (line: string) => void, say: (line: string) => void) {
  for (let pid = redisInFolder(dir); pid !== undefined; pid = redisInFolder(dir)) {
    say(`waiting for the Redis (pid ${pid}) of an earlier run to end`);
    process.kill(pid, "SIGTERM");
    await pause(500);
  }
  // The same after a crash, so that the services find it again.
  const port = await freePort();
  const password = randomBytes(24).toString("base64url");
  const redis = await supervise("redis", () => startPrivateRedis({ dir, port, password, onLine }), say);
  return {
    url: privateRedisUrl(port, password),
    // It writes nothing when it stops: all of it is on disk.
    stop: () => redis.stop(30_000),
  };
}

/** Says now, and not after everything else was started, that nobody can listen there. */
async function checkAddress({ HOST, PORT }: Settings): Promise<void> {
  const trouble = await listenTrouble(HOST, PORT);
  if (trouble === "EADDRINUSE")
    throw new ConfigurationError([
      `PORT holds ${PORT}, on which another program listens; give another one, such as PORT=${PORT === 65_535 ? 3000 : PORT + 1}`,
    ]);
  if (trouble === "EACCES")
    throw new ConfigurationError([
      `PORT holds ${PORT}, on which only root may listen; give one from 1024 up`,
    ]);
  if (trouble !== undefined)
    throw new ConfigurationError([
      `HOST holds ${JSON.stringify(HOST)}, which is no address of this machine (${trouble}); 127.0.0.1 is this machine alone, 0.0.0.0 all of its addresses`,
    ]);
}

/** Resolves once the balancer has found a node. */
async function untilServed(url: string, balancer: Supervised<Child>): Promise<void> {
  const deadlineMs = performance.now() + 30_000;
  for (;;) {
    const answer = await fetch(`${url}/lb`).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    if (performance.now() > deadlineMs) {
      const said = balancer.current?.lines.slice(-10).join("\n  ") ?? "";
      throw new Error(`the balancer found no chat node within 30 s\n  ${said}`);
    }
    await pause(100);
  }
}

function addressOf({ HOST, PORT }: Settings): string {
  const host = HOST === "0.0.0.0" ? "127.0.0.1" : HOST === "::" ? "::1" : HOST;
  return `http://${host.includes(":") ? `[${host}]` : host}:${PORT}`;
}

function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}-${index + 1}`);
}

function together(services: readonly Supervised<Child>[], withinMs: number) {
  return { stop: () => Promise.all(services.map((service) => service.stop(withinMs))) };
}

/** Of a service's log, what the person at the terminal should see: warnings and worse. All of it is in the log file. */
function worthSaying(line: string): string | undefined {
  const entry = logEntry(line);
  const warning = 40;
  if (typeof entry?.level !== "number" || entry.level < warning) return undefined;
  const reason = entry.reason ?? (entry.err as { message?: unknown } | undefined)?.message;
  return [entry.msg, reason].filter((part) => part !== undefined).join(": ");
}
