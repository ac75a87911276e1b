import { render } from "preact";
import type { ClientEvent } from "../client/contract.ts";
import { randomUuid } from "../client/uuid.ts";
import { type Actions, attempt, type DialogName } from "./actions.ts";
import { createAnnouncer, createReadMarker } from "./attention.ts";
import { createAttentionActions } from "./attention-actions.ts";
import { createBadge } from "./badge.ts";
import { createDrafts } from "./drafts.ts";
import { createKept } from "./kept.ts";
import { createLateWork } from "./late-work.ts";
import { createLook } from "./look.ts";
import { createMentionables } from "./mentionables.ts";
import { createMessageActions } from "./message-actions.ts";
import { createNavigation } from "./navigation.ts";
import { nextFrame } from "./next-frame.ts";
import { createNotifier } from "./notifier.ts";
import { type CreateClient, createPageSession } from "./page-session.ts";
import { createPeopleWatch } from "./people-watch.ts";
import { createRoomActions } from "./room-actions.ts";
import {
  type Action,
  initialState,
  lobbyId,
  type Note,
  type RoomId,
  type Route,
  type State,
} from "./state/model.ts";
import { reduce } from "./state/reduce.ts";
import { roomOrder } from "./state/select.ts";
import { createStore } from "./state/store.ts";
import { isNewer } from "./state/title.ts";
import { createStatusActions } from "./status-actions.ts";
import { App } from "./views/app.tsx";

export interface PageDeps {
  root: HTMLElement;
  window: Window & typeof globalThis;
  storage: Storage | undefined;
  /** Of this page. */
  version: string;
  createClient: CreateClient;
}

const noteForMs = 6_000;

/** Brings state, views, address, storage and the client together. */
export function startPage({ root, window, storage, version, createClient }: PageDeps): void {
  const { document, location } = window;
  const kept = createKept(storage);
  const phone = window.matchMedia("(max-width: 719.9px)");
  const store = createStore<State, Action>({
    initial: initialState,
    reduce,
    now: Date.now,
    soon: nextFrame,
  });
  const { dispatch } = store;
  const state = () => store.state;
  let dialog: DialogName | null = null;
  let noteKey = 0;

  const session = createPageSession({
    url: location.origin,
    kept,
    state,
    dispatch,
    note,
    createClient,
    heed,
    onConnecting: () => people.forget(),
    onSignOut() {
      drafts.forget();
      people.forget();
      mentionables.forget();
      window.history.replaceState(null, "", "/");
    },
  });
  const currentClient = session.client;
  const hasAttention = () => !document.hidden && document.hasFocus();
  const reads = createReadMarker({ state, client: currentClient, hasAttention });
  const people = createPeopleWatch({ state, client: currentClient, dispatch });
  const status = createStatusActions({ window, state, client: currentClient, dispatch });
  const drafts = createDrafts({ kept, client: currentClient });
  const showBadge = createBadge(window);
  const look = createLook({ kept, element: document.documentElement, onChange: () => draw(state()) });
  const announce = createAnnouncer({ state, say });
  const mentionables = createMentionables({ state, client: currentClient });
  const attention = createAttentionActions({ state, client: currentClient, dispatch, note, mentionables });
  const notifier = createNotifier({
    window,
    state,
    wanted: () => look.now().notify === "on",
    hasAttention,
    open: (room) => navigation.go({ room, about: false }),
  });
  const navigation = createNavigation({
    history: window.history,
    location,
    onRoute: show,
    listen: (event, listener) => window.addEventListener(event, listener),
  });
  const late = createLateWork({ kept, state, client: currentClient, dispatch, navigation, note });

  function say(text: string) {
    dispatch({ type: "announced", text });
  }

  function note(text: string, tone: Note["tone"] = "plain") {
    noteKey += 1;
    const key = noteKey;
    dispatch({ type: "noted", note: { key, text, tone } });
    if (tone === "error") return;
    setTimeout(() => {
      if (state().note?.key === key) dispatch({ type: "noted", note: null });
    }, noteForMs);
  }

  function openDialog(next: DialogName | null) {
    dialog = next;
    draw(state());
  }

  function searchPeople(query: string) {
    const focus = () => document.getElementById("people-search")?.focus();
    if (phone.matches) {
      navigation.go({ room: null, about: false });
      // It appears with the next frame.
      requestAnimationFrame(() => requestAnimationFrame(focus));
    }
    people.search(query);
    focus();
  }

  const messages = createMessageActions({
    state,
    client: currentClient,
    dispatch,
    note,
    window,
    mentionsIn: mentionables.mentionsIn,
  });
  const rooms = createRoomActions({
    state,
    client: currentClient,
    dispatch,
    navigation,
    note,
    uuid: randomUuid,
    openDialog,
    searchPeople,
    signOut: session.signOut,
    typed: attention.typed,
    mentionsIn: mentionables.mentionsIn,
    messages,
    late,
  });

  /** Brings a view on screen, whoever asked for it: a click, the address, the back button. */
  function show(route: Route) {
    if (route.room === null && !phone.matches) {
      return navigation.replace({ room: lobbyId, about: false });
    }
    const before = state().route.room;
    if (before !== null && before !== route.room) dispatch({ type: "left-room-view", room: before });
    dispatch({ type: "navigated", route });
    if (state().phase.name === "signed-in") openShown();
  }

  /** Large rooms tell all that is said only to those who look. */
  function tellFocus() {
    const { room } = state().route;
    currentClient()
      ?.request("room:focus", { room: document.hidden ? null : room })
      .catch(() => {
        // The client says it again on the next connection.
      });
  }

  function openShown() {
    const { room } = state().route;
    tellFocus();
    if (room === null) return;
    rooms.open(room);
    status.lookUp(room);
    attention.loadReceipts(room);
  }

  function heed(event: ClientEvent) {
    announce(event);
    // What was read is told by where one was before.
    late.heed(event);
    dispatch(event);
    notifier.heed(event);
    session.heed(event);
    switch (event.type) {
      case "welcome":
        welcomed();
        break;
      case "connection":
        if (event.state === "online") drafts.ask();
        break;
      case "read":
        reads.forget();
        break;
      case "preferences":
        if (state().route.room !== null) openShown();
        break;
      case "draft":
        drafts.heard(event.draft);
        break;
      case "rooms":
      case "room-removed":
        people.refresh();
        break;
      case "reset":
        if (event.room === state().route.room) rooms.open(event.room);
        break;
    }
  }

  let pushLobby = false;
  function welcomed() {
    if (pushLobby && navigation.current().room === null) navigation.go({ room: lobbyId, about: false });
    pushLobby = false;
    reads.forget();
    people.refresh();
    status.welcomed();
    show(navigation.current());
  }

  const actions: Actions = {
    ...rooms,
    moderate: (request, payload) =>
      attempt(async () => {
        await (await late.moderation()).act(request, payload);
      }),
    listRooms: async (...given) => (await late.membership()).listRooms(...given),
    listMembers: async (...given) => (await late.membership()).listMembers(...given),
    listActs: async (room, cursor) => (await late.moderation()).listActs(room, cursor),
    listBans: async (room) => (await late.moderation()).listBans(room),
    ...messages,
    ...attention,
    allowNotifications: notifier.ask,
    signIn(name) {
      pushLobby = true;
      session.signIn(name);
    },
    signOut: session.signOut,
    keptMessages: late.keptMessages,
    learnBans: late.learnBans,
    signInAgain: () => dispatch({ type: "signed-out" }),
    go: navigation.go,
    back: () => {
      const { room, about, thread } = state().route;
      navigation.back({ room: about || thread !== undefined ? room : null, about: false });
    },
    nextRoom(step) {
      const order = roomOrder(state().rooms);
      const at = order.indexOf(state().route.room ?? ("" as RoomId));
      const room = order[(at + step + order.length) % order.length];
      if (room !== undefined) navigation.go({ room, about: false });
    },
    searchPeople: people.search,
    showPeople: people.show,
    setStatus: status.setStatus,
    draft: drafts.of,
    keepDraft: drafts.keep,
    watchDraft: drafts.watch,
    look: look.now,
    setLook: look.choose,
    recentEmoji: kept.recentEmoji,
    usedEmoji: (emoji) => kept.keepUsedEmoji(emoji),
    toNewest() {
      const { room } = state().route;
      if (room !== null) actions.scrolled(room, "newest");
    },
    findSomebody: () => searchPeople(state().people.query),
    note,
    dismissNote: () => dispatch({ type: "noted", note: null }),
    say,
    reload: () => location.reload(),
    openDialog,
  };

  function draw(now: State) {
    showBadge(now);
    render(
      <App
        state={now}
        actions={actions}
        phone={phone.matches}
        dialog={dialog}
        closeDialog={() => openDialog(null)}
        lastName={kept.session()?.name ?? ""}
        newerVersion={isNewer(now.serverVersion, version)}
      />,
      root,
    );
  }

  store.listen((now) => {
    draw(now);
    // What is on screen now may have been read by that.
    reads.mark();
  });
  phone.addEventListener("change", () => {
    show(navigation.current());
    draw(state());
  });
  window.addEventListener("focus", () => {
    reads.mark();
    drafts.ask();
  });
  window.addEventListener("pagehide", drafts.hurry);
  window.addEventListener("blur", () => {
    const { room } = state().route;
    if (room !== null) dispatch({ type: "looked-away", room });
  });
  document.addEventListener("visibilitychange", () => {
    if (state().phase.name === "signed-in") tellFocus();
    reads.mark();
  });

  // What another tab of this browser did.
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === "parley.session") session.changedElsewhere();
    else if (key === "parley.look") look.chosenElsewhere();
    else drafts.stored(key, newValue);
  });

  show(navigation.current());
  session.resumeIfSignedIn();
  draw(state());
}
