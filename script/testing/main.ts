// Runs the parts that are named, or all: what script/test starts once everything is installed and built. One line for
// each part, the output of those that failed, and at the end what was skipped and how many tests passed.
import { type Outcome, parts } from "./parts.ts";

const named = process.argv.slice(2);
/** Where a machine is shared, a part with failures runs once more, and what was unsteady is said. */
const again = process.env.RUN_FAILED_AGAIN === "1";
const outcomes: Outcome[] = [];
const unsteady: string[] = [];
for (const name of named.length > 0 ? named : parts.keys()) {
  let outcome = await runPart(name);
  if (outcome && outcome.failed > 0 && again) {
    const first = outcome;
    outcome = await runPart(name);
    if (outcome?.failed === 0) unsteady.push(`${name} (${first.failed} failed at first)`);
  }
  if (outcome) outcomes.push(outcome);
}
if (unsteady.length > 0) console.log(`\nUnsteady, passed when run again: ${unsteady.join("; ")}`);

const skipped = outcomes.flatMap((outcome) => outcome.skipped.map((group) => `${outcome.name}: ${group}`));
const groups = [...new Set(skipped)].map((group) => {
  const tests = skipped.filter((one) => one === group).length;
  return `${group}, ${tests} ${tests === 1 ? "test" : "tests"}`;
});
console.log(groups.length === 0 ? "\nNothing was skipped." : `\nSkipped: ${groups.join("; ")}`);
const sum = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const failed = sum((outcome) => outcome.failed);
console.log(`${sum((outcome) => outcome.passed)} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 ? 0 : 1;

async function runPart(name: string): Promise<Outcome | undefined> {
  const outcome = await parts.get(name)?.(named.length > 0);
  if (!outcome) return undefined;
  if (outcome.failed > 0 && named.length === 0) console.log(outcome.output);
  console.log(`${name}: ${count(outcome)} (${(outcome.tookMs / 1_000).toFixed(1)} s)`);
  return outcome;
}

function count({ passed, failed, skipped }: Outcome): string {
  const numbers = [
    [passed, "passed"],
    [failed, "failed"],
    [skipped.length, "skipped"],
  ] as const;
  return numbers
    .filter(([number], index) => number > 0 || index === 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(", ");
}
