import type { Generator } from "../load/generator.ts";
import { generatorCpuAtMost } from "../load/generator.ts";
import type { LoadRequest, LoadResult, SaturateRequest, SaturateResult } from "../load/messages.ts";
import { cpuMicroseconds } from "../measure/processes.ts";
import type { System } from "../systems/system.ts";

/** What the processes of a system used while the window was open. */
export interface Used {
  /** All Node processes together, in microseconds of CPU. */
  readonly serverCpuUs: number;
  readonly redisCpuUs: number;
}

/** Load at a fixed rate on a system that the generator has connected under the system's name. */
export async function measureLoad(
  generator: Generator,
  system: System,
  request: Omit<LoadRequest, "group">,
): Promise<LoadResult & Used> {
  const meter = createMeter(system);
  const result = await generator.tell("load", { group: system.name, ...request }, meter.onWindow);
  return { ...result, ...(await meter.used()) };
}

export async function measureSaturated(
  generator: Generator,
  system: System,
  request: SaturateRequest,
): Promise<SaturateResult & Used> {
  const meter = createMeter(system);
  const result = await generator.tell("saturate", request, meter.onWindow);
  return { ...result, ...(await meter.used()) };
}

/** Whether the generator was so busy that it may be what was measured. */
export function generatorWasBusy(result: { generatorCpu: number }): boolean {
  return result.generatorCpu >= generatorCpuAtMost;
}

export function createMeter(system: System): {
  onWindow: (phase: "opens" | "closes") => void;
  used(): Promise<Used>;
} {
  const serverNow = () => system.pids.reduce((total, pid) => total + cpuMicroseconds(pid), 0);
  const redisNow = async () => (await system.redis?.cpuMicroseconds()) ?? 0;
  const marks: { server: number; redis: Promise<number> }[] = [];
  return {
    onWindow() {
      if (process.env.BENCH_PROFILE_DIR && system.name === "Parley")
        for (const { pid } of system.nodes) process.kill(pid, "SIGUSR2");
      marks.push({ server: serverNow(), redis: redisNow() });
    },
    async used() {
      const [opened, closed] = marks;
      if (!opened || !closed) throw new Error("the window was not opened and closed");
      return {
        serverCpuUs: closed.server - opened.server,
        redisCpuUs: (await closed.redis) - (await opened.redis),
      };
    },
  };
}
