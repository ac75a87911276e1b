/** Who is here, and how we stop believing it. The presence service itself is `main.ts`. */
export type { Presence, PresenceDelta, PresentConnection } from "./contract.ts";
export { createPresence } from "./presence.ts";
export { presenceVariables } from "./variables.ts";
