import type { Presence } from "../../presence/index.ts";
import type { Handlers } from "../caller.ts";
import type { Watches } from "../watches.ts";

type UserRequest = "users:list" | "users:watch" | "presence:set";

export function userHandlers(deps: { presence: Presence; watches: Watches }): Handlers<UserRequest> {
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
  };
}
