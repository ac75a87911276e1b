import type { z } from "zod";
import type { Presence } from "../presence/index.ts";
import { type addresseeSchema, RequestError, type User } from "../protocol/index.ts";
import type { Users } from "../users/index.ts";

/** Finds whom an addressee `{id}`, `{name}` or `{number}` names, online or not. */
export type FindUser = (to: z.output<typeof addresseeSchema>) => Promise<User>;

/** Rejects with `not_found` when nobody is meant: better than to reach a stranger. */
export function createFindUser(deps: { presence: Presence; users: Users }): FindUser {
  const nobody = (what: string) => new RequestError("not_found", what, { field: "to" });
  return async (to) => {
    if ("number" in to) {
      const user = await deps.presence.byNumber(to.number);
      if (!user) throw nobody(`nobody online has the number ${to.number}`);
      return user;
    }
    const id = "id" in to ? to.id : await deps.users.byName(to.name);
    if (id === undefined) throw nobody(`nobody is called ${"name" in to ? JSON.stringify(to.name) : "that"}`);
    const [online] = await deps.presence.online([id]);
    if (online) return online;
    const [person] = await deps.users.people([id]);
    if (!person) throw nobody("there is no such user");
    return { ...person, number: null, status: "offline", since: null };
  };
}
