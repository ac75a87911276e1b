/** Who is here, and how we stop believing it. The presence service itself is `main.ts`. */
export type {
  NodeVitals,
  Presence,
  PresenceDelta,
  PresenceReport,
  PresentConnection,
  UserPage,
} from "./contract.ts";
export { createPresence } from "./presence.ts";
export type { NodeIdentity } from "./redis-registry.ts";
export { type PresenceTimes, presenceTimes } from "./times.ts";
export { presenceVariables } from "./variables.ts";
