import { type Logger as PinoLogger, pino } from "pino";

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
  return pino({
    level: options.level,
    base: { service: options.service, id: options.id },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: sensitive.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
      censor: "[cut]",
    },
  });
}
