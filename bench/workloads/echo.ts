import { startParley } from "../systems/parley.ts";
import { startPlain } from "../systems/peers.ts";
import type { System } from "../systems/system.ts";
import { compareAtEqualLoad } from "./equal-load.ts";
import { highestRate } from "./highest-rate.ts";
import { measureLoad } from "./measuring.ts";
import { roomsInTurn } from "./members.ts";
import { connectAll, createFindings, pick, type Workload } from "./workload.ts";

const members = 6;
const messagesPerUserPerSecond = 2;
const latencyAtMostMs = 200;

export const echo: Workload = {
  name: "echo",
  about:
    "Everybody talks: each user sends two messages a second into a room of six, and sees their own come back",
  async run({ length, progress, generator, own }) {
    const { users, most, times, seconds, climbs } = pick(length, {
      short: { users: 600, most: 1_200, times: 1, seconds: 2, climbs: 1 },
      full: { users: 2_000, most: 4_500, times: 5, seconds: 3, climbs: 5 },
    });
    const appendfsync = "everysec";
    const findings = createFindings(
      `one node, rooms of ${members}, ${messagesPerUserPerSecond} messages a second of 100 bytes from each user, appendfsync ${appendfsync}`,
    );
    const systems = [
      await own(startParley({ nodes: 1, appendfsync })),
      await own(startPlain("B", { nodes: 1, appendfsync })),
    ];
    const drawn = roomsInTurn(most, members);
    const connect = (system: System) => connectAll(generator, system, drawn);
    for (const [i, system] of systems.entries()) {
      progress(`signing in, ${system.name}`, i * 0.1);
      await connect(system);
    }
    const loadOf = (count: number) => ({
      messagesPerSecond: count * messagesPerUserPerSecond,
      warmSeconds: 1,
      seconds,
      senders: count,
      attentive: 0,
      textBytes: 100,
    });
    await compareAtEqualLoad({
      context: { generator, progress },
      systems,
      load: loadOf(users),
      times,
      at: `with ${users} users`,
      shares: [0.2, 0.5],
      findings,
      countCommands: true,
    });

    const limits = new Map<string, number>();
    for (let climb = 0; climb < climbs; climb++) {
      for (const system of systems) {
        let reachedMost = false;
        const found = await highestRate({
          start: Math.round(users / 2),
          found: limits.get(system.name),
          latencyAtMostMs,
          try: async (wanted) => {
            const count = Math.min(wanted, most);
            reachedMost = count === most;
            progress(`climbing, ${system.name} with ${count} users`, 0.5 + (climb / climbs) * 0.5);
            const result = await measureLoad(generator, system, loadOf(count));
            const share = wanted > most ? 0 : result.deliveries / (result.offered * members);
            findings.point(
              "Latency as users grow",
              { x: "users", y: "p99 in ms" },
              system.name,
              count,
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
        findings.add(system.name, `users at p99 <= ${latencyAtMostMs} ms`, "", found.rate);
        if (found.best)
          findings.add(
            system.name,
            "share of a core used by the generator there",
            "",
            found.best.generatorCpu,
          );
        if (found.generatorBusy || reachedMost)
          findings.warn(
            `${system.name}: the generator was at its limit, the server may carry more users than shown`,
          );
      }
    }
    return findings;
  },
};
