import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { projectFile, projectRoot } from "../cluster/project.ts";

/** What came of one part of all that is tested. */
export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** For each skipped test the group that it is in, whose title says why. */
  readonly skipped: readonly string[];
  readonly output: string;
  readonly tookMs: number;
}

type Part = (show: boolean) => Promise<Outcome>;

/** Every part, in the order in which they run: what fails fast comes first. */
export const parts: ReadonlyMap<string, Part> = new Map([
  ["lint", check("lint", "check:lint")],
  ["types", check("types", "check:types")],
  ["dead-code", check("dead-code", "check:dead-code")],
  ...["unit", "redis", "cluster", "faults", "browser", "compose"].map((name) => [name, tests(name)] as const),
]);

/** A check passes or fails as a whole. */
function check(name: string, npmScript: string): Part {
  return async (show) => {
    const { code, output, tookMs } = await run("npm", ["run", "--silent", npmScript], show);
    return { name, passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [], output, tookMs };
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
  return async (show) => {
    const folder = mkdtempSync(join(tmpdir(), "parley-tests-"));
    const file = join(folder, "report.json");
    try {
      const { code, output, tookMs } = await run(
        process.execPath,
        [
          projectFile("node_modules", "vitest", "vitest.mjs"),
          "run",
          ...["--project", name],
          ...["--reporter", "default", "--reporter", "json", "--outputFile.json", file],
        ],
        show,
      );
      const results = readReport(file)?.testResults ?? [];
      const each = results.flatMap((result) => result.assertionResults);
      const passed = each.filter(({ status }) => status === "passed").length;
      const failed = each.filter(({ status }) => status === "failed").length;
      const skipped = results.flatMap((result) => {
        const tests = result.assertionResults.filter(
          ({ status }) => status !== "passed" && status !== "failed",
        );
        // Where the file could not be prepared, none of its tests ran.
        const unprepared = result.status === "failed" && tests.length === result.assertionResults.length;
        return tests.map(({ ancestorTitles, title }) =>
          unprepared ? `${basename(result.name)} (failed before its tests)` : (ancestorTitles[0] ?? title),
        );
      });
      // A file that could not be loaded, a hook, a promise nobody waited for, or no test at all: nothing of it is a test.
      const otherwise = code !== 0 && failed === 0 ? 1 : 0;
      return { name, passed, failed: failed + otherwise, skipped, output, tookMs };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
}

function readReport(file: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** Runs a program to its end; shows its output as it comes, or keeps it. */
function run(
  command: string,
  args: readonly string[],
  show: boolean,
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
