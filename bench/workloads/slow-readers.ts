import { residentBytes } from "../measure/processes.ts";
import { startParley } from "../systems/parley.ts";
import { startPlain } from "../systems/peers.ts";
import { generatorWasBusy, measureLoad } from "./measuring.ts";
import { roomId } from "./members.ts";
import { connectAll, createFindings, pick, type Workload } from "./workload.ts";

export const slowReaders: Workload = {
  name: "slow-readers",
  about: "One in a hundred does not read what they are sent: what the others notice of it, and what it costs",
  async run({ length, progress, generator }) {
    const { members, times, seconds } = pick(length, {
      short: { members: 100, times: 1, seconds: 6 },
      full: { members: 300, times: 3, seconds: 5 },
    });
    const slow = Math.round(members / 100);
    const rate = 100;
    const textBytes = 4_000;
    const findings = createFindings(
      `one node, one room of ${members}, ${rate} messages a second of ${textBytes} bytes for ${seconds} s; ${slow} of them never read`,
    );
    const starts = [() => startParley({ nodes: 1 }), () => startPlain("B", { nodes: 1 })];
    for (let time = 0; time < times; time++) {
      for (const [i, start] of starts.entries()) {
        for (const slowReaders of [0, slow]) {
          const system = await start();
          try {
            const name = slowReaders === 0 ? "all read" : `${slow} do not read`;
            progress(`${system.name}, ${name}, ${time + 1}/${times}`, (time + i / starts.length) / times);
            await connectAll(
              generator,
              system,
              Array.from({ length: members }, () => [roomId(1)]),
            );
            const load = { messagesPerSecond: rate, senders: 10, attentive: 40, textBytes, slowReaders };
            await measureLoad(generator, system, { ...load, slowReaders: 0, warmSeconds: 0, seconds: 2 });
            const memory = () => system.nodes.reduce((sum, node) => sum + residentBytes(node.pid), 0);
            const before = memory();
            let most = before;
            const watch = setInterval(() => {
              most = Math.max(most, memory());
            }, 250);
            const result = await measureLoad(generator, system, { ...load, warmSeconds: 1, seconds });
            clearInterval(watch);
            findings.add(system.name, `p50 of the others, ${name}`, "ms", result.latencyMs.p50);
            findings.add(system.name, `p99 of the others, ${name}`, "ms", result.latencyMs.p99);
            findings.add(system.name, `memory grew at most by, ${name}`, "MiB", (most - before) / 2 ** 20);
            findings.add(system.name, `connections cut, ${name}`, "", result.closed);
            if (result.missing > 0) findings.warn(`${system.name}, ${name}: deliveries were missing`);
            if (generatorWasBusy(result)) findings.warn(`${system.name}, ${name}: the generator was busy`);
            await generator.tell("disconnect", { group: system.name });
          } finally {
            await system.stop();
          }
        }
      }
    }
    return findings;
  },
};
