// npm run faults -- --minutes 30 --seed some-text [--faults node-kill,redis-slow-200] [--people 8] [--nodes 3]
//   [--topology standalone|everysec|sentinel|cluster]
// npm run faults -- --each [--faults …] [--topology …]    every kind of fault alone, with a verdict for each
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
import { type RunOptions, run, startTarget } from "./run.ts";
import type { Violation } from "./violation.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "5" },
    seed: { type: "string" },
    faults: { type: "string" },
    people: { type: "string", default: "8" },
    nodes: { type: "string", default: "3" },
    round: { type: "string", default: "60" },
    topology: { type: "string", default: "standalone" },
    each: { type: "boolean", default: false },
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
  const { summary, violations, broken, entries } = await deploy({ seed, people, drainSeconds: 30, say });
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

/** Rounds on one cluster, until the time is up or each kind had its own; the exit code is 1 when a promise was broken. */
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
  say(values.each ? `seed ${seed}, ${kinds.length + 1} kinds` : `seed ${seed}, ${values.minutes} minutes`);
  const target = await startTarget(Number(values.nodes), topology);
  const rounds: Round[] = [];
  const broken: string[] = [];
  try {
    for (const { name, ...plan } of values.each ? eachAlone(kinds) : untilTimeIsUp(kinds)) {
      say(name);
      const result = await run(target, { ...plan, people: Number(values.people), say });
      const { violations, entries } = result;
      const summary = values.each ? `${verdict(violations)}  ${name}; ${result.summary}` : result.summary;
      say(summary);
      // The records of a round that went well would fill the memory of a long run.
      rounds.push({ seed: plan.seed, summary, violations, entries: violations.length > 0 ? entries : [] });
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

interface Plan extends Pick<RunOptions, "seed" | "faults" | "actMs" | "vanish"> {
  readonly name: string;
}

function* untilTimeIsUp(faults: readonly FaultKind[]): Generator<Plan> {
  const untilMs = performance.now() + Number(values.minutes) * 60_000;
  for (let round = 1; round === 1 || performance.now() < untilMs; round++) {
    const roundSeed = round === 1 ? seed : `${seed}-${round}`;
    const actMs = Math.min(Number(values.round) * 1_000, Math.max(10_000, untilMs - performance.now()));
    yield { name: `round ${round}, seed ${roundSeed}`, seed: roundSeed, faults, actMs, vanish: true };
  }
}

function* eachAlone(kinds: readonly FaultKind[]): Generator<Plan> {
  for (const kind of kinds) yield { name: kind, seed: `${seed}-${kind}`, faults: [kind], vanish: false };
  const name = "half-open connections of clients";
  yield { name, seed: `${seed}-half-open`, faults: [], vanish: true };
}

function verdict(violations: readonly Violation[]): string {
  return violations.length === 0 ? "kept  " : "BROKEN";
}
