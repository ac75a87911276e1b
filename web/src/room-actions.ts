import type { RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { calledIn } from "../client/mentions.ts";
import { type Actions, attempt, type DialogName, needed, problemOf, tooLong } from "./actions.ts";
import type { LateWork } from "./late-work.ts";
import type { Mentionables } from "./mentionables.ts";
import type { Navigation } from "./navigation.ts";
import type { Action, MessageReference, Note, State } from "./state/model.ts";
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
/** Scrolling on towards the newest: as much at a time as the server gives. */
const historyMost = 200;
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
      done = await obey(room, typed, { ...deps, need, enter, say });
    });
    if (problem !== undefined) deps.note(problem, "error");
    return done;
  }

  /** How one is taken to a message, which is fetched when one goes there first; undefined: it could not be. */
  async function jumping() {
    try {
      const { createJumps } = await import("./room-work.ts");
      return createJumps({ ...deps, need, enter, readHistory });
    } catch (error) {
      deps.note(problemOf(error), "error");
      return undefined;
    }
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
      const jumps = await jumping();
      await jumps?.toFirstNew(room);
    },
    async toMessage(room, of, from) {
      const jumps = await jumping();
      await jumps?.toMessage(room, of, from ?? null);
    },
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
    async openDirect(to) {
      const problem = await attempt(async () => {
        const { room } = await (await membership()).openDirect(to);
        enter(room.id);
      });
      if (problem !== undefined) deps.note(problem, "error");
    },
    join: (room) => attempt(async () => (await membership()).join(room)),
    create: (...given) => attempt(async () => (await membership()).create(...given)),
    leave: (room) => attempt(async () => (await membership()).leave(room)),
    invite: (...given) => attempt(async () => (await membership()).invite(...given)),
  };
}
