// npm run faults -- --minutes 30 --seed some-text [--faults node-kill,redis-slow-200] [--people 8] [--nodes 3]
//   [--topology standalone|everysec|sentinel|cluster]
// npm run faults -- --deploy [--clients 1000]    replaces every node under so many people who talk
// npm run faults -- --herd [--clients 4000]      restarts the balancer under so many connections
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import build from "../support/build.ts";
import { stopEverything } from "../support/started.ts";
import { deploy } from "./deploy.ts";
import { type FaultKind, kindsFor, topologies } from "./faults.ts";
import { herd } from "./herd.ts";
import { type Round, reportOn } from "./report.ts";
import { run, startTarget } from "./run.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    faults: { type: "string" },
    people: { type: "string", default: "8" },
    nodes: { type: "string", default: "3" },
    round: { type: "string", default: "60" },
    topology: { type: "string", default: "standalone" },
    deploy: { type: "boolean", default: false },
    herd: { type: "boolean", default: false },
    clients: { type: "string" },
  },
});
const seed = values.seed ?? randomBytes(4).toString("hex");
const say = (line: string) => process.stdout.write(`${line}\n`);

process.exitCode = values.deploy
  ? await deployUnder(Number(values.clients ?? 1_000))
  : values.herd
    ? await herdOf(Number(values.clients ?? 4_000))
    : await main();

async function deployUnder(people: number): Promise<number> {
  build();
  say(`seed ${seed}`);
  const { summary, violations, broken, entries } = await deploy({ seed, people, drainSeconds: 10, say });
  await stopEverything();
  say(`\n${reportOn([{ seed, summary, violations, entries }], broken)}`);
  return violations.length + broken.length === 0 ? 0 : 1;
}

async function herdOf(connections: number): Promise<number> {
  build();
  const { summary, broken } = await herd({ connections, say });
  await stopEverything();
  say(`\n${reportOn([{ seed, summary, violations: [], entries: [] }], broken)}`);
  return broken.length === 0 ? 0 : 1;
}

/** Rounds on one cluster until the time is up; the exit code is 1 when a promise was broken. */
async function main(): Promise<number> {
  const topology = topologies.find((one) => one === values.topology);
  if (topology === undefined) {
    say(`there is no topology ${values.topology}; there are ${topologies.join(", ")}`);
    return 2;
  }
  const possible = kindsFor(topology);
  const kinds = values.faults ? (values.faults.split(",") as FaultKind[]) : possible;
  const unknown = kinds.filter((kind) => !possible.includes(kind));
  if (unknown.length > 0) {
    say(`no such fault: ${unknown.join(", ")}; there are ${possible.join(", ")}`);
    return 2;
  }
  build();
  const untilMs = performance.now() + Number(values.minutes) * 60_000;
  say(`seed ${seed}, ${values.minutes} minutes`);
  const target = await startTarget(Number(values.nodes), topology);
  const rounds: Round[] = [];
  const broken: string[] = [];
  try {
    for (let round = 1; round === 1 || performance.now() < untilMs; round++) {
      const roundSeed = round === 1 ? seed : `${seed}-${round}`;
      say(`round ${round}, seed ${roundSeed}`);
      const { violations, summary, entries } = await run(target, {
        seed: roundSeed,
        faults: kinds,
        actMs: Math.min(Number(values.round) * 1_000, Math.max(10_000, untilMs - performance.now())),
        people: Number(values.people),
        vanish: true,
        say,
      });
      say(summary);
      // The records of a round that went well would fill the memory of a long run.
      rounds.push({ seed: roundSeed, summary, violations, entries: violations.length > 0 ? entries : [] });
    }
  } catch (error) {
    // Such as somebody who is still on the list long after a round; the report says how far it came.
    say((error as Error).stack ?? String(error));
    broken.push(`round ${rounds.length + 1} ended with an error: ${(error as Error).message}`);
  } finally {
    await target.stop();
    await stopEverything();
  }
  say(`\n${reportOn(rounds, broken)}`);
  return broken.length === 0 && rounds.every(({ violations }) => violations.length === 0) ? 0 : 1;
}
