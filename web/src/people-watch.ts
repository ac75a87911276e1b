import type { ParleyClient } from "../client/contract.ts";
import type { Action, State } from "./state/model.ts";
import { needsMore, watchFor } from "./state/people.ts";

const searchDelayMs = 150;
const idsLimit = 200;

/** Watches the part of the user list that is on screen, and the people one has direct conversations with. */
export function createPeopleWatch(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
}) {
  let first = 0;
  let last = 0;
  let watched = "";
  let delay: ReturnType<typeof setTimeout> | undefined;

  function watch() {
    const { people, rooms } = deps.state();
    const client = deps.client();
    if (client === undefined) return;
    const query = people.query.trim();
    const { from, limit } = watchFor(people, first, last);
    const ids = Object.values(rooms)
      .flatMap((room) => (room.peer === undefined ? [] : [room.peer.id]))
      .slice(0, idsLimit);
    const payload = {
      limit,
      ...(query === "" ? {} : { query }),
      ...(from.cursor === undefined ? {} : { cursor: from.cursor }),
      ...(ids.length === 0 ? {} : { ids }),
    };
    const key = JSON.stringify(payload);
    if (key === watched) return;
    watched = key;
    client.watchUsers(payload, (page) => {
      deps.dispatch({ type: "people-page", query: people.query, from, limit, ids, page });
      // Reading on towards what one looks at; never in circles, whatever the answers are.
      const known = deps.state().people;
      if (known.known.length > people.known.length && needsMore(known, last)) watch();
    });
  }

  return {
    /** To be called on welcome, and when rooms came or went. */
    refresh: watch,
    /** Rows on screen, as positions in the known stretch. */
    show(firstRow: number, lastRow: number) {
      first = firstRow;
      last = lastRow;
      watch();
    },
    search(query: string) {
      deps.dispatch({ type: "people-query", query });
      first = 0;
      last = 0;
      clearTimeout(delay);
      delay = setTimeout(watch, searchDelayMs);
    },
    forget() {
      clearTimeout(delay);
      watched = "";
      first = 0;
      last = 0;
    },
  };
}
