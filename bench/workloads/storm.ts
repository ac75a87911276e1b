import type { ResumeResult } from "../load/messages.ts";
import { startParley } from "../systems/parley.ts";
import { generatorWasBusy } from "./measuring.ts";
import { roomsInTurn } from "./members.ts";
import { createFindings, pick, type Workload } from "./workload.ts";

const missed = 20;
const members = 10;

export const storm: Workload = {
  name: "storm",
  about: "A node dies: all of its clients come back to the others within a second, and want what they missed",
  async run({ length, progress, generator }) {
    const { users, times } = pick(length, {
      short: { users: 300, times: 1 },
      full: { users: 2_000, times: 3 },
    });
    const findings = createFindings(
      `4 nodes and the balancer; one node with ${users} clients, in rooms of ${members}, is killed; they miss ${missed} messages each`,
    );
    // Being counted costs Redis as much as the commands themselves: those are counted in a storm that is not timed.
    for (let time = 0; time <= times; time++) {
      const counts = time === times;
      const at = (share: number) => (time + share) / (times + 1);
      const cluster = await startParley({ nodes: 4 });
      try {
        const balancer = await cluster.startBalancer();
        const [doomed, ...others] = cluster.nodes;
        if (!doomed) throw new Error("there is no node to kill");
        progress(`signing in, ${time + 1}/${times + 1}`, at(0));
        const rooms = roomsInTurn(users, members);
        await generator.tell("connect", {
          group: "doomed",
          dialect: "parley",
          targets: [doomed.address],
          rooms,
        });
        // One in each room writes on.
        const writers = rooms.filter((_, user) => user % members === 0);
        await generator.tell("connect", {
          group: "writers",
          dialect: "parley",
          targets: others.map((node) => node.address),
          rooms: writers,
          names: "writer",
          roomsExist: true,
        });
        await generator.tell("rememberPositions", { group: "doomed" });
        progress(`killing a node, ${time + 1}/${times + 1}`, at(0.5));
        const noticed = balancer.sawDown(20_000);
        await cluster.kill(doomed);
        await noticed;
        await generator.tell("sendIntoEachRoom", { group: "writers", messages: missed });
        const commandsOf = async <T>(work: () => Promise<T>) => {
          const count = counts ? await cluster.redis?.countCommands() : undefined;
          const startedMs = performance.now();
          const answer = await work();
          const seconds = (performance.now() - startedMs) / 1_000;
          return { answer, commands: (await count?.()) ?? 0, seconds };
        };
        const idle = await commandsOf(() => generator.tell("idle", { group: "writers", seconds: 3 }));

        progress(`coming back, ${time + 1}/${times + 1}`, at(0.7));
        const storm = await commandsOf(() =>
          generator.tell("resume", {
            group: "doomed",
            through: balancer.address,
            expected: missed,
            withinMs: 30_000,
          }),
        );
        report(storm.answer, storm.commands - (idle.commands / idle.seconds) * storm.seconds, counts);
        await generator.tell("disconnect", { group: "doomed" });
        await generator.tell("disconnect", { group: "writers" });
      } finally {
        await cluster.stop();
      }
    }

    function report(result: ResumeResult, commands: number, counts: boolean): void {
      const add = (what: string, unit: string, value: number) => findings.add("Parley", what, unit, value);
      if (counts) {
        add("Redis commands a client", "", commands / users);
      } else {
        add("all caught up after", "s", result.caughtUpMs.max / 1_000);
        add("half of them after", "s", result.caughtUpMs.p50 / 1_000);
        add("handshakes tried again", "", result.retries);
      }
      if (result.wrong > 0) findings.warn(`${result.wrong} clients got something else than they missed`);
      if (result.late > 0) findings.warn(`${result.late} clients were not back within 30 s`);
      if (!counts && generatorWasBusy(result))
        findings.warn("the generator was busy while the clients came back");
    }
    return findings;
  },
};
