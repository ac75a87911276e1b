// Runs the parts that are named, or all: what script/test starts once everything is installed and built. One line for
// each part, the output of those that failed, and at the end what was skipped and how many tests passed.
import { basename } from "node:path";
import { type How, type Outcome, parts, rows, type Test } from "./parts.ts";

const named = process.argv.slice(2);
/** Where a machine is shared, the files with failures run once more, and what was unsteady is said. */
const again = process.env.RUN_FAILED_AGAIN === "1";
const unsteady: Test[] = [];
const first =
  named.length > 0
    ? await runInTurn(named, { show: true })
    : (await Promise.all(rows.map((row) => runInTurn(row, {})))).flat();
const outcomes: Outcome[] = [];
for (const outcome of first) {
  const failed = outcome.tests.filter(didFail);
  // Alone: nothing else runs any more.
  outcomes.push(failed.length > 0 && again ? await runAgain(outcome, failed) : outcome);
}

if (unsteady.length > 0) console.log("\nUnsteady, passed when run again:");
for (const test of unsteady) console.log(`  ${fullName(test)}`);

const tests = outcomes.flatMap((outcome) => outcome.tests.map((test) => ({ part: outcome.name, ...test })));
const skipped = tests.filter(({ result }) => result === "skipped");
const groups = skipped.map(({ part, titles }) => `${part}: ${titles[0]}`);
const skips = [...new Set(groups)].map((group) => {
  const tests = groups.filter((one) => one === group).length;
  return `${group}, ${tests} ${tests === 1 ? "test" : "tests"}`;
});
// With them a run of faults that was passed can be looked at again as well.
const seeds = tests.flatMap((test) => /with seed '?([^'\s]+)/.exec(fullName(test))?.[1] ?? []);
if (seeds.length > 0) console.log(`\nSeeds of the runs of faults: ${[...new Set(seeds)].join(", ")}`);
console.log(skips.length === 0 ? "\nNothing was skipped." : `\nSkipped: ${skips.join("; ")}`);
const failures = tests.filter(didFail);
const passed = tests.length - failures.length - skipped.length;
console.log(`${passed} passed, ${failures.length} failed, ${skipped.length} skipped`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function runInTurn(names: readonly string[], how: How): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const name of names) {
    const outcome = await runPart(name, how);
    if (outcome) outcomes.push(outcome);
  }
  return outcomes;
}

async function runPart(name: string, how: How): Promise<Outcome | undefined> {
  const outcome = await parts.get(name)?.(how);
  if (!outcome) return undefined;
  if (outcome.tests.some(didFail) && !how.show) console.log(outcome.output);
  const which = how.files?.length ? ` again, ${how.files.map((file) => basename(file)).join(" ")}` : "";
  console.log(`${name}${which}: ${count(outcome)} (${(outcome.tookMs / 1_000).toFixed(1)} s)`);
  return outcome;
}

/** Runs the files of what failed once more, everything where one failed that stands in no file; the second results count. */
async function runAgain(first: Outcome, failed: readonly Test[]): Promise<Outcome> {
  const files = failed.some(({ file }) => file === undefined)
    ? []
    : [...new Set(failed.flatMap(({ file }) => file ?? []))];
  const second = await runPart(first.name, { show: named.length > 0, files });
  if (!second) return first;
  const passed = new Set(second.tests.filter(({ result }) => result === "passed").map(fullName));
  const failedFiles = new Set(second.tests.filter(didFail).map(({ file }) => file));
  // What failed outside the tests is none that could pass: it is unsteady when its file has no failure any more.
  unsteady.push(...failed.filter((test) => passed.has(fullName(test)) || !failedFiles.has(test.file)));
  const others = first.tests.filter(({ file }) => files.length > 0 && !files.includes(file ?? ""));
  return { ...second, tests: [...others, ...second.tests] };
}

function didFail({ result }: Test): boolean {
  return result === "failed";
}

function fullName({ file, titles }: Test): string {
  return [...(file ? [basename(file)] : []), ...titles].join(" > ");
}

function count({ tests }: Outcome): string {
  const numbers = (["passed", "failed", "skipped"] as const).map((kind) => {
    return [tests.filter(({ result }) => result === kind).length, kind] as const;
  });
  return numbers
    .filter(([number], index) => number > 0 || index === 0)
    .map(([number, what]) => `${number} ${what}`)
    .join(", ");
}
