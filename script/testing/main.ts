// Runs the parts that are named, or all: what script/test starts once everything is installed and built. One line for
// each part, the output of those that failed, and at the end what was skipped and how many tests passed.
import { basename } from "node:path";
import { type Outcome, parts, type Test } from "./parts.ts";

const named = process.argv.slice(2);
/** Where a machine is shared, the files with failures run once more, and what was unsteady is said. */
const again = process.env.RUN_FAILED_AGAIN === "1";
const outcomes: Outcome[] = [];
const unsteady: Test[] = [];
for (const name of named.length > 0 ? named : parts.keys()) {
  const outcome = await runPart(name);
  if (!outcome) continue;
  const failed = outcome.tests.filter(didFail);
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
console.log(skips.length === 0 ? "\nNothing was skipped." : `\nSkipped: ${skips.join("; ")}`);
const failures = tests.filter(didFail);
const passed = tests.length - failures.length - skipped.length;
console.log(`${passed} passed, ${failures.length} failed, ${skipped.length} skipped`);
process.exitCode = failures.length === 0 ? 0 : 1;

async function runPart(name: string, files?: readonly string[]): Promise<Outcome | undefined> {
  const outcome = await parts.get(name)?.(named.length > 0, files);
  if (!outcome) return undefined;
  if (outcome.tests.some(didFail) && named.length === 0) console.log(outcome.output);
  const which = files?.length ? ` again, ${files.map((file) => basename(file)).join(" ")}` : "";
  console.log(`${name}${which}: ${count(outcome)} (${(outcome.tookMs / 1_000).toFixed(1)} s)`);
  return outcome;
}

/** Runs the files of what failed once more, everything where one failed that stands in no file; the second results count. */
async function runAgain(first: Outcome, failed: readonly Test[]): Promise<Outcome> {
  const files = failed.some(({ file }) => file === undefined)
    ? []
    : [...new Set(failed.flatMap(({ file }) => file ?? []))];
  const second = await runPart(first.name, files);
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
