import { useEffect } from "preact/hooks";
import type { Actions, DialogName } from "../actions.ts";
import { lobbyId, type State } from "../state/model.ts";
import { statusAt } from "../state/status.ts";
import { About } from "./about.tsx";
import { Conversation } from "./conversation.tsx";
import { NoteLine } from "./lines.tsx";
import { onDemand } from "./on-demand.tsx";
import { HelpDialog, SettingsDialog } from "./page-dialogs.tsx";
import { CreateDialog, DirectoryDialog, InviteDialog, LeaveDialog } from "./room-dialogs.tsx";
import { Sidebar } from "./sidebar.tsx";
import { SignIn } from "./sign-in.tsx";
import "./app.css";

export interface AppProps {
  state: State;
  actions: Actions;
  /** One column. */
  phone: boolean;
  dialog: DialogName | null;
  closeDialog: () => void;
  /** The name of the last visit, offered again. */
  lastName: string;
  newerVersion: boolean;
}

export function App(props: AppProps) {
  const { state, actions } = props;
  switch (state.phase.name) {
    case "signed-out":
      return <SignIn state={state} actions={actions} lastName={props.lastName} />;
    case "signing-in":
      // Coming back: what was there last appears at once, without a form in between.
      return state.phase.as === null ? (
        <Returning {...props} />
      ) : (
        <SignIn state={state} actions={actions} lastName={props.lastName} />
      );
    case "ended":
      return <Ended state={state} actions={actions} />;
    case "signed-in":
      return <Chat {...props} />;
  }
}

function Chat(props: AppProps) {
  const { state, actions, phone } = props;
  const { route } = state;
  const room = route.room === null ? undefined : state.rooms[route.room];
  const about = route.about && room !== undefined;
  useKeys(actions, phone);
  return (
    <div class={about ? "chat chat--about" : "chat"}>
      <button
        type="button"
        class="skip"
        onClick={() => (document.getElementById("composer") ?? document.getElementById("main"))?.focus()}
      >
        Skip to the conversation
      </button>
      {phone ? (
        route.room === null ? (
          <Sidebar state={state} actions={actions} main />
        ) : about ? (
          <About room={room} state={state} actions={actions} main />
        ) : (
          <Conversation state={state} actions={actions} phone newerVersion={props.newerVersion} />
        )
      ) : (
        <>
          <Sidebar state={state} actions={actions} main={false} />
          <Conversation state={state} actions={actions} phone={false} newerVersion={props.newerVersion} />
          {about ? <About room={room} state={state} actions={actions} main={false} /> : null}
        </>
      )}
      <ShownDialog {...props} />
      <div class="quietly-hidden" aria-live="polite">
        {state.announcement}
      </div>
    </div>
  );
}

const MessageDialog = onDemand(() => import("./message-dialogs.tsx").then((module) => module.MessageDialog));
const StatusDialog = onDemand(() => import("./status-dialog.tsx").then((module) => module.StatusDialog));

function ShownDialog({ state, actions, dialog, closeDialog }: AppProps) {
  const room = state.rooms[state.route.room ?? lobbyId];
  const common = { actions, onClose: closeDialog };
  if (typeof dialog === "object" && dialog !== null) {
    return room === undefined ? null : <MessageDialog {...common} dialog={dialog} room={room.id} />;
  }
  switch (dialog) {
    case null:
      return null;
    case "create":
      return <CreateDialog {...common} />;
    case "directory":
      return <DirectoryDialog {...common} />;
    case "help":
      return <HelpDialog onClose={closeDialog} />;
    case "settings":
      return <SettingsDialog {...common} />;
    case "invite":
      return room === undefined ? null : <InviteDialog {...common} room={room} />;
    case "status":
      return <StatusDialog {...common} own={statusAt(state.own, Date.now())} />;
    case "leave":
      return room === undefined ? null : <LeaveDialog {...common} room={room} />;
  }
}

function useKeys(actions: Actions, phone: boolean) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        actions.nextRoom(event.key === "ArrowDown" ? 1 : -1);
      } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        actions.findSomebody();
      } else if (event.key === "Escape" && !phone) {
        actions.toNewest();
        document.getElementById("composer")?.focus();
      }
    };
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [phone]);
}

function Returning({ state, actions, lastName }: AppProps) {
  const away = state.link.state === "offline";
  return (
    <main class="between">
      <h1 class="quietly-hidden">Parley</h1>
      <div class="between__words" role="status">
        <p class="timeline__loading">
          {away ? "The server does not answer. Trying again …" : "Signing in as "}
          {away ? null : <bdi>{lastName}</bdi>}
          {away ? null : " …"}
        </p>
      </div>
      {away ? (
        <button type="button" class="button" onClick={actions.signOut}>
          Use another name
        </button>
      ) : null}
    </main>
  );
}

function Ended({ state, actions }: { state: State; actions: Actions }) {
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
