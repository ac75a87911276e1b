import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  answerHealth,
  ConfigurationError,
  connectRedis,
  createHealth,
  createLogger,
  createMetrics,
  createSubscriber,
  readVariables,
  runProcess,
} from "../platform/index.ts";
import { createPresenceService } from "./presence-service.ts";
import { presenceVariables } from "./variables.ts";

await runProcess(async () => {
  const variables = readVariables(presenceVariables, process.env);
  const id = `presence-${randomBytes(4).toString("hex")}`;
  const log = createLogger({
    level: variables.LOG_LEVEL,
    service: "presence",
    id,
  });
  const metrics = createMetrics({ service: "presence", id });
  const health = createHealth();
  const redis = connectRedis({
    url: variables.REDIS_URL,
    name: `${id}-commands`,
    log,
  });
  const subscriber = createSubscriber({
    url: variables.REDIS_URL,
    name: `${id}-subscriber`,
    log,
    publish: redis,
    beatChannel: `${variables.REDIS_PREFIX}{presence:${id}}:beat`,
  });
  const service = createPresenceService({
    redis,
    subscriber,
    prefix: variables.REDIS_PREFIX,
    log,
    metrics,
    service: { id, pid: process.pid },
  });
  health.require("presence", () => service.trouble);

  const server = createServer((request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (answerHealth(path, health, metrics, response)) return;
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const { HOST, PORT } = variables;
      reject(new ConfigurationError([`PORT holds ${PORT}, which ${HOST} cannot listen on (${error.code})`]));
    });
    server.listen(variables.PORT, variables.HOST, resolve);
  });
  service.start();
  log.info({ port: (server.address() as AddressInfo).port }, "listening");

  return {
    log,
    stopWithinMs: 5_000,
    async stop() {
      health.drain();
      await service.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      subscriber.close();
      redis.disconnect();
    },
  };
});
