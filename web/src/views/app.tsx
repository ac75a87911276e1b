import { useEffect } from "preact/hooks";
import type { Actions, DialogName } from "../actions.ts";
import { isPressed } from "../state/keys.ts";
import type { State } from "../state/model.ts";
import { Completion, prepareMarking } from "./composer.tsx";
import { Conversation } from "./conversation.tsx";
import { MessageTools } from "./message.tsx";
import { Formatted } from "./message-text.tsx";
import { onDemand } from "./on-demand.tsx";
import { Sidebar } from "./sidebar.tsx";
import { SignIn } from "./sign-in.tsx";
import { ActLine } from "./timeline.tsx";
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
  const thread = room === undefined ? undefined : route.thread;
  const beside = about || thread !== undefined;
  useKeys(actions, phone);
  useEffect(() => prepareTheRest(actions), []);
  return (
    <div class={beside ? "chat chat--about" : "chat"}>
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
        ) : thread !== undefined && room !== undefined ? (
          <Thread key={thread.id} of={thread} room={room} state={state} actions={actions} main />
        ) : (
          <Conversation state={state} actions={actions} phone newerVersion={props.newerVersion} />
        )
      ) : (
        <>
          <Sidebar state={state} actions={actions} main={false} />
          <Conversation state={state} actions={actions} phone={false} newerVersion={props.newerVersion} />
          {about ? <About room={room} state={state} actions={actions} main={false} /> : null}
          {thread !== undefined && room !== undefined ? (
            <Thread key={thread.id} of={thread} room={room} state={state} actions={actions} main={false} />
          ) : null}
        </>
      )}
      {props.dialog === null ? null : (
        <ShownDialog state={state} actions={actions} dialog={props.dialog} onClose={props.closeDialog} />
      )}
      <div class="quietly-hidden" aria-live="polite">
        {state.announcement}
      </div>
    </div>
  );
}

/** Neither dialogs nor what one may want to know of a room are part of the first load. */
const Ended = onDemand(() => import("./room-extras.ts").then((module) => module.Ended));
const About = onDemand(() => import("./about.tsx").then((module) => module.About));
const Thread = onDemand(() => import("./thread.tsx").then((module) => module.Thread));
const ShownDialog = onDemand(() => import("./dialogs.tsx").then((module) => module.ShownDialog));

/** What is fetched on demand is here before it is asked for, if there is a moment for that. */
function prepareTheRest(actions: Actions) {
  // Not every browser says when it is idle.
  const whenIdle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 1_000));
  whenIdle(() => {
    for (const view of [Formatted, MessageTools, Completion, ShownDialog, About, Thread, ActLine, Ended])
      view.prepare();
    prepareMarking().catch(() => {});
    void actions.learnBans();
    actions
      .keptMessages()
      .then((kept) => kept.loadThreads())
      .catch(() => {});
  });
}

const pageKeys = ["previousRoom", "nextRoom", "switcher", "people", "help", "allRead", "newest"] as const;

function useKeys(actions: Actions, phone: boolean) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.defaultPrevented || document.querySelector("dialog[open]") !== null) return;
      const pressedKey = pageKeys.find((name) => isPressed(name, event));
      if (pressedKey === undefined) return;
      switch (pressedKey) {
        case "previousRoom":
          actions.nextRoom(-1);
          break;
        case "nextRoom":
          actions.nextRoom(1);
          break;
        case "switcher":
          actions.openDialog("switcher");
          break;
        case "people":
          actions.findSomebody();
          break;
        case "help":
          actions.openDialog("help");
          break;
        case "allRead":
          actions.markAllRead();
          break;
        case "newest":
          if (phone) return;
          actions.toNewest();
          document.getElementById("composer")?.focus();
          break;
      }
      event.preventDefault();
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
