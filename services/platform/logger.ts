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
  const settings: LoggerOptions = {
    level: options.level,
    base: { service: options.service, id: options.id },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { log: (fields) => cut(fields, depthCut) },
  };
  return pino(settings, createOutput());
}

const sensitive = new Set(["token", "key", "password", "authorization", "cookie", "text"]);
/** So many objects within each other are looked into. */
const depthCut = 3;

/** Pino's own `redact` makes the same of every line and takes four times as long as the rest of it. */
function cut(fields: Record<string, unknown>, depth: number): Record<string, unknown> {
  let shown = fields;
  for (const [name, value] of Object.entries(fields)) {
    const now = sensitive.has(name) ? "[cut]" : depth > 1 ? cutWithin(value, depth - 1) : value;
    if (now === value) continue;
    if (shown === fields) shown = { ...fields };
    shown[name] = now;
  }
  return shown;
}

function cutWithin(value: unknown, depth: number): unknown {
  // What an error says of itself is no field that could be copied.
  if (value instanceof Error) return cut(pino.stdSerializers.err(value), depth);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return depth > 1 ? value.map((one) => cutWithin(one, depth - 1)) : value;
  return cut(value as Record<string, unknown>, depth);
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
