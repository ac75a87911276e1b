import { randomUUID } from "node:crypto";
import type { Logs } from "../../logs/index.ts";
import type { Presence } from "../../presence/index.ts";
import type { Handlers } from "../caller.ts";
import type { Watches } from "../watches.ts";

type UserRequest = "users:list" | "users:watch" | "users:seen" | "presence:set" | "status:set";

export function userHandlers(deps: {
  presence: Presence;
  watches: Watches;
  logs: Logs;
}): Handlers<UserRequest> {
  return {
    "users:list": (_, { query, cursor, limit }) =>
      deps.presence.list({
        limit,
        ...(query === undefined ? {} : { query }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    "users:watch": (caller, input) => deps.watches.watch(caller, input),
    async "presence:set"(caller, { status }) {
      await deps.presence.setStatus(caller.id, status);
      return {};
    },
    async "status:set"(caller, input) {
      const status = await deps.presence.describe(caller.user.id, input);
      // The other devices learn of it; one that does not is told with its next welcome.
      const event = { id: randomUUID(), type: "status", by: caller.user, fields: { status } };
      await deps.logs.append({ kind: "user", id: caller.user.id }, event);
      return { status };
    },
    "users:seen": async (_, { ids }) => ({ seen: Object.fromEntries(await deps.presence.lastSeen(ids)) }),
  };
}
