import { readdirSync, readFileSync } from "node:fs";

/** CPU time that a process has used so far, in microseconds, all its threads together. */
export function cpuMicroseconds(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) nanoseconds += threadNanoseconds(pid, thread);
  return nanoseconds / 1_000;
}

function threadNanoseconds(pid: number, thread: string): number {
  try {
    // First field: time on a CPU, in nanoseconds. Much finer than the ticks of /proc/<pid>/stat.
    const [onCpu = "0"] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ");
    return Number(onCpu);
  } catch (error) {
    // It ended since it was listed, as the one does through which a profile is taken.
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return 0;
    throw error;
  }
}

/** Memory that a process holds in RAM, in bytes. */
export function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes ?? 0) * 1_024;
}
