import type { Actions } from "../actions.ts";

/** The server was updated under this page. */
export function VersionLine({ actions }: { actions: Actions }) {
  return (
    <p class="line line--version" role="status">
      <span>There is a newer version of Parley. What you are writing is kept.</span>
      <button type="button" class="button button--small" onClick={actions.reload}>
        Reload
      </button>
    </p>
  );
}
