import type { ResumeResult } from "../load/messages.ts";
import { startParley } from "../systems/parley.ts";
import { generatorWasBusy } from "./measuring.ts";
import { roomsInTurn } from "./members.ts";
import { createFindings, pick, type Workload } from "./workload.ts";

/**
 * `timed`: the other nodes have as many clients of their own, as in a cluster whose balancer spreads them. `new nodes`: they have
 * done nothing yet, so that all that a sign-in needs is compiled while thousands wait. `counted`: Redis' commands, untimed.
 */
type Kind = "timed" | "new nodes" | "counted";

const missed = 20;
const members = 10;

export const storm: Workload = {
  name: "storm",
  about: "A node dies: all of its clients come back to the others within a second, and want what they missed",
  async run({ length, progress, generator }) {
    const { users, times } = pick(length, {
      short: { users: 300, times: 1 },
      full: { users: 2_000, times: 5 },
    });
    const findings = createFindings(
      `4 nodes with ${users} clients each, in rooms of ${members}, and the balancer; one node is killed; its clients miss ${missed} messages each`,
    );
    // Being counted costs Redis as much as the commands themselves: those are counted in a storm that is not timed.
    const storms: Kind[] = [...Array.from({ length: times }, () => "timed" as const), "new nodes", "counted"];
    for (const [time, kind] of storms.entries()) {
      const counts = kind === "counted";
      const at = (share: number) => (time + share) / storms.length;
      const doing = (what: string) => `${what}, ${time + 1}/${storms.length}`;
      const cluster = await startParley({ nodes: 4 });
      try {
        const balancer = await cluster.startBalancer();
        const [doomed, ...others] = cluster.nodes;
        if (!doomed) throw new Error("there is no node to kill");
        progress(doing("signing in"), at(0));
        const rooms = roomsInTurn(users, members);
        const onOthers = {
          dialect: "parley" as const,
          targets: others.map((node) => node.address),
        };
        await generator.tell("connect", {
          group: "doomed",
          dialect: "parley",
          targets: [doomed.address],
          rooms,
        });
        // One in each room writes on.
        const writers = rooms.filter((_, user) => user % members === 0);
        await generator.tell("connect", {
          ...onOthers,
          group: "writers",
          rooms: writers,
          names: "writer",
          roomsExist: true,
        });
        const stayed = new Map([["writers", writers.length]]);
        if (kind === "timed") {
          const neighbours = roomsInTurn(users * others.length, members, rooms.length);
          await generator.tell("connect", {
            ...onOthers,
            group: "neighbours",
            rooms: neighbours,
            names: "neighbour",
          });
          stayed.set("neighbours", neighbours.length);
        }
        await generator.tell("rememberPositions", { group: "doomed" });
        progress(doing("killing a node"), at(0.6));
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

        progress(doing("coming back"), at(0.8));
        const storm = await commandsOf(() =>
          generator.tell("resume", {
            group: "doomed",
            through: balancer.address,
            expected: missed,
            withinMs: 30_000,
          }),
        );
        report(storm.answer, storm.commands - (idle.commands / idle.seconds) * storm.seconds, kind);
        await generator.tell("disconnect", { group: "doomed" });
        for (const [group, size] of stayed) {
          const { open } = await generator.tell("idle", { group, seconds: 0 });
          if (open < size) findings.warn(`${size - open} of the ${size} ${group}, who had stayed, were cut`);
          await generator.tell("disconnect", { group });
        }
      } finally {
        await cluster.stop();
      }
    }

    function report(result: ResumeResult, commands: number, kind: Kind): void {
      const add = (what: string, unit: string, value: number) => findings.add("Parley", what, unit, value);
      if (kind === "counted") {
        add("Redis commands a client", "", commands / users);
      } else {
        const where = kind === "timed" ? "" : ", on nodes that were just started";
        add(`all caught up after${where}`, "s", result.caughtUpMs.max / 1_000);
        add(`half of them after${where}`, "s", result.caughtUpMs.p50 / 1_000);
        add(`handshakes tried again${where}`, "", result.retries);
      }
      if (result.wrong > 0) findings.warn(`${result.wrong} clients got something else than they missed`);
      if (result.late > 0) findings.warn(`${result.late} clients were not back within 30 s`);
      if (result.lost > result.late)
        findings.warn(`${result.lost - result.late} clients were back and cut again`);
      if (result.failure !== undefined)
        findings.warn(`clients tried again, such as because ${result.failure}`);
      if (kind !== "counted" && generatorWasBusy(result))
        findings.warn("the generator was busy while the clients came back");
    }
    return findings;
  },
};
