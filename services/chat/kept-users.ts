import type { Logs } from "../logs/index.ts";
import type { Person, UserId } from "../protocol/index.ts";
import type { Users } from "../users/index.ts";

/** Puts off the day on which everything is forgotten that is kept with somebody: they are here. */
export type KeepUser = (user: Person) => Promise<void>;

export function createKeepUser(deps: {
  users: Users;
  logs: Logs;
  /** Those who keep something with a user. */
  keepers: readonly { keysOfUser(user: UserId): string[] }[];
}): KeepUser {
  return (user) => {
    // The ids of the log are forgotten by the day, whoever is here.
    const { log, head, overlay } = deps.logs.keys({ kind: "user", id: user.id });
    const kept = deps.keepers.flatMap((keeper) => keeper.keysOfUser(user.id));
    return deps.users.keep(user, [log, head, overlay, ...kept]);
  };
}
