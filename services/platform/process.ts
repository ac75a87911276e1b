import { setFlagsFromString } from "node:v8";
import type { Logger } from "./logger.ts";
import { ConfigurationError } from "./variables.ts";

export interface RunningService {
  /** Ends the service in order; safe to call twice. */
  stop(): Promise<void>;
}

/**
 * By how much the heap may outgrow what is in use before what nobody needs is collected, in percent. Left to itself, V8 lets it
 * double and more: after thousands have signed in, more than half of a node's memory was what their sign-ins had left. A fifth
 * was collected eight times as often as V8 does by itself, and took 15 % of what a delivery costs when thousands write.
 */
const heapGrowsPercent = 50;

/**
 * Runs a service as this process: starts it, ends it in order on SIGTERM or SIGINT, at once on a second signal, and in
 * any case within the deadline. Wrong configuration is one line for each variable and exit code 2.
 */
export async function runProcess(
  start: () => Promise<RunningService & { log: Logger; stopWithinMs: number }>,
): Promise<void> {
  setFlagsFromString(`--heap-growing-percent=${heapGrowsPercent}`);
  let service: Awaited<ReturnType<typeof start>>;
  try {
    service = await start();
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    for (const fault of error.faults) process.stderr.write(`${fault}\n`);
    process.exit(2);
  }
  const { log, stopWithinMs } = service;
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, "stopping");
    setTimeout(() => {
      log.error({ stopWithinMs }, "did not stop in time");
      process.exit(1);
    }, stopWithinMs).unref();
    service.stop().then(
      () => {
        log.info("stopped");
        process.exit(0);
      },
      (error: Error) => {
        log.error({ reason: error.message }, "stopping failed");
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  process.on("unhandledRejection", (error) => {
    // Nothing is known to be well any more; the supervisor starts a fresh process and clients move over.
    log.fatal({ err: error }, "unhandled rejection");
    process.exit(1);
  });
}
