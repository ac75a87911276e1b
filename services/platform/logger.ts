import { type LoggerOptions, type Logger as PinoLogger, pino } from "pino";

export type Logger = PinoLogger;
export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/**
 * One JSON object a line on standard output, with the time in ISO 8601. Fields whose name says that they hold a secret
 * or what people wrote are cut, wherever they turn up: the last line of defence, not the first.
 */
export function createLogger(options: {
  level: (typeof logLevels)[number];
  service: string;
  id: string;
}): Logger {
  const sensitive = ["token", "key", "password", "authorization", "cookie", "text"];
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service, id: options.id },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: sensitive.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: "[cut]",
    },
  };
  return pino(settings, createOutput());
}

/** Lines wait so long for each other, in ms. */
const linesWaitMs = 20;

/**
 * Writes the lines of some milliseconds in one system call: one for each line was a tenth of what a sign-in cost. A process
 * that ends, also by a fault, writes what it still has; one that is killed loses it. Pino's own `periodicFlush` would wake a silent
 * process all the time.
 */
function createOutput(): { write(line: string): void; flushSync(): void } {
  const out = pino.destination({ dest: 1, sync: true, minLength: 8_192 });
  // Nobody reads any more: no reason to end.
  out.on("error", () => {});
  let timer: NodeJS.Timeout | undefined;
  function flushSync(): void {
    clearTimeout(timer);
    timer = undefined;
    try {
      out.flushSync();
    } catch {
      // As above.
    }
  }
  process.once("exit", flushSync);
  return {
    write(line) {
      out.write(line);
      timer ??= setTimeout(flushSync, linesWaitMs).unref();
    },
    flushSync,
  };
}
