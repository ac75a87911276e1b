import type { ProtocolError, RequestPayload, RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { calledIn } from "../client/mentions.ts";
import { type Actions, attempt, type DialogName, needed, problemOf, tooLong } from "./actions.ts";
import type { LateWork } from "./late-work.ts";
import type { Mentionables } from "./mentionables.ts";
import type { Navigation } from "./navigation.ts";
import type { Action, Message, MessageId, MessageReference, Note, State } from "./state/model.ts";
import { timelineOf } from "./state/select.ts";
import { oldestSeq, seqToReadOn } from "./state/stretch.ts";

export interface RoomActionDeps {
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
  navigation: Navigation;
  note: (text: string, tone?: Note["tone"]) => void;
  uuid: () => string;
  openDialog: (dialog: DialogName) => void;
  searchPeople: (query: string) => void;
  signOut: () => void;
  typed: Actions["typed"];
  mentionsIn: Mentionables["mentionsIn"];
  messages: Pick<Actions, "edit" | "react">;
  late: LateWork;
}

const historyPage = 50;
/** On the way to the first new message: as much at a time as the server gives, and 5,000 in all. */
const historyMost = 200;
const newPages = 25;
/** Around a message that one is taken to. */
const aroundPage = 100;
const suggestions = 8;

type RoomActions = Pick<
  Actions,
  | "submit"
  | "answer"
  | "findPeople"
  | "toFirstNew"
  | "toMessage"
  | "backToMessage"
  | "retry"
  | "discard"
  | "loadOlder"
  | "scrolled"
  | "openDirect"
  | "create"
  | "join"
  | "leave"
  | "invite"
>;

/** What a person does in and with rooms: requests to the server, and what their answers mean for the page. */
export function createRoomActions(deps: RoomActionDeps): RoomActions & { open(room: RoomId): void } {
  const { dispatch, navigation } = deps;
  let readingOn = false;

  const need = () => needed(deps.client());
  const { membership } = deps.late;

  const enter = (room: RoomId) => navigation.go({ room, about: false });

  const reading = new Map<RoomId, Promise<void>>();
  function readHistory(room: RoomId, before?: number, limit = historyPage): Promise<void> {
    const going = reading.get(room);
    if (going !== undefined && timelineOf(deps.state(), room).history === "loading") return going;
    const read = askHistory(room, before, limit);
    reading.set(room, read);
    return read;
  }

  /** Page by page, up to what a timeline holds, until it is at hand; `isAtHand` is told the oldest message. */
  async function readBackUntil(room: RoomId, isAtHand: (oldest: Message | undefined) => boolean) {
    for (let pages = 0; pages < newPages; pages++) {
      const timeline = timelineOf(deps.state(), room);
      const oldest = timeline.entries.find((entry) => entry.type === "message");
      const unread = timeline.history === "unknown" || timeline.history === "loading";
      if (!unread && (timeline.history !== "more" || isAtHand(oldest))) return;
      await readHistory(room, unread ? undefined : oldest?.seq, unread ? historyPage : historyMost);
    }
  }

  async function askHistory(room: RoomId, before: number | undefined, limit: number) {
    dispatch({ type: "history-loading", room });
    try {
      const page = await need().request("room:history", {
        room,
        limit,
        ...(before === undefined ? {} : { before }),
      });
      dispatch({ type: "history-loaded", room, page, before });
    } catch (error) {
      dispatch({ type: "history-failed", room });
      const { code } = error as { code?: string };
      if (code === "forbidden" || code === "not_found") {
        // It may be a ban, of which one hears now.
        await deps.late.learnBans();
        dispatch({ type: "room-missing", room, error: error as never });
      }
    }
  }

  async function readOn(room: RoomId) {
    const after = seqToReadOn(timelineOf(deps.state(), room));
    if (after === undefined || readingOn) return;
    readingOn = true;
    try {
      const page = await need().request("room:history", { room, after, limit: historyMost });
      dispatch({ type: "newer-loaded", room, after, page });
    } catch {
      // It is asked for again as one scrolls on.
    } finally {
      readingOn = false;
    }
  }

  /** Read together with what is around it, where it is not at hand. */
  async function toMessage(room: RoomId, of: MessageReference, from: MessageId | null) {
    if (deps.state().route.room !== room) enter(room);
    const { history } = timelineOf(deps.state(), room);
    if (history === "unknown" || history === "loading") await readHistory(room);
    const there = { type: "went-to", room, id: of.id, from } as const;
    const { entries, tail } = timelineOf(deps.state(), room);
    if ([...entries, ...tail].some(({ id }) => id === of.id)) return dispatch(there);
    try {
      const { messages } = await need().request("room:history", { room, around: of.seq, limit: aroundPage });
      if (messages.some(({ id }) => id === of.id)) dispatch({ ...there, around: messages });
      else deps.note("That message is not there any more.", "error");
    } catch (error) {
      deps.note(problemOf(error), "error");
    }
  }

  async function openDirect(to: RequestPayload<"dm:open">["to"]) {
    const { room, user } = await need().request("dm:open", { to });
    dispatch({ type: "rooms", rooms: [room] });
    dispatch({ type: "person-seen", user });
    return { room, user };
  }

  async function join(id: RoomId) {
    const { room } = await need()
      .request("room:join", { room: id })
      .catch(async (error: ProtocolError) => {
        throw error.reason === "banned" ? (await deps.late.ownBans()).refused(id, error) : error;
      });
    dispatch({ type: "rooms", rooms: [room] });
    enter(room.id);
  }

  function say(room: RoomId, text: string, thread?: MessageReference): boolean | Promise<boolean> {
    const problem = tooLong(text, deps.state().limits?.textBytes);
    if (problem !== undefined) {
      deps.note(problem, "error");
      return false;
    }
    deps.typed(room, "");
    const replied = thread ?? deps.state().replying[room];
    const reply = replied === undefined ? undefined : { replyTo: { seq: replied.seq, id: replied.id } };
    if (replied !== undefined && thread === undefined) dispatch({ type: "replying", room, message: null });
    if (calledIn(text).length === 0) {
      need().send(room, text, reply);
      return true;
    }
    return deps.mentionsIn(room, text).then((extras) => {
      need().send(room, text, { ...extras, ...reply });
      return true;
    });
  }

  /** What a command takes is fetched when one is typed first. */
  async function command(room: RoomId, typed: string): Promise<boolean> {
    let done = false;
    const problem = await attempt(async () => {
      const { obey } = await import("./room-work.ts");
      done = await obey(room, typed, { ...deps, need, openDirect, enter, join, say });
    });
    if (problem !== undefined) deps.note(problem, "error");
    return done;
  }

  return {
    open(room) {
      const { history } = timelineOf(deps.state(), room);
      if (history === "unknown" || history === "failed") void readHistory(room);
    },
    loadOlder(room) {
      const timeline = timelineOf(deps.state(), room);
      if (timeline.history === "more" || timeline.history === "failed") {
        void readHistory(room, oldestSeq(timeline));
      }
    },
    scrolled(room, to) {
      dispatch({ type: "scrolled", room, to });
      if (to === "down") void readOn(room);
    },
    async toFirstNew(room) {
      const { newAfter, tail } = timelineOf(deps.state(), room);
      // What is new lies before the newest, and not after where one reads further up.
      if (tail.length > 0) dispatch({ type: "scrolled", room, to: "newest" });
      if (newAfter !== null) await readBackUntil(room, (oldest) => (oldest?.n ?? 0) <= newAfter + 1);
      dispatch({ type: "went-to-new", room });
    },
    toMessage: (room, of, from) => toMessage(room, of, from ?? null),
    backToMessage(room) {
      const { cameFrom } = timelineOf(deps.state(), room);
      if (cameFrom !== null) dispatch({ type: "went-to", room, id: cameFrom, from: null });
    },
    submit(room, typed) {
      if (typed.trim() === "") return false;
      return typed.startsWith("/") ? command(room, typed) : say(room, typed);
    },
    answer: (room, thread, text) => text.trim() !== "" && say(room, text, thread),
    async findPeople(query) {
      const { users } = await need().request("users:list", { query, limit: suggestions });
      return users;
    },
    retry: (id) => need().retry(id),
    discard(id) {
      dispatch({ type: "discarding", id });
      need().discard(id);
    },
    openDirect(to) {
      openDirect(to).then(
        ({ room }) => enter(room.id),
        (error: unknown) => deps.note(problemOf(error), "error"),
      );
    },
    join: (room) => attempt(() => join(room)),
    create: (...given) => attempt(async () => (await membership()).create(...given)),
    leave: (room) => attempt(async () => (await membership()).leave(room)),
    invite: (...given) => attempt(async () => (await membership()).invite(...given)),
  };
}
