import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { among, orEnd, readCommandLine } from "../script/command-line.ts";
import { commit, machine } from "./measure/machine.ts";
import { topSelfTimes } from "./profile/top.ts";
import { keepResult, type Result } from "./result.ts";
import { raisedLimits } from "./systems/parley.ts";
import { textTable } from "./table.ts";
import { workloads } from "./workloads/index.ts";
import { type Length, runWorkload } from "./workloads/workload.ts";

const usage = `npm run bench [-- <workload>...] [--full] [--json] [--profile] [--save]

Measures Parley beside what a team would otherwise run, on this machine. Build first: npm run build.
  --full     as long and as often as what docs/performance.md shows
  --json     prints the result as JSON instead of a table
  --profile  prints where the chat nodes' own time went while it was measured, which costs time itself
  --save     keeps the result in bench/results, for npm run bench:report
  --help     prints this

${workloads.map(({ name, about }) => `  ${name.padEnd(14)} ${about}`).join("\n")}
`;

const usual = { type: "boolean", default: false } as const;
const asked = readCommandLine(
  process.argv.slice(2),
  { full: usual, json: usual, profile: usual, save: usual },
  (values, names) => {
    for (const name of names)
      among(
        "workload",
        name,
        workloads.map((workload) => workload.name),
      );
    return { values, names };
  },
);
const { values, names } = orEnd(asked, usage);

const profiles = values.profile ? mkdtempSync(join(tmpdir(), "parley-profiles-")) : undefined;
if (profiles !== undefined) process.env.BENCH_PROFILE_DIR = profiles;

// What was started ends with this process; see script/cluster/child.ts.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130));

const chosen = workloads.filter(({ name }) => names.length === 0 || names.includes(name));
const length: Length = values.full ? "full" : "short";
const results: Result[] = [];
let failed = false;
for (const [index, workload] of chosen.entries()) {
  try {
    const findings = await runWorkload(workload, length, (doing, share) =>
      showProgress(workload.name, doing, (index + share) / chosen.length),
    );
    const { name, about } = workload;
    results.push({
      workload: name,
      about,
      length,
      measuredAt: new Date().toISOString(),
      commit: commit(),
      machine: machine(),
      raisedLimits,
      ...findings,
    });
  } catch (error) {
    failed = true;
    process.stderr.write(`\r\u001b[K${workload.name} failed: ${(error as Error).message}\n`);
  }
}
clearProgress();
if (values.save) for (const result of results) keepResult(result);
process.stdout.write(
  values.json
    ? `${JSON.stringify(results.length === 1 ? results[0] : results, null, 2)}\n`
    : textTable(results),
);
if (profiles !== undefined) {
  process.stdout.write(`\nWhere the time of Parley's chat nodes went:\n${topSelfTimes(profiles, 40)}\n`);
  rmSync(profiles, { recursive: true });
}
process.exitCode = failed ? 1 : 0;

function showProgress(name: string, doing: string, share: number): void {
  const width = 24;
  const done = Math.round(share * width);
  const bar = "#".repeat(done).padEnd(width, ".");
  const line = `[${bar}] ${String(Math.round(share * 100)).padStart(3)} %  ${name}: ${doing}`;
  process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}

function clearProgress(): void {
  if (process.stderr.isTTY) process.stderr.write("\r\u001b[K");
}
