/** The language that services, page and terminal share. Pure: no Node, no Redis. */
export * from "./errors.ts";
export * from "./http.ts";
export * from "./ids.ts";
export * from "./model/index.ts";
export * from "./names.ts";
export * from "./notices.ts";
export type * from "./reply.ts";
export * from "./requests/index.ts";
