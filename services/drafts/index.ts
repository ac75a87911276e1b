/** What people were about to say, kept for their other devices. */
export { createDrafts, type Drafts } from "./redis-drafts.ts";
