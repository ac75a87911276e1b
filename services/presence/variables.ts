import { keyPrefix, logLevels, oneOf, redisUrl, text, wholeNumber } from "../platform/index.ts";

/** The environment of the presence service. */
export const presenceVariables = {
  HOST: text("Address that the presence service listens on", "127.0.0.1"),
  PORT: wholeNumber("Port of health and metrics of the presence service; 0: any free one", 3100, {
    min: 0,
    max: 65_535,
  }),
  REDIS_URL: redisUrl("Redis that all processes share"),
  REDIS_PREFIX: keyPrefix("What every key and channel starts with"),
  LOG_LEVEL: oneOf("Least severity that is logged", "info", logLevels),
} as const;
