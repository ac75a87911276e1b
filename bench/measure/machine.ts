import { execFileSync } from "node:child_process";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { generatorCores, serverCores } from "./cores.ts";

/** What the figures were measured on. */
export function machine(): Record<string, string> {
  return {
    cpu: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? "unknown"}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: release().split("-")[0] ?? "",
    node: process.version,
    redis:
      /v=(\S+)/.exec(execFileSync("redis-server", ["--version"], { encoding: "utf8" }))?.[1] ?? "unknown",
    cores:
      serverCores === undefined ? "not pinned" : `servers on ${serverCores}, generator on ${generatorCores}`,
  };
}

/** Of this working copy. */
export function commit(): string {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
