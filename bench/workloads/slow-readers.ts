import type { Generator } from "../load/generator.ts";
import { residentBytes } from "../measure/processes.ts";
import { startParley } from "../systems/parley.ts";
import { startPlain } from "../systems/peers.ts";
import type { System } from "../systems/system.ts";
import { generatorWasBusy, measureLoad } from "./measuring.ts";
import { roomId } from "./members.ts";
import { connectAll, createFindings, pick, type Workload } from "./workload.ts";

const members = 100;
/** One in a hundred. They come anew for each window, because they may be cut in it. */
const slow = 1;
/**
 * A megabyte a second for everybody: for one who does not read, the kernel holds some four of them, and the cap is another.
 */
const load = { messagesPerSecond: 64, textBytes: 16_000, senders: 10, attentive: 40, warmSeconds: 1 };

export const slowReaders: Workload = {
  name: "slow-readers",
  about: "One in a hundred does not read what they are sent: what the others notice of it, and what it costs",
  async run({ length, progress, generator, own }) {
    const { pairs, seconds } = pick(length, {
      short: { pairs: 1, seconds: 7 },
      full: { pairs: 5, seconds: 7 },
    });
    const findings = createFindings(
      `one node, one room of ${members}, ${load.messagesPerSecond} messages a second of ${load.textBytes} bytes for ${seconds} s; ${slow} of them never reads`,
    );

    async function measure(system: System, allRead: boolean) {
      await connectSlow(generator, system);
      const memory = () => system.nodes.reduce((sum, node) => sum + residentBytes(node.pid), 0);
      const before = memory();
      let most = before;
      const watch = setInterval(() => {
        most = Math.max(most, memory());
      }, 250);
      const unread = allRead ? {} : { unread: slowGroup(system) };
      const result = await measureLoad(generator, system, { ...load, ...unread, seconds });
      clearInterval(watch);
      await generator.tell("disconnect", { group: slowGroup(system) });
      const name = allRead ? "all read" : `${slow} does not read`;
      const { p50, p99 } = result.latencyMs;
      findings.add(system.name, `p50 of the others, ${name}`, "ms", p50);
      findings.add(system.name, `p99 of the others, ${name}`, "ms", p99);
      findings.add(system.name, `memory grew at most by, ${name}`, "MiB", (most - before) / 2 ** 20);
      findings.add(system.name, `connections cut, ${name}`, "", result.closed + result.unreadClosed);
      if (result.closed > 0) findings.warn(`${system.name}, ${name}: somebody who reads was cut`);
      if (result.missing > 0) findings.warn(`${system.name}, ${name}: deliveries were missing`);
      if (generatorWasBusy(result)) findings.warn(`${system.name}, ${name}: the generator was busy`);
      return p99;
    }

    const systems = [await own(startParley({ nodes: 1 })), await own(startPlain("B", { nodes: 1 }))];
    for (const system of systems) {
      await connectAll(
        generator,
        system,
        Array.from({ length: members - slow }, () => [roomId(1)]),
      );
      await measureLoad(generator, system, { ...load, seconds: 1 });
    }
    for (let pair = 0; pair < pairs; pair++) {
      for (const [i, system] of systems.entries()) {
        progress(`${system.name}, ${pair + 1}/${pairs}`, (pair + i / systems.length) / pairs);
        const without = await measure(system, true);
        const withThem = await measure(system, false);
        findings.add(
          system.name,
          "p99 of the others, in times of that when all read",
          "",
          withThem / without,
        );
      }
    }
    return findings;
  },
};

function slowGroup({ name }: System): string {
  return `${name}, slow`;
}

async function connectSlow(generator: Generator, system: System): Promise<void> {
  await generator.tell("connect", {
    group: slowGroup(system),
    dialect: system.dialect,
    targets: system.nodes.map((node) => node.address),
    rooms: Array.from({ length: slow }, () => [roomId(1)]),
    names: "slow",
    roomsExist: true,
  });
}
