// npm run faults -- --minutes 30 [--seed some-text]; --help tells the rest.

import { orEnd } from "../../script/command-line.ts";
import build from "../support/build.ts";
import { stopEverything } from "../support/started.ts";
import { deploy } from "./deploy.ts";
import type { FaultKind } from "./faults.ts";
import { herd } from "./herd.ts";
import { help, readTask, type Task } from "./options.ts";
import { type Round, reportOn } from "./report.ts";
import { type RunOptions, run, startTarget } from "./run.ts";
import type { Violation } from "./violation.ts";

const task = orEnd(readTask(process.argv.slice(2)), help);
const { seed } = task;
const say = (line: string) => process.stdout.write(`${line}\n`);

process.exitCode = await perform();
// Nobody waits for what a failed run left behind.
setTimeout(() => {
  say(`ends with ${process.getActiveResourcesInfo().join(", ")} still open`);
  process.exit();
}, 10_000).unref();

function perform(): Promise<number> {
  switch (task.kind) {
    case "deploy":
      return deployUnder(task.clients);
    case "herd":
      return herdOf(task.clients);
    case "rounds":
      return rounds(task);
  }
}

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

type Rounds = Extract<Task, { kind: "rounds" }>;

/** Rounds on one cluster, until the time is up or each kind had its own; the exit code is 1 when a promise was broken. */
async function rounds({ topology, faults, people, nodes, each, ...times }: Rounds): Promise<number> {
  build();
  say(each ? `seed ${seed}, ${faults.length + 1} kinds` : `seed ${seed}, ${times.minutes} minutes`);
  const target = await startTarget(nodes, topology);
  const done: Round[] = [];
  const broken: string[] = [];
  try {
    for (const { name, ...plan } of each ? eachAlone(faults) : untilTimeIsUp(faults, times)) {
      say(name);
      const result = await run(target, { ...plan, people, say });
      const { violations, entries } = result;
      const summary = each ? `${verdict(violations)}  ${name}; ${result.summary}` : result.summary;
      say(summary);
      // The records of a round that went well would fill the memory of a long run.
      done.push({ seed: plan.seed, summary, violations, entries: violations.length > 0 ? entries : [] });
    }
  } catch (error) {
    // Such as somebody who is still on the list long after a round; the report says how far it came.
    say((error as Error).stack ?? String(error));
    broken.push(`round ${done.length + 1} ended with an error: ${(error as Error).message}`);
  } finally {
    await target.stop();
    await stopEverything();
  }
  say(`\n${reportOn(done, broken)}`);
  return broken.length === 0 && done.every(({ violations }) => violations.length === 0) ? 0 : 1;
}

interface Plan extends Pick<RunOptions, "seed" | "faults" | "actMs" | "vanish"> {
  readonly name: string;
}

function* untilTimeIsUp(
  faults: readonly FaultKind[],
  { minutes, roundSeconds }: Pick<Rounds, "minutes" | "roundSeconds">,
): Generator<Plan> {
  const untilMs = performance.now() + minutes * 60_000;
  for (let round = 1; round === 1 || performance.now() < untilMs; round++) {
    const roundSeed = round === 1 ? seed : `${seed}-${round}`;
    const actMs = Math.min(roundSeconds * 1_000, Math.max(10_000, untilMs - performance.now()));
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
