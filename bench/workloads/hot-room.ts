import type { LoadRequest } from "../load/messages.ts";
import { startParley } from "../systems/parley.ts";
import { startPlain, startRaw } from "../systems/peers.ts";
import type { System } from "../systems/system.ts";
import { compareAtEqualLoad } from "./equal-load.ts";
import { highestRate } from "./highest-rate.ts";
import { measureLoad } from "./measuring.ts";
import { roomId } from "./members.ts";
import { connectAll, createFindings, pick, type Workload } from "./workload.ts";

const room = roomId(1);
const latencyAtMostMs = 100;

export const hotRoom: Workload = {
  name: "hot-room",
  about: "An all-hands room: everybody is in one room on one node, and what anybody says goes to all",
  async run({ length, progress, generator, own }) {
    const { members, pairs, seconds, climbs } = pick(length, {
      short: { members: 500, pairs: 1, seconds: 2, climbs: 1 },
      full: { members: 1_000, pairs: 5, seconds: 3, climbs: 5 },
    });
    const findings = createFindings(
      `one node, one room of ${members} members, texts of 100 bytes, 20 senders taking turns`,
    );
    const systems = [
      await own(startParley({ nodes: 1 })),
      await own(startPlain("B", { nodes: 1 })),
      await own(startRaw("R")),
      await own(startRaw("RC")),
    ];
    const connect = (system: System) =>
      connectAll(
        generator,
        system,
        Array.from({ length: members }, () => [room]),
      );
    for (const system of systems) await connect(system);
    const load: Omit<LoadRequest, "group" | "messagesPerSecond"> = {
      warmSeconds: 1,
      seconds,
      senders: 20,
      attentive: 40,
      textBytes: 100,
    };

    // At equal load that all of them carry.
    const [parley, plain] = systems;
    const rates = [10, 40];
    for (const [i, messagesPerSecond] of rates.entries())
      await compareAtEqualLoad({
        context: { generator, progress },
        // When little is said, only how long it takes is of interest, and beside plain Socket.IO.
        systems: messagesPerSecond < 40 && parley && plain ? [parley, plain] : systems,
        load: { ...load, messagesPerSecond },
        times: pairs,
        at: `at ${messagesPerSecond} messages/s`,
        shares: [(i / rates.length) * 0.4, ((i + 1) / rates.length) * 0.4],
        findings,
        countCommands: messagesPerSecond >= 40,
      });

    // As much as goes.
    const limits = new Map<string, number>();
    for (let climb = 0; climb < climbs; climb++) {
      for (const system of systems) {
        const found = await highestRate({
          start: pick(length, { short: 60, full: 40 }),
          found: limits.get(system.name),
          latencyAtMostMs,
          try: async (rate) => {
            progress(
              `climbing, ${system.name} at ${rate} messages/s, ${climb + 1}/${climbs}`,
              0.4 + (climb / climbs) * 0.6,
            );
            const result = await measureLoad(generator, system, {
              ...load,
              messagesPerSecond: rate,
              warmSeconds: 0.7,
              seconds: 2,
            });
            const share = result.deliveries / (result.offered * members);
            findings.point(
              "Latency as load grows",
              { x: "deliveries a second", y: "p99 in ms" },
              system.name,
              result.deliveries / result.seconds,
              result.latencyMs.p99,
            );
            return { ...result, share };
          },
          recover: async (result) => {
            if (result.closed === 0) return;
            await generator.tell("disconnect", { group: system.name });
            await connect(system);
          },
        });
        if (found.rate > 0) limits.set(system.name, found.rate);
        const { best } = found;
        if (!best) {
          findings.warn(`${system.name} carried no load within ${latencyAtMostMs} ms`);
          continue;
        }
        findings.add(
          system.name,
          `deliveries/s at p99 <= ${latencyAtMostMs} ms`,
          "/s",
          best.deliveries / best.seconds,
        );
        findings.add(system.name, "server CPU a delivery there", "µs", best.serverCpuUs / best.deliveries);
        findings.add(system.name, "p50 there", "ms", best.latencyMs.p50);
        findings.add(system.name, "p99 there", "ms", best.latencyMs.p99);
        findings.add(system.name, "share of a core used by the generator there", "", best.generatorCpu);
        if (system.redis)
          findings.add(system.name, "Redis CPU a message there", "µs", best.redisCpuUs / best.offered);
        if (found.generatorBusy)
          findings.warn(
            `${system.name}: the generator used 80 % of its core or more before the limit was found; the server may do more`,
          );
      }
    }
    return findings;
  },
};
