import type { Actions } from "../actions.ts";
import type { State } from "../state/model.ts";
import { NoteLine } from "./lines.tsx";

/** The session is over, and what one can do. */
export function Ended({ state, actions }: { state: State; actions: Actions }) {
  const error = state.phase.name === "ended" ? state.phase.error : undefined;
  return (
    <main class="between">
      <h1>You are signed out</h1>
      <p dir="auto">
        {error === undefined || error.code === "unauthorized"
          ? "Your session ended: you signed out in another window or on another device, or it ran out. What you were writing is kept."
          : error.message}
      </p>
      <button type="button" class="button button--first" onClick={actions.signInAgain}>
        Sign in again
      </button>
      <NoteLine note={state.note} actions={actions} />
    </main>
  );
}
