import type { MessageId, RoomId, Route } from "./model.ts";

const roomPath = /^\/r\/([A-Za-z0-9_-]{1,64})(\/about|\/t\/(\d{1,15})-([A-Za-z0-9_-]{1,64}))?\/?$/;

/** Which view an address names; what it does not know is the start page. */
export function routeOf(path: string): Route {
  const match = roomPath.exec(path);
  if (match?.[1] === undefined) return { room: null, about: false };
  const [, room, view, seq, id] = match;
  const thread = { seq: Number(seq), id: id as MessageId };
  return { room: room as RoomId, about: view === "/about", ...(id === undefined ? {} : { thread }) };
}

export function pathOf(route: Route): string {
  if (route.room === null) return "/";
  const { room, about, thread } = route;
  return `/r/${room}${about ? "/about" : thread === undefined ? "" : `/t/${thread.seq}-${thread.id}`}`;
}
