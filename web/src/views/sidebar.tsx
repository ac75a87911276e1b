import type { Actions } from "../actions.ts";
import type { State } from "../state/model.ts";
import { Avatar } from "./avatar.tsx";
import { SettingsIcon, SignOutIcon } from "./icons.tsx";
import { Mark } from "./mark.tsx";
import { People } from "./people.tsx";
import { Rooms } from "./rooms.tsx";
import "./sidebar.css";

/** Rooms, people, and oneself. On a phone it is a view of its own, and then the main one. */
export function Sidebar({ state, actions, main }: { state: State; actions: Actions; main: boolean }) {
  const inside = (
    <>
      <div class="sidebar__brand">
        <Mark />
        {main ? <h1>Parley</h1> : <span>Parley</span>}
        <button
          type="button"
          class="icon-button"
          title="Settings"
          onClick={() => actions.openDialog("settings")}
        >
          <SettingsIcon />
          <span class="quietly-hidden">Settings</span>
        </button>
      </div>
      <div class="sidebar__rooms">
        <Rooms state={state} actions={actions} />
      </div>
      <People people={state.people} me={state.me} actions={actions} />
      <Self state={state} actions={actions} />
    </>
  );
  return main ? (
    <main id="main" class="sidebar" tabIndex={-1}>
      {inside}
    </main>
  ) : (
    <aside class="sidebar" aria-label="Rooms and people">
      {inside}
    </aside>
  );
}

function Self({ state, actions }: { state: State; actions: Actions }) {
  const { me, status } = state;
  if (me === null) return null;
  const away = status === "away";
  return (
    <div class="self">
      <Avatar id={me.id} name={me.name} status={status} />
      <div class="self__words">
        <span class="self__name">
          <bdi>{me.name}</bdi> <span class="self__number">#{me.number}</span>
        </span>
        <button
          type="button"
          class="self__status"
          title={away ? "Say that you are back" : "Say that you are away"}
          onClick={() => actions.setStatus(away ? "online" : "away")}
        >
          {away ? "Away" : "Online"}
          <span class="quietly-hidden">{away ? ", say that you are back" : ", say that you are away"}</span>
        </button>
      </div>
      <button type="button" class="icon-button" title="Sign out" onClick={actions.signOut}>
        <SignOutIcon />
        <span class="quietly-hidden">Sign out</span>
      </button>
    </div>
  );
}
