/** What is talked about: people, rooms, messages, and what happens to them. */
export * from "./basics.ts";
export * from "./messages.ts";
export * from "./moderation.ts";
export * from "./people.ts";
export * from "./room-events.ts";
export * from "./rooms.ts";
export * from "./user-events.ts";
