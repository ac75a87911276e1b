import { mkdirSync, writeFileSync } from "node:fs";
import { projectFile } from "../script/cluster/project.ts";
import type { Findings, Length } from "./workloads/workload.ts";

/** What one run of one workload found, as it is kept in bench/results and shown by the report. */
export interface Result extends Findings {
  readonly workload: string;
  readonly about: string;
  readonly length: Length;
  readonly measuredAt: string;
  readonly commit: string;
  readonly machine: Record<string, string>;
  readonly raisedLimits: Record<string, string>;
}

/** For `npm run bench:report`. */
export function keepResult(result: Result): void {
  mkdirSync(projectFile("bench", "results"), { recursive: true });
  const file = projectFile("bench", "results", `${result.workload}.json`);
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
}
