import type { Route } from "./state/model.ts";
import { pathOf, routeOf } from "./state/route.ts";

export interface NavigationDeps {
  history: History;
  location: Location;
  onRoute: (route: Route) => void;
  listen: (event: "popstate", listener: () => void) => void;
}

/** Keeps the address and what is on screen the same; every room has an entry of its own in the history. */
export function createNavigation({ history, location, onRoute, listen }: NavigationDeps) {
  const current = () => routeOf(location.pathname);
  const depth = () => (history.state as { depth?: number } | null)?.depth ?? 0;

  listen("popstate", () => onRoute(current()));

  function replace(route: Route) {
    history.replaceState({ depth: depth() }, "", pathOf(route));
    onRoute(route);
  }

  return {
    current,
    replace,
    go(route: Route) {
      if (pathOf(route) === pathOf(current())) return;
      history.pushState({ depth: depth() + 1 }, "", pathOf(route));
      onRoute(route);
    },
    /** Where one came from; `otherwise` for those who came straight here by a link. */
    back(otherwise: Route) {
      if (depth() > 0) history.back();
      else replace(otherwise);
    },
  };
}

export type Navigation = ReturnType<typeof createNavigation>;
