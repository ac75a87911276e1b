import type { ClientEvent } from "../../client/contract.ts";
import { roomAfter } from "../../client/room-head.ts";
import { attentionOf, heardReceipts, heardTyping, stoppedTyping, withAttention } from "./attention.ts";
import { changeState, expectDrain } from "./link.ts";
import { type Action, initialState, type Message, type RoomId, type State, type UiAction } from "./model.ts";
import { without, withRoom, withTimeline } from "./one-room.ts";
import { goodbyes, goodbyeTo, laterMark, muteReasons, notAmong, withRooms } from "./own-rooms.ts";
import { addPage, applyUserChanges, hearWhenSeen, searchPeople } from "./people.ts";
import { outbox, paced, sent } from "./sending.ts";
import { goToMessage, goToNew, moveStretch } from "./stretch.ts";
import { addAround, addHistory, addNewer, addQuoted, applyEvents, resetTimeline } from "./timeline.ts";
import { navigated, read, withNewLine } from "./what-is-new.ts";

/** The whole page as a function of what happened. `nowMs`: when it happened, by this machine's clock. */
export function reduce(state: State, action: Action, nowMs: number): State {
  switch (action.type) {
    case "connection":
      return connection(state, action, nowMs);
    case "welcome":
      return welcome(state, action);
    case "rooms":
      return {
        ...state,
        rooms: withRooms(state.rooms, action.rooms),
        goodbyes: action.rooms.reduce((rest, { id }) => without(rest, id), state.goodbyes),
      };
    case "room-removed":
      return {
        ...state,
        goodbyes: goodbyeTo(state, action.room),
        rooms: without(state.rooms, action.room),
        timelines: without(state.timelines, action.room),
      };
    case "events":
      return events(state, action);
    case "reset":
      return reset(state, action);
    case "head":
      return withRoom(state, action.room, (room) =>
        action.seq <= room.seq && action.n <= room.n
          ? room
          : {
              ...room,
              seq: Math.max(room.seq, action.seq),
              n: Math.max(room.n, action.n),
            },
      );
    case "read":
      return read(state, action);
    case "mention":
      return withRoom(state, action.room, (room) => ({ ...room, mentions: action.mentions }));
    case "typing":
      return heardTyping(state, action, nowMs);
    case "receipt":
      return heardReceipts(state, action.receipt.room, [action.receipt]);
    case "preferences":
      return { ...state, preferences: action.preferences };
    case "outbox":
      return { ...outbox(state, action.entries), outboxUnkept: action.unkept === true };
    case "sent":
      return sent(state, action, nowMs);
    case "slowed":
      if (action.because === "slow mode") return paced(state, action.room, nowMs + action.retryAfterMs);
      return {
        ...state,
        slowedUntilMs: { ...state.slowedUntilMs, [action.room]: nowMs + action.retryAfterMs },
      };
    case "users-changed":
      return {
        ...state,
        people: applyUserChanges(state.people, action.changes),
      };
    case "users-count":
      return { ...state, people: { ...state.people, count: action.count } };
    case "degraded":
      return { ...state, link: { ...state.link, degraded: action.reason } };
    case "recovered":
      return {
        ...state,
        link: { ...state.link, degraded: null, backAtMs: nowMs },
      };
    case "draining":
      return {
        ...state,
        link: expectDrain(state.link, action.reconnectInMs, nowMs),
      };
    case "me-events": {
      const set = action.events.findLast((event) => event.type === "status");
      const own = set === undefined ? state.own : set.status;
      return {
        ...state,
        own,
        goodbyes: goodbyes(state, action.events),
        muteReasons: muteReasons(state, action.events),
      };
    }
    case "token":
    case "draft":
      return state;
    default:
      return uiAction(state, action);
  }
}

function uiAction(state: State, action: UiAction): State {
  switch (action.type) {
    case "sign-in-started":
      return {
        ...initialState,
        route: state.route,
        phase: { name: "signing-in", as: action.as },
      };
    case "sign-in-failed":
      return {
        ...initialState,
        route: state.route,
        phase: {
          name: "signed-out",
          ...(action.error === undefined ? {} : { error: action.error }),
        },
      };
    case "signed-out":
      return { ...initialState, phase: { name: "signed-out" } };
    case "navigated":
      return navigated(state, action.route);
    case "left-room-view":
      return withTimeline(state, action.room, (timeline) =>
        moveStretch({ ...timeline, newAfter: null, goTo: null, cameFrom: null }, "newest"),
      );
    case "went-to-new":
      return withTimeline(state, action.room, goToNew);
    case "went-to":
      return withTimeline(state, action.room, (timeline) => {
        const there = action.around ? addAround(timeline, action.around, state.me?.id) : timeline;
        return goToMessage(there, action.id, action.from);
      });
    case "quoted":
      return withTimeline(state, action.room, (timeline) =>
        addQuoted(timeline, action.messages, state.me?.id),
      );
    case "new-seen":
      return withTimeline(withAttention(state, action.room, { held: false }), action.room, (timeline) => ({
        ...timeline,
        newAfter: null,
      }));
    case "receipts":
      return heardReceipts(withAttention(state, action.room, { receipts: {} }), action.room, action.receipts);
    case "looked-away": {
      if (attentionOf(state, action.room).held) return state;
      const n = state.rooms[action.room]?.n ?? 0;
      return withTimeline(state, action.room, (timeline) => ({ ...timeline, newAfter: n }));
    }
    case "history-loading":
      return withTimeline(state, action.room, (timeline) => ({
        ...timeline,
        history: "loading",
      }));
    case "history-loaded":
      return withTimeline(state, action.room, (timeline) =>
        addHistory(timeline, action.page.messages, action.page.more, state.me?.id, action.before),
      );
    case "newer-loaded":
      return withTimeline(state, action.room, (timeline) =>
        addNewer(timeline, action.after, action.page, state.me?.id),
      );
    case "history-failed":
      return withTimeline(state, action.room, (timeline) => ({
        ...timeline,
        history: "failed",
      }));
    case "scrolled":
      return withTimeline(state, action.room, (timeline) => moveStretch(timeline, action.to));
    case "room-missing":
      return {
        ...state,
        missing: { ...state.missing, [action.room]: action.error },
      };
    case "goodbyes":
      return { ...state, goodbyes: action.goodbyes };
    case "discarding":
      return {
        ...state,
        outbox: state.outbox.filter((entry) => entry.id !== action.id),
      };
    case "editing":
      return {
        ...state,
        editing: withMessage(state.editing, action),
      };
    case "replying":
      return {
        ...state,
        replying: withMessage(state.replying, action),
      };
    case "threads":
      return { ...state, threads: action.threads };
    case "people-query":
      return { ...state, people: searchPeople(state.people, action.query) };
    case "people-page":
      return {
        ...state,
        people: addPage(state.people, action),
      };
    case "person-seen":
      return {
        ...state,
        people: {
          ...state.people,
          heardOf: { ...state.people.heardOf, [action.user.id]: action.user },
        },
      };
    case "status-set":
      return { ...state, own: action.status };
    case "idle":
      return { ...state, idle: action.idle };
    case "people-seen":
      return { ...state, people: hearWhenSeen(state.people, action.seen) };
    case "noted":
      return { ...state, note: action.note };
    case "announced":
      return { ...state, announcement: action.text };
  }
}

function connection(state: State, event: Extract<ClientEvent, { type: "connection" }>, nowMs: number): State {
  const link = changeState(state.link, event.state, nowMs);
  if (event.state !== "ended") return { ...state, link };
  const error = event.error === undefined ? {} : { error: event.error };
  switch (state.phase.name) {
    case "signing-in":
      // Silent signing in with what an earlier visit left behind: no reproach if that has run out.
      return reduce(
        state,
        state.phase.as === null ? { type: "sign-in-failed" } : { type: "sign-in-failed", ...error },
        nowMs,
      );
    case "signed-in":
      return { ...state, link, phase: { name: "ended", ...error } };
    default:
      return { ...state, link };
  }
}

function welcome(state: State, { welcome: said }: Extract<ClientEvent, { type: "welcome" }>): State {
  const rooms = withRooms({}, said.rooms);
  // Rooms beyond the first page come later; until then what was known of them stays.
  const kept = said.moreRooms === undefined ? rooms : { ...state.rooms, ...rooms };
  for (const room of Object.values(rooms)) {
    const known = state.rooms[room.id];
    // A failover may have rewound the log, so its position is taken as told.
    if (known !== undefined) kept[room.id] = { ...room, ...laterMark(known, room) };
  }
  return withNewLine({
    ...state,
    phase: { name: "signed-in" },
    me: said.user,
    own: said.status,
    limits: said.limits,
    preferences: said.preferences,
    serverVersion: said.version,
    rooms: kept,
    formerRooms: notAmong(kept, { ...state.formerRooms, ...state.rooms }),
    missing: {},
    goodbyes: said.rooms.reduce((rest, { id }) => without(rest, id), state.goodbyes),
    people: { ...state.people, count: said.online },
    link: { ...state.link, degraded: null },
  });
}

function events(state: State, { room, events: told }: Extract<ClientEvent, { type: "events" }>): State {
  let next = withTimeline(state, room, (timeline) => applyEvents(timeline, told, state.me?.id));
  next = withRoom(next, room, (known) => roomAfter(known, told, known.cursor, state.me?.id));
  const messages = told.filter((event) => event.type === "message");
  const ids = new Set<string>(messages.map(({ id }) => id));
  next = stoppedTyping(next, room, new Set(messages.map(({ by }) => by.id)));
  if (next.settling.some((entry) => ids.has(entry.id))) {
    next = {
      ...next,
      settling: next.settling.filter((entry) => !ids.has(entry.id)),
    };
  }
  // What was said of a message that is deleted now is not left standing for a screen reader either.
  const deletes = told.some((event) => event.type === "delete");
  return deletes && next.announcement !== "" ? { ...next, announcement: "" } : next;
}

function reset(state: State, { room, messages, seq }: Extract<ClientEvent, { type: "reset" }>): State {
  const placed = withTimeline(state, room, (timeline) => resetTimeline(timeline, messages));
  return withRoom(placed, room, (known) => ({
    ...known,
    seq,
    n: messages.at(-1)?.n ?? known.n,
  }));
}

function withMessage(
  messages: Readonly<Record<RoomId, Message>>,
  { room, message }: { room: RoomId; message: Message | null },
): Readonly<Record<RoomId, Message>> {
  return message === null ? without(messages, room) : { ...messages, [room]: message };
}
