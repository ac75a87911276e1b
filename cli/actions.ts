import type {
  Message,
  Person,
  RequestAnswer,
  RequestName,
  RequestPayload,
  Room,
  RoomId,
  User,
} from "../services/protocol/index.ts";
import { type Command, commands, usage } from "../web/client/commands.ts";
import type { ParleyClient, SendExtras } from "../web/client/contract.ts";
import { ClientError } from "../web/client/index.ts";
import { calledIn, mentionsIn } from "../web/client/mentions.ts";
import { untilWords } from "../web/client/until-words.ts";
import { personLabel, spokenLine, userLines } from "./transcript.ts";

export interface ActionDeps {
  client: Pick<ParleyClient, "me">;
  /** The rooms of this user. */
  rooms: Map<RoomId, Room>;
  nameOf: (room: RoomId) => string;
  ask: <R extends RequestName>(name: R, payload: RequestPayload<R>) => Promise<RequestAnswer<R>>;
  change: ParleyClient["change"];
  send: (room: RoomId, text: string, extras: SendExtras) => void;
  print: (text: string) => void;
  note: (text: string) => void;
  /** Notes something that did not work. */
  fail: (text: string) => void;
  uuid: () => string;
  onRoom?: (name: string) => void;
}

export interface Actions {
  /** Does what was typed; answers whether to go on. Rejects with `ClientError`. */
  obey(command: Command): Promise<boolean>;
  /** Somebody whose name is known from now on, and who can be mentioned by it. */
  met(person: Person): void;
  /** This user is not in that room any more; answers whether what they type went there until now. */
  left(room: RoomId): boolean;
}

const lobby = "lobby" as RoomId;

type Moderating = "invite" | "kick" | "mute" | "unmute" | "ban" | "unban";
const outcomes: Record<Moderating, string> = {
  invite: "is in",
  kick: "is out of",
  mute: "cannot write any more in",
  unmute: "can write again in",
  ban: "is banned from",
  unban: "may come again into",
};
const listLimit = 1_000;
/** Names that one message has looked up before it goes out. */
const lookedForAtOnce = 5;

/** What each command does, and where plain lines go. */
export function createActions(deps: ActionDeps): Actions {
  const { rooms, ask, send, print, note, fail, nameOf } = deps;
  let current = lobby;

  function go(room: RoomId) {
    current = room;
    deps.onRoom?.(nameOf(room));
  }

  const people = new Map<string, Person>();
  const met = ({ id, name }: Person) => void people.set(id, { id, name });

  /** Says it, naming those whom it mentions; who has not been met is looked for among those online. */
  async function say(room: RoomId, text: string) {
    const called = calledIn(text).slice(0, lookedForAtOnce);
    try {
      for (const query of called) for (const user of (await ask("users:list", { query })).users) met(user);
    } catch (error) {
      // Without a connection, those who have been met have to do.
      if (!(error instanceof ClientError)) throw error;
    }
    send(room, text, mentionsIn(text, [...people.values()]));
  }

  async function list(query: string | undefined) {
    const users: User[] = [];
    let page = await ask("users:list", query === undefined ? {} : { query });
    users.push(...page.users);
    while (page.cursor !== undefined && users.length < listLimit) {
      page = await ask("users:list", {
        ...(query === undefined ? {} : { query }),
        cursor: page.cursor,
      });
      users.push(...page.users);
    }
    for (const line of userLines(users, deps.client.me?.id)) print(line);
    if (page.cursor !== undefined)
      note(`${page.count} are online; /list with the start of a name finds others.`);
    else if (users.length === 0) note("Nobody.");
  }

  async function message({ to, text }: Extract<Command, { kind: "message" }>) {
    const { room, user } = await ask("dm:open", { to });
    rooms.set(room.id, room);
    print(`to ${personLabel(user)}: ${text}`);
    await say(room.id, text);
  }

  async function join(name: string) {
    const wanted = fold(name);
    const mine = [...rooms.values()].find((room) => room.kind !== "direct" && fold(room.name) === wanted);
    if (mine !== undefined) return enter(mine);
    let page = await ask("room:list", { query: name });
    for (;;) {
      const found = page.rooms.find((room) => fold(room.name) === wanted);
      if (found !== undefined) return comeInto(found);
      if (page.cursor === undefined) break;
      page = await ask("room:list", { query: name, cursor: page.cursor });
    }
    fail(`There is no room ${JSON.stringify(name)}; /create makes one.`);
  }

  async function comeInto({ id, name }: Pick<Room, "id" | "name">) {
    try {
      enter((await ask("room:join", { room: id })).room);
    } catch (error) {
      if (!(error instanceof ClientError) || error.reason !== "banned") throw error;
      fail(`You are banned from ${name} ${untilWords(error.until ?? null)}.`);
    }
  }

  function enter(room: Room) {
    rooms.set(room.id, room);
    go(room.id);
    note(`What you type goes to ${room.name} now.`);
  }

  async function leave() {
    if (current === lobby) return fail("Nobody can leave the lobby; /quit stops chatting.");
    const room = current;
    const name = nameOf(room);
    await ask("room:leave", { room });
    note(`You left ${name}; what you type goes to the lobby.`);
    go(lobby);
  }

  /** The newest message of the room, or of this person in it. */
  async function newest(mine: boolean) {
    const { messages } = await ask("room:history", { room: current });
    const message = messages.findLast(
      ({ by, deleted }) => !deleted && (!mine || by.id === deps.client.me?.id),
    );
    if (message === undefined)
      fail(mine ? "You wrote nothing here lately." : "There is no message here lately.");
    return message;
  }

  async function change(command: Extract<Command, { kind: "edit" | "delete" | "react" }>) {
    const message = await newest(command.kind !== "react");
    if (message === undefined) return;
    const what = { room: current, of: { seq: message.seq, id: message.id } };
    if (command.kind === "edit") await deps.change("message:edit", { ...what, text: command.text });
    else if (command.kind === "delete") await deps.change("message:delete", what);
    else {
      const { emoji } = command;
      await deps.change("message:react", { ...what, emoji, on: !message.reactions?.[emoji]?.mine });
    }
  }

  /** Messages that the room or this user keeps at hand. */
  async function kept(kind: "pins" | "saved" | "threads") {
    const lines: string[] = [];
    const line = (room: RoomId, message: Message) =>
      spokenLine({ name: nameOf(room), kind: "channel" }, message, false);
    if (kind === "pins")
      for (const message of (await ask("room:pins", { room: current })).messages)
        lines.push(line(current, message));
    else if (kind === "saved")
      for (const { room, message } of (await ask("saved:list", {})).saved) lines.push(line(room, message));
    else
      for (const { room, root, unread } of (await ask("threads:list", {})).threads)
        lines.push(`${line(room, root)} (${root.replies?.count ?? 0} replies, ${unread} unread)`);
    for (const one of lines) print(one);
    if (lines.length === 0) note("Nothing yet.");
  }

  /** What is done to the room that plain lines go to; says to whom, so that a wrong number is noticed. */
  async function moderate(command: Extract<Command, { kind: Moderating }>) {
    const { kind, to } = command;
    const room = current;
    const { user } =
      kind === "mute" || kind === "ban"
        ? await ask(`room:${kind}`, { room, to, seconds: command.seconds })
        : await ask(kind === "kick" ? "room:remove" : `room:${kind}`, { room, to });
    note(`${personLabel(user)} ${outcomes[kind]} ${nameOf(room)}.`);
  }

  async function obey(command: Command): Promise<boolean> {
    switch (command.kind) {
      case "text":
        await say(current, command.text);
        break;
      case "list":
        await list(command.query);
        break;
      case "message":
        await message(command);
        break;
      case "join":
        await join(command.name);
        break;
      case "create": {
        const kind = command.private ? "private" : "channel";
        const id = deps.uuid() as RoomId;
        enter((await ask("room:create", { id, name: command.name, kind })).room);
        break;
      }
      case "leave":
        await leave();
        break;
      case "edit":
      case "delete":
      case "react":
        await change(command);
        break;
      case "topic":
        await ask("room:update", { room: current, topic: command.topic });
        note(`The topic of ${nameOf(current)} is set.`);
        break;
      case "invite":
      case "kick":
      case "mute":
      case "unmute":
      case "ban":
      case "unban":
        await moderate(command);
        break;
      case "pins":
      case "saved":
      case "threads":
        await kept(command.kind);
        break;
      case "help":
        for (const entry of commands) print(`${usage(entry)}\n${entry.does}`);
        print("anything else\nSay it in the lobby, or in the room you went into");
        break;
      case "quit":
        return false;
      case "error":
        fail(command.message);
        break;
      case "nothing":
        break;
    }
    return true;
  }

  return {
    obey,
    met,
    left(room) {
      const wasHere = room === current;
      if (wasHere) go(lobby);
      return wasHere;
    },
  };
}

/** Names are compared without case, as the server does. */
function fold(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}
