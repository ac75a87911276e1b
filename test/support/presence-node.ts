// A chat node as far as presence goes, as a process that can be stopped and killed: enters who is named, says so, stays.
import { setInterval } from "node:timers";
import { pino } from "pino";
import { connectRedis, createSubscriber, whenReady } from "../../services/platform/index.ts";
import { createPresence } from "../../services/presence/index.ts";
import { connectionOf, fastTimes } from "./presence-cluster.ts";

const [url = "", prefix = "", id = "", ...names] = process.argv.slice(2);
const log = pino({ level: "silent" });
const redis = connectRedis({ url, name: id, log });
await whenReady(redis, 5_000);
const presence = createPresence({
  redis,
  subscriber: createSubscriber({
    url,
    name: `${id}-subscriber`,
    log,
    publish: redis,
    beatChannel: `${prefix}beat:${id}`,
  }),
  prefix,
  node: {
    id,
    pid: process.pid,
    host: "test",
    version: "0",
    since: new Date().toISOString(),
  },
  vitals: () => ({
    connections: names.length,
    rooms: 0,
    messagesPerSecond: 0,
    eventLoopDelayMs: 0,
  }),
  log,
  times: fastTimes,
});
await presence.start();
await Promise.all(names.map((name) => presence.enter(connectionOf(name))));
process.stdout.write("entered\n");
// A child whose test is gone must not stay behind.
process.stdin.on("end", () => process.exit(0)).resume();
setInterval(() => {}, 60_000);
