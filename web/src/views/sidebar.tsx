import { useEffect, useRef, useState } from "preact/hooks";
import type { Actions } from "../actions.ts";
import type { OwnStatus, State } from "../state/model.ts";
import { appearanceInWords, lineOf, ownAppearance, statusAt } from "../state/status.ts";
import { Avatar } from "./avatar.tsx";
import { SearchIcon, SettingsIcon, SignOutIcon } from "./icons.tsx";
import { Mark } from "./mark.tsx";
import { onDemand } from "./on-demand.tsx";
import { People } from "./people.tsx";
import { Rooms } from "./rooms.tsx";
import "./sidebar.css";

const KeptLinks = onDemand(() => import("./room-extras.ts").then((module) => module.KeptLinks));

const MoreCalls = onDemand(() => import("./room-extras.ts").then((module) => module.MoreCalls));

/** Rooms, people, and oneself. On a phone it is a view of its own, and then the main one. */
export function Sidebar({ state, actions, main }: { state: State; actions: Actions; main: boolean }) {
  const scroller = useRef<HTMLDivElement>(null);
  const inside = (
    <>
      <div class="sidebar__brand">
        <Mark />
        {main ? <h1>Parley</h1> : <span>Parley</span>}
        <button
          type="button"
          class="icon-button"
          title="Go to a room or a person"
          onClick={() => actions.openDialog("switcher")}
        >
          <SearchIcon />
          <span class="quietly-hidden">Go to a room or a person</span>
        </button>
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
      <div class="sidebar__kept">
        <KeptLinks threads={state.threads} actions={actions} />
      </div>
      <div class="sidebar__rooms">
        <div ref={scroller} class="sidebar__scroller">
          <Rooms state={state} actions={actions} />
        </div>
        <MoreCalls rooms={state.rooms} scroller={scroller} />
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
  const { me } = state;
  const own = useOwnStatus(state.own);
  if (me === null) return null;
  const appearance = ownAppearance(own, state.idle);
  const shown = own.mode === "invisible" ? "Invisible" : appearanceInWords(appearance);
  const said = lineOf(own);
  return (
    <div class="self">
      <Avatar id={me.id} name={me.name} status={appearance} />
      <div class="self__words">
        <span class="self__name">
          <bdi>{me.name}</bdi> <span class="self__number">#{me.number}</span>
        </span>
        <button
          type="button"
          class="self__status"
          title={said === "" ? "How others see you" : `${shown}: ${said}`}
          onClick={() => actions.openDialog("status")}
        >
          {said === "" ? shown : said}
          <span class="quietly-hidden">{said === "" ? "" : `, ${shown}`}. Change how others see you</span>
        </button>
      </div>
      <button type="button" class="icon-button" title="Sign out" onClick={actions.signOut}>
        <SignOutIcon />
        <span class="quietly-hidden">Sign out</span>
      </button>
    </div>
  );
}

const longestTimerMs = 2 ** 31 - 1;

/** What one has set, drawn anew when it ends. */
function useOwnStatus(set: OwnStatus): OwnStatus {
  const [, redraw] = useState(0);
  const now = statusAt(set, Date.now());
  useEffect(() => {
    if (now.until === undefined) return;
    const leftMs = Date.parse(now.until) - Date.now();
    const timer = setTimeout(() => redraw((n) => n + 1), Math.min(leftMs, longestTimerMs));
    return () => clearTimeout(timer);
  });
  return now;
}
