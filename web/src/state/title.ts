import type { State } from "./model.ts";
import { roomTitle, totalCalls, totalUnread } from "./select.ts";

/** What stands on the tab: how much is unread, and where one is. */
export function titleOf(state: State): string {
  if (state.phase.name !== "signed-in") return "Parley";
  const unread = totalUnread(state);
  const calls = totalCalls(state);
  const room = state.route.room === null ? undefined : state.rooms[state.route.room];
  const place = room === undefined ? "Parley" : `${roomTitle(room)} · Parley`;
  if (calls > 0) return `(${calls} for you) ${place}`;
  return unread > 0 ? `(${unread}) ${place}` : place;
}

/** While nodes are exchanged one by one, the page may also be the newer one; that is no reason to reload. */
export function isNewer(server: string | null, page: string): boolean {
  if (server === null) return false;
  return server.localeCompare(page, "en", { numeric: true }) > 0;
}
