/** What moderating and typed commands take, which nobody does at first, as one file. */
export { createModeration } from "./moderation-actions.ts";
export { obey } from "./typed-commands.ts";
