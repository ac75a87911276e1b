import type { ParleyClient } from "../client/contract.ts";
import { type Actions, attempt } from "./actions.ts";
import { watchIdle } from "./idle.ts";
import type { Action, RoomId, State } from "./state/model.ts";

/** How one is shown to others, and how others are shown who are not here. */
export function createStatusActions(deps: {
  window: Window;
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
}): Pick<Actions, "setStatus"> & { welcomed(): void; lookUp(room: RoomId): void } {
  const { dispatch } = deps;

  function tellIdle(idle: boolean) {
    deps
      .client()
      ?.request("presence:set", { status: idle ? "away" : "online" })
      .catch(() => {
        // The client says it again on the next connection.
      });
  }

  watchIdle(deps.window, (idle) => {
    dispatch({ type: "idle", idle });
    tellIdle(idle);
  });

  return {
    setStatus: (status) =>
      attempt(async () => {
        const answer = await deps.client()?.request("status:set", status);
        if (answer !== undefined) dispatch({ type: "status-set", status: answer.status });
      }),
    /** A client that is made while nobody touches the page has not been told. */
    welcomed() {
      if (deps.state().idle) tellIdle(true);
    },
    /** When the other one of a direct conversation was last here, if they are not. */
    lookUp(room) {
      const { rooms, people } = deps.state();
      const peer = rooms[room]?.peer;
      if (peer === undefined || people.heardOf[peer.id]?.status !== "offline") return;
      deps
        .client()
        ?.request("users:seen", { ids: [peer.id] })
        .then(({ seen }) => dispatch({ type: "people-seen", seen }))
        .catch(() => {
          // Nothing that one must know.
        });
    },
  };
}
