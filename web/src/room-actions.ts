import type { RequestPayload, RoomId } from "../../services/protocol/index.ts";
import { type Command, parseCommand } from "../client/commands.ts";
import type { ParleyClient } from "../client/contract.ts";
import { calledIn } from "../client/mentions.ts";
import { type Actions, attempt, type DialogName, problemOf, tooLong } from "./actions.ts";
import type { Mentionables } from "./mentionables.ts";
import type { Navigation } from "./navigation.ts";
import { type Action, lobbyId, type Message, type Note, type State } from "./state/model.ts";
import { lastMessage, timelineOf } from "./state/select.ts";
import { oldestSeq } from "./state/timeline.ts";

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
}

const historyPage = 50;
/** On the way to the first new message: as much at a time as the server gives, up to what a timeline holds. */
const historyMost = 200;
const newPages = 25;
const suggestions = 8;

type RoomActions = Pick<
  Actions,
  | "submit"
  | "findPeople"
  | "toFirstNew"
  | "retry"
  | "discard"
  | "loadOlder"
  | "openDirect"
  | "create"
  | "join"
  | "leave"
  | "invite"
  | "listRooms"
  | "listMembers"
>;

/** What a person does in and with rooms: requests to the server, and what their answers mean for the page. */
export function createRoomActions(deps: RoomActionDeps): RoomActions & { open(room: RoomId): void } {
  const { dispatch, navigation } = deps;

  function need(): ParleyClient {
    const client = deps.client();
    if (client === undefined) throw new Error("not signed in");
    return client;
  }

  const enter = (room: RoomId) => navigation.go({ room, about: false });

  async function readHistory(room: RoomId, before?: number, limit = historyPage) {
    if (timelineOf(deps.state(), room).history === "loading") return;
    dispatch({ type: "history-loading", room });
    try {
      const page = await need().request("room:history", {
        room,
        limit,
        ...(before === undefined ? {} : { before }),
      });
      dispatch({ type: "history-loaded", room, page });
    } catch (error) {
      dispatch({ type: "history-failed", room });
      const { code } = error as { code?: string };
      if (code === "forbidden" || code === "not_found") {
        dispatch({ type: "room-missing", room, error: error as never });
      }
    }
  }

  async function openDirect(to: RequestPayload<"dm:open">["to"]) {
    const { room, user } = await need().request("dm:open", { to });
    dispatch({ type: "rooms", rooms: [room] });
    dispatch({ type: "person-seen", user });
    return { room, user };
  }

  async function message(command: Extract<Command, { kind: "message" }>) {
    const { room, user } = await openDirect(command.to);
    // To whom the answer says it goes; the number may mean somebody else by now.
    need().send(room.id, command.text);
    enter(room.id);
    deps.note(user.number === null ? `To ${user.name}` : `To ${user.name} (#${user.number})`);
  }

  async function joinByName(name: string) {
    const wanted = name.toLowerCase();
    const known = Object.values(deps.state().rooms).find(
      (room) => room.kind !== "direct" && room.name.toLowerCase() === wanted,
    );
    if (known !== undefined) return enter(known.id);
    const { rooms } = await need().request("room:list", { query: name });
    const found = rooms.find((room) => room.name.toLowerCase() === wanted);
    if (found === undefined) {
      return deps.note(`There is no channel called ${name}. /create ${name} makes it.`, "error");
    }
    await join(found.id);
  }

  async function join(id: RoomId) {
    const { room } = await need().request("room:join", { room: id });
    dispatch({ type: "rooms", rooms: [room] });
    enter(room.id);
  }

  async function create(kind: "channel" | "private", name: string, topic: string) {
    const { room } = await need().request("room:create", {
      id: deps.uuid(),
      name,
      kind,
      ...(topic.trim() === "" ? {} : { topic: topic.trim() }),
    });
    dispatch({ type: "rooms", rooms: [room] });
    enter(room.id);
  }

  async function leave(room: RoomId) {
    await need().request("room:leave", { room });
    dispatch({ type: "room-removed", room });
    navigation.replace({ room: lobbyId, about: false });
  }

  /** The newest message of the room, or of this person in it; says so when there is none. */
  function newest(room: RoomId, mine: boolean): Message | undefined {
    const message = lastMessage(timelineOf(deps.state(), room), mine ? deps.state().me?.id : undefined);
    if (message === undefined) {
      deps.note(mine ? "You have written nothing here yet." : "There is no message here yet.", "error");
    }
    return message;
  }

  function change(room: RoomId, typed: Extract<Command, { kind: "edit" | "delete" | "react" }>) {
    const message = newest(room, typed.kind !== "react");
    if (message === undefined) return false;
    if (typed.kind === "edit") return deps.messages.edit(room, message, typed.text);
    if (typed.kind === "delete") deps.openDialog({ name: "delete-message", message });
    else deps.messages.react(room, message, typed.emoji, !message.reactions?.[typed.emoji]?.mine);
    return true;
  }

  function command(
    room: RoomId,
    typed: Exclude<Command, { kind: "text" | "nothing" }>,
  ): boolean | Promise<boolean> {
    const run = async (work: Promise<void>) => {
      const problem = await attempt(() => work);
      if (problem !== undefined) deps.note(problem, "error");
      return problem === undefined;
    };
    switch (typed.kind) {
      case "list":
        deps.searchPeople(typed.query ?? "");
        return true;
      case "message":
        return run(message(typed));
      case "join":
        return run(joinByName(typed.name));
      case "create":
        return run(create(typed.private ? "private" : "channel", typed.name, ""));
      case "leave":
        if (room === lobbyId) deps.note("Nobody can leave the lobby.", "error");
        else deps.openDialog("leave");
        return true;
      case "edit":
      case "delete":
      case "react":
        return change(room, typed);
      case "help":
        deps.openDialog("help");
        return true;
      case "quit":
        deps.signOut();
        return true;
      case "error":
        deps.note(typed.message, "error");
        return false;
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
    async toFirstNew(room) {
      // Page by page, until what was read last is at hand.
      for (let pages = 0; pages < newPages; pages++) {
        const { entries, history, newAfter } = timelineOf(deps.state(), room);
        const oldest = entries.find((entry) => entry.type === "message");
        if (newAfter === null || history !== "more" || (oldest?.n ?? 0) <= newAfter + 1) break;
        await readHistory(room, oldest?.seq, historyMost);
      }
      dispatch({ type: "went-to-new", room });
    },
    submit(room, typed) {
      const parsed = parseCommand(typed);
      if (parsed.kind === "nothing") return false;
      if (parsed.kind !== "text") return command(room, parsed);
      const problem = tooLong(parsed.text, deps.state().limits?.textBytes);
      if (problem !== undefined) {
        deps.note(problem, "error");
        return false;
      }
      deps.typed(room, "");
      const { text } = parsed;
      if (calledIn(text).length === 0) {
        need().send(room, text);
        return true;
      }
      return deps.mentionsIn(room, text).then((extras) => {
        need().send(room, text, extras);
        return true;
      });
    },
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
    create: (kind, name, topic) => attempt(() => create(kind, name, topic)),
    join: (room) => attempt(() => join(room)),
    leave: (room) => attempt(() => leave(room)),
    invite: (room, name) =>
      attempt(async () => {
        const number = /^#(\d+)$/.exec(name.trim())?.[1];
        const to = number === undefined ? { name: name.trim() } : { number: Number(number) };
        const { user } = await need().request("room:invite", { room, to });
        deps.note(`${user.name} is in now.`);
      }),
    listRooms: (query, cursor) =>
      need().request("room:list", {
        ...(query.trim() === "" ? {} : { query: query.trim() }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    listMembers: (room, cursor) =>
      need().request("room:members", { room, ...(cursor === undefined ? {} : { cursor }) }),
  };
}
