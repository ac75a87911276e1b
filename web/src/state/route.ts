import type { RoomId, Route } from "./model.ts";

const roomPath = /^\/r\/([A-Za-z0-9_-]{1,64})(\/about)?\/?$/;

/** Which view an address names; what it does not know is the start page. */
export function routeOf(path: string): Route {
  const match = roomPath.exec(path);
  if (match?.[1] === undefined) return { room: null, about: false };
  return { room: match[1] as RoomId, about: match[2] !== undefined };
}

export function pathOf(route: Route): string {
  if (route.room === null) return "/";
  return `/r/${route.room}${route.about ? "/about" : ""}`;
}
