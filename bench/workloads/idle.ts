import { setTimeout as pause } from "node:timers/promises";
import { residentBytes } from "../measure/processes.ts";
import { startParley } from "../systems/parley.ts";
import { startPlain, startRaw } from "../systems/peers.ts";
import { createMeter } from "./measuring.ts";
import { lobbyAndRooms } from "./members.ts";
import { connectAll, createFindings, pick, type Workload } from "./workload.ts";

export const idle: Workload = {
  name: "idle",
  about: "People who are there and say nothing: what a connection costs that only waits",
  async run({ length, progress, generator }) {
    const { users, times, settleSeconds, seconds } = pick(length, {
      short: { users: 1_000, times: 1, settleSeconds: 3, seconds: 5 },
      full: { users: 10_000, times: 5, settleSeconds: 10, seconds: 20 },
    });
    const members = 10;
    const findings = createFindings(
      `one node, ${users} users signed in, in the lobby and one room of ${members}, silent for ${seconds} s after ${settleSeconds} s of rest`,
    );
    // R shows what is Node's and `ws`' part: what no server on them can do without.
    const starts = [
      () => startParley({ nodes: 1 }),
      () => startPlain("B", { nodes: 1 }),
      () => startRaw("R"),
    ];
    for (let time = 0; time < times; time++) {
      for (const [i, start] of starts.entries()) {
        // One at a time: the memory of one must not press on the other.
        const system = await start();
        try {
          const done = (time + i / starts.length) / times;
          progress(`${system.name}, signing in, ${time + 1}/${times}`, done);
          const memory = () => system.nodes.reduce((sum, node) => sum + residentBytes(node.pid), 0);
          const redisBefore = (await system.redis?.usedBytes()) ?? 0;
          const before = memory();
          const { tookMs } = await connectAll(
            generator,
            system,
            lobbyAndRooms(users, members, system.dialect),
          );
          await pause(settleSeconds * 1_000);
          progress(`${system.name}, idle, ${time + 1}/${times}`, done);
          const meter = createMeter(system);
          const { open } = await generator.tell("idle", { group: system.name, seconds }, meter.onWindow);
          const used = await meter.used();
          const add = (what: string, unit: string, value: number) =>
            findings.add(system.name, what, unit, value);
          add("memory a connection", "KiB", (memory() - before) / users / 1_024);
          add("server CPU a connection and second", "µs", used.serverCpuUs / users / seconds);
          if (system.redis) {
            add("Redis CPU a connection and second", "µs", used.redisCpuUs / users / seconds);
            const redisBytes = (await system.redis.usedBytes()) - redisBefore;
            add("Redis memory a user", "KiB", redisBytes / users / 1_024);
          }
          add("sign-ins a second", "/s", users / (tookMs / 1_000));
          if (open !== users) findings.warn(`${system.name}: ${users - open} of ${users} connections closed`);
          await generator.tell("disconnect", { group: system.name });
        } finally {
          await system.stop();
        }
      }
    }
    return findings;
  },
};
