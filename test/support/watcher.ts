import type { RequestPayload, User } from "../../services/protocol/index.ts";
import { type ChatClient, signIn } from "./chat-client.ts";
import { eventually } from "./wait.ts";

/** One change of the list, as somebody who watches was told. */
export interface Seen {
  readonly user: User;
  readonly online: boolean;
  /** On the clock of `performance.now()`. */
  readonly atMs: number;
}

/** Somebody who watches the list of users. */
export interface Watcher {
  readonly client: ChatClient;
  /** The page with which it began. */
  readonly users: readonly User[];
  /** What it was told about somebody since it watches. */
  seen(who: { id: string }): Seen[];
  /** Resolves with the first change that puts them there, or away; `sinceMs` leaves out earlier ones. */
  sees(who: { id: string }, online: boolean, options: { withinMs: number; sinceMs?: number }): Promise<Seen>;
}

export async function watch(
  at: string | { url: string },
  range: RequestPayload<"users:watch"> = { limit: 200 },
): Promise<Watcher> {
  const client = await signIn(at);
  const { users } = await client.get("users:watch", range);
  const seen = (who: { id: string }) =>
    client
      .of("users:changes")
      .flatMap(({ payload, atMs }) => payload.changes.map((change) => ({ ...change, atMs })))
      .filter(({ user }) => user.id === who.id);
  return {
    client,
    users,
    seen,
    sees: (who, online, { withinMs, sinceMs = 0 }) =>
      eventually(() => seen(who).find((change) => change.online === online && change.atMs >= sinceMs), {
        timeoutMs: withinMs,
        everyMs: 10,
      }),
  };
}
