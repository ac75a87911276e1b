import {
  optionalSecret,
  readVariables,
  text,
  type Values,
  type Variables,
  wholeNumber,
} from "../../services/platform/variables.ts";
import { balancerSlots } from "./balancer.ts";

/**
 * The launcher's own variables. All others are handed on to the services as they are. The README's configuration table is
 * compared with this.
 */
export const launcherVariables = {
  PORT: wholeNumber("Port on which people reach Parley", 3000, { min: 1, max: 65_535 }),
  HOST: text("Address on which people reach Parley; 0.0.0.0 for all of this machine's", "127.0.0.1"),
  CHAT_NODES: wholeNumber("Chat nodes to run", 3, { min: 1, max: balancerSlots }),
  DATA_DIR: text("Folder of the private Redis, the made token secret, and the logs", ".data"),
  TOKEN_SECRET: optionalSecret("Signs session tokens; made and kept in DATA_DIR when not given", 32),
  DRAIN_SECONDS: wholeNumber("How long a stopping node may take to hand its clients over", 5, {
    min: 0,
    max: 600,
  }),
} satisfies Variables;

export type Settings = Values<typeof launcherVariables> & {
  /** An existing Redis to use; without it, a private one is started. */
  readonly redisUrl: string | undefined;
};

/** @throws ConfigurationError naming every faulty variable. */
export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  return {
    ...readVariables(launcherVariables, environment),
    redisUrl: environment.REDIS_URL || undefined,
  };
}
