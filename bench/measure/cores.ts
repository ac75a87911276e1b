import { execFileSync } from "node:child_process";
import { availableParallelism } from "node:os";

const count = availableParallelism();
const canPin = count >= 2 && works("taskset");

/** The last core is the generator's, the others are the servers'; Redis goes where there is room. */
export const generatorCores = canPin ? String(count - 1) : undefined;
export const serverCores = canPin ? (count === 2 ? "0" : `0-${count - 2}`) : undefined;

/** A command line that runs on those cores; as it is where that cannot be had. */
export function onCores(cores: string | undefined, command: readonly string[]): string[] {
  return cores === undefined ? [...command] : ["taskset", "-c", cores, ...command];
}

/** Moves a running process with all its threads. */
export function moveToCores(pid: number, cores: string | undefined): void {
  if (cores !== undefined)
    execFileSync("taskset", ["-a", "-c", "-p", cores, String(pid)], { stdio: "ignore" });
}

function works(program: string): boolean {
  try {
    execFileSync(program, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
