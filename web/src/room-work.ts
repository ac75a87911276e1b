/** What nobody needs at first, as one file: moderating, being kept out, threads, changing messages and going to them, mentions, typed commands. */
export { createKeptMessages } from "./kept-messages.ts";
export { createMemberReader } from "./member-reader.ts";
export { createMembership } from "./membership-actions.ts";
export { createMessageChanges } from "./message-changes.ts";
export { createJumps } from "./message-jumps.ts";
export { createModeration } from "./moderation-actions.ts";
export { createOwnBans } from "./own-bans.ts";
export { obey } from "./typed-commands.ts";
