import { startParley } from "../systems/parley.ts";
import type { Fsync } from "../systems/system.ts";
import { generatorWasBusy, measureSaturated } from "./measuring.ts";
import { roomsInTurn } from "./members.ts";
import { createFindings, pick, type Workload } from "./workload.ts";

export const durableSend: Workload = {
  name: "durable-send",
  about:
    "What an acknowledgement costs: as many sends as go, for each promise that Redis can make about the disk",
  async run({ length, progress, generator, own }) {
    const { users, times, seconds } = pick(length, {
      short: { users: 60, times: 1, seconds: 2 },
      full: { users: 200, times: 5, seconds: 3 },
    });
    const outstanding = 4;
    const members = 2;
    const findings = createFindings(
      `one node, ${users} users in rooms of ${members}, each with ${outstanding} sends of 100 bytes under way`,
    );
    const settings: Fsync[] = ["no", "everysec", "always"];
    const systems = [];
    for (const [i, appendfsync] of settings.entries()) {
      progress(`signing in, ${appendfsync}`, i * 0.1);
      const system = { ...(await own(startParley({ nodes: 1, appendfsync }))), name: "Parley" as const };
      await generator.tell("connect", {
        group: appendfsync,
        dialect: system.dialect,
        targets: system.nodes.map((node) => node.address),
        rooms: roomsInTurn(users, members),
      });
      systems.push({ appendfsync, system });
    }
    for (let time = 0; time < times; time++) {
      for (const { appendfsync, system } of systems) {
        progress(`${appendfsync}, ${time + 1}/${times}`, 0.3 + (time / times) * 0.7);
        const result = await measureSaturated(generator, system, {
          group: appendfsync,
          warmSeconds: 1,
          seconds,
          senders: users,
          outstanding,
          textBytes: 100,
        });
        const add = (what: string, unit: string, value: number) =>
          findings.add(`Parley, ${appendfsync}`, what, unit, value);
        add("acknowledged sends a second", "/s", result.acknowledged / result.seconds);
        add("Redis CPU a send", "µs", result.redisCpuUs / result.acknowledged);
        add("server CPU a send", "µs", result.serverCpuUs / result.acknowledged);
        add("p50 of the acknowledgement", "ms", result.ackMs.p50);
        add("p99 of the acknowledgement", "ms", result.ackMs.p99);
        if (result.failedSends > 0)
          findings.warn(`${appendfsync}: ${result.failedSends} sends failed, such as ${result.firstFailure}`);
        if (generatorWasBusy(result))
          findings.warn(
            `${appendfsync}: the generator used ${Math.round(result.generatorCpu * 100)} % of its core`,
          );
      }
    }
    return findings;
  },
};
