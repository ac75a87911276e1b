import type { LoadRequest } from "../load/messages.ts";
import type { System } from "../systems/system.ts";
import { generatorWasBusy, measureLoad } from "./measuring.ts";
import type { Context, createFindings } from "./workload.ts";

/** A rate that is carried by what is not hot yet, too. */
const warmUp = { messagesPerSecond: 400, seconds: 10 };

/**
 * The same load on each system in turn, again and again: A, B, A, B, … so that what the machine does besides hits all
 * alike. Adds CPU a delivery, latencies, and what Redis did for a message.
 *
 * @param at what the figures' names end with, such as "at 40 messages/s"
 */
export async function compareAtEqualLoad(options: {
  context: Pick<Context, "generator" | "progress">;
  systems: readonly System[];
  load: Omit<LoadRequest, "group">;
  times: number;
  at: string;
  /** Where in the workload this is: from and to which share of it. */
  shares: readonly [from: number, to: number];
  findings: ReturnType<typeof createFindings>;
  /** Where messages are so rare that the background drowns them, counting says nothing. */
  countCommands: boolean;
}): Promise<void> {
  const { systems, load, times, at, findings } = options;
  const { generator, progress } = options.context;
  const [from, to] = options.shares;
  const name = (figure: string) => `${figure} ${at}`.trim();
  // What runs for the first time is compiled, which is on the servers' cores as well and is over after some seconds.
  for (const system of systems) {
    progress(name(`${system.name}, warming up`), from);
    const messagesPerSecond = Math.min(load.messagesPerSecond, warmUp.messagesPerSecond);
    await measureLoad(generator, system, { ...load, ...warmUp, messagesPerSecond, warmSeconds: 0 });
  }
  for (let time = 0; time < times; time++) {
    for (const system of systems) {
      progress(name(`${system.name}, ${time + 1}/${times},`), from + (time / times) * (to - from));
      const result = await measureLoad(generator, system, load);
      const add = (figure: string, unit: string, value: number) =>
        findings.add(system.name, name(figure), unit, value);
      add("server CPU a delivery", "µs", result.serverCpuUs / result.deliveries);
      add("p50", "ms", result.latencyMs.p50);
      add("p95", "ms", result.latencyMs.p95);
      add("p99", "ms", result.latencyMs.p99);
      if (system.redis) add("Redis CPU a message", "µs", result.redisCpuUs / result.offered);
      const warn = (text: string) => findings.warn(`${system.name} ${at}: ${text}`);
      if (result.missing > 0) warn(`${(result.missing * 100).toFixed(1)} % had not come after 3 s`);
      if (result.closed > 0) warn(`${result.closed} connections were closed`);
      if (result.unequal > 0) warn(`${result.unequal} users got other bytes than the others`);
      if (result.failedSends > 0)
        warn(`${result.failedSends} sends were refused, such as ${result.firstFailure}`);
      if (generatorWasBusy(result))
        warn(`the generator used ${Math.round(result.generatorCpu * 100)} % of its core`);
    }
  }
  if (!options.countCommands) return;
  for (const system of systems) {
    if (!system.redis) continue;
    progress(name(`${system.name}, counting commands,`), to);
    const commands = await commandsAMessage(options.context, system, load);
    findings.add(system.name, name("Redis commands a message"), "", commands);
  }
}

/** In a load of its own, because having Redis tell its commands changes what it costs. */
async function commandsAMessage(
  { generator }: Pick<Context, "generator">,
  system: System,
  load: Omit<LoadRequest, "group">,
): Promise<number> {
  if (!system.redis) return 0;
  // As long as the slowest thing that nodes do over and over, so that it is in both counts.
  const seconds = 4;
  const countIdle = await system.redis.countCommands();
  await generator.tell("idle", { group: system.name, seconds });
  const idle = await countIdle();
  const count = await system.redis.countCommands();
  const result = await measureLoad(generator, system, { ...load, warmSeconds: 0, seconds });
  const commands = await count();
  return Math.max(0, commands - idle) / result.offered;
}
