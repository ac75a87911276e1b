import { startParley } from "../systems/parley.ts";
import { createMeter, generatorWasBusy } from "./measuring.ts";
import { createFindings, pick, type Workload } from "./workload.ts";

export const presence: Workload = {
  name: "presence",
  about: "People come and go: what that costs, what each client is told, and how soon it is true",
  async run({ length, progress, generator }) {
    const { sizes, times, seconds, leavingAtMost } = pick(length, {
      short: { sizes: [200, 600], times: 1, seconds: 8, leavingAtMost: 100 },
      full: { sizes: [1_000, 10_000], times: 3, seconds: 20, leavingAtMost: 1_000 },
    });
    const findings = createFindings(
      `two nodes, everybody looks at the first page of the list; 1 % a second come and go for ${seconds} s; then ${leavingAtMost} leave at once, half of all at most`,
    );
    for (let time = 0; time < times; time++) {
      for (const [i, users] of sizes.entries()) {
        const share = (time + i / sizes.length) / times;
        // Somebody must stay who is told.
        const leaving = Math.min(leavingAtMost, users / 2);
        const cluster = await startParley({ nodes: 2 });
        try {
          const group = "Parley";
          const targets = cluster.nodes.map((node) => node.address);
          progress(`${users} users, signing in, ${time + 1}/${times}`, share);
          const rooms = Array.from({ length: users }, () => []);
          await generator.tell("connect", { group, dialect: "parley", targets, rooms });
          await generator.tell("watchFirstPage", { group });
          // What signing in left to do is done first.
          await generator.tell("idle", { group, seconds: 5 });
          const resting = createMeter(cluster);
          await generator.tell("idle", { group, seconds: 5 }, resting.onWindow);
          const rest = await resting.used();
          progress(`${users} users, coming and going, ${time + 1}/${times}`, share);
          const meter = createMeter(cluster);
          const churned = await generator.tell(
            "churn",
            { group, targets, changesPerSecond: users / 100, seconds },
            meter.onWindow,
          );
          const used = await meter.used();
          const restFor = churned.seconds / 5;
          const add = (what: string, unit: string, value: number) =>
            findings.add(`${users} users`, what, unit, value);
          add("changes a second", "/s", churned.changes / churned.seconds);
          add(
            "server CPU a change, sign-in included",
            "µs",
            (used.serverCpuUs - rest.serverCpuUs * restFor) / churned.changes,
          );
          add(
            "Redis CPU a change, sign-in included",
            "µs",
            (used.redisCpuUs - rest.redisCpuUs * restFor) / churned.changes,
          );
          add("bytes a second to one client", "/s", churned.bytesPerSecond);
          add("a watcher is told after, p50", "ms", churned.toldMs.p50);
          add("a watcher is told after, p99", "ms", churned.toldMs.p99);
          if (churned.untold > 0) findings.warn(`${users} users: ${churned.untold} changes were not told`);
          if (generatorWasBusy(churned)) findings.warn(`${users} users: the generator was busy`);
          progress(`${users} users, ${leaving} leave, ${time + 1}/${times}`, share);
          const left = await generator.tell("leaveAtOnce", { group, count: leaving });
          add("many leave at once: the number is right after", "ms", left.rightAfterGraceMs);
          add("many leave at once: most bytes in a second to one client", "", left.mostBytesInASecond);
          if (Number.isNaN(left.rightAfterGraceMs))
            findings.warn(`${users} users: after ${leaving} left, the number was not right within 15 s`);
          await generator.tell("disconnect", { group });
        } finally {
          await cluster.stop();
        }
      }
    }
    return findings;
  },
};
