/** What moderating, being kept out, threads, changing messages, going to them and typed commands take, which nobody does at first, as one file. */
export { createKeptMessages } from "./kept-messages.ts";
export { createMembership } from "./membership-actions.ts";
export { createMessageChanges } from "./message-changes.ts";
export { createJumps } from "./message-jumps.ts";
export { createModeration } from "./moderation-actions.ts";
export { createOwnBans } from "./own-bans.ts";
export { obey } from "./typed-commands.ts";
