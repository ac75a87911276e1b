import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { projectFile, projectRoot } from "../cluster/project.ts";

/** One test of a part; a check is one, and so is what failed outside the tests. */
export interface Test {
  /** Where it stands; undefined where that is not known. */
  readonly file?: string;
  /** Its titles, outermost first. */
  readonly titles: readonly string[];
  readonly result: "passed" | "failed" | "skipped";
}

/** What came of one part of all that is tested. */
export interface Outcome {
  readonly name: string;
  readonly tests: readonly Test[];
  readonly output: string;
  readonly tookMs: number;
}

export interface How {
  /** Shows its output as it comes; kept otherwise. */
  readonly show?: boolean;
  /** Only these files of it, where it has any. */
  readonly files?: readonly string[];
}

type Part = (how: How) => Promise<Outcome>;

/** Every part, in the order in which they run one by one: what fails fast comes first. */
export const parts: ReadonlyMap<string, Part> = new Map([
  ["lint", check("lint", "check:lint")],
  ["types", check("types", "check:types")],
  ["dead-code", check("dead-code", "check:dead-code")],
  ...["unit", "redis", "cluster", "faults", "browser", "compose"].map((name) => [name, tests(name)] as const),
]);

/**
 * All of them in rows, which run side by side: the parts of the first mostly wait, for graces, leases and drains to run out,
 * those of the second mostly compute, and the last are what is quickly said, and containers, which wait for their images.
 */
export const rows: readonly (readonly string[])[] = [
  ["redis", "cluster", "faults"],
  ["unit", "browser"],
  ["lint", "types", "dead-code", "compose"],
];

/** They wait for conditions, not for times, so they leave the machine to what runs beside them when that wants it. */
const patient: readonly string[] = ["browser"];

/** A check passes or fails as a whole. */
function check(name: string, npmScript: string): Part {
  return async (how) => {
    const { code, output, tookMs } = await run("npm", ["run", "--silent", npmScript], how);
    return { name, tests: [{ titles: [name], result: code === 0 ? "passed" : "failed" }], output, tookMs };
  };
}

interface Report {
  testResults: {
    name: string;
    status: string;
    assertionResults: { status: string; title: string; ancestorTitles: string[] }[];
  }[];
}

/** The tests of one of Vitest's projects. */
function tests(name: string): Part {
  return async (how) => {
    const folder = mkdtempSync(join(tmpdir(), "parley-tests-"));
    const file = join(folder, "report.json");
    try {
      const { code, output, tookMs } = await run(
        "nice",
        [
          ...["-n", patient.includes(name) ? "10" : "0", process.execPath],
          projectFile("node_modules", "vitest", "vitest.mjs"),
          "run",
          ...["--project", name],
          ...["--reporter", "default", "--reporter", "json", "--outputFile.json", file],
          ...(how.files ?? []),
        ],
        how,
      );
      const all = readReport(file)?.testResults.flatMap(testsOf) ?? [];
      if (code !== 0 && !all.some(({ result }) => result === "failed"))
        // A promise nobody waited for, or no test at all.
        all.push({ titles: [`${name}, outside its tests`], result: "failed" });
      return { name, tests: all, output, tookMs };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

function testsOf({ name: file, status, assertionResults }: Report["testResults"][number]): Test[] {
  const all = assertionResults.map(({ status, title, ancestorTitles }): Test => {
    const result = status === "passed" || status === "failed" ? status : "skipped";
    return { file, titles: [...ancestorTitles, title], result };
  });
  if (status !== "failed" || all.some(({ result }) => result === "failed")) return all;
  // It could not be loaded, or a hook failed; where that was before its tests, none of them ran.
  const outside = `${basename(file)} (failed outside its tests)`;
  return [
    { file, titles: [outside], result: "failed" },
    ...all.map((test) => (test.result === "skipped" ? { ...test, titles: [outside, ...test.titles] } : test)),
  ];
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Runs a program to its end. */
function run(
  command: string,
  args: readonly string[],
  { show = false }: How,
): Promise<{ code: number | null; output: string; tookMs: number }> {
  const sinceMs = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => {
        output += chunk.toString();
        if (show) process.stdout.write(chunk);
      });
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output, tookMs: performance.now() - sinceMs }));
  });
}
