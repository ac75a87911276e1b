import type { RoomId } from "../../services/protocol/index.ts";
import { type Command, parseCommand } from "../client/commands.ts";
import type { ParleyClient } from "../client/contract.ts";
import type { RoomActionDeps } from "./room-actions.ts";
import { lobbyId } from "./state/model.ts";
import { lastMessage, timelineOf } from "./state/select.ts";

type TypedCommand = Exclude<Command, { kind: "text" | "nothing" }>;

interface CommandDeps extends RoomActionDeps {
  need(): ParleyClient;
  enter(room: RoomId): void;
  say(room: RoomId, text: string): boolean | Promise<boolean>;
}

/**
 * Does what was typed into the composer of a room, or says it there if it is no command; false: that did not work. Rejects
 * with `ClientError`.
 */
export async function obey(room: RoomId, line: string, deps: CommandDeps): Promise<boolean> {
  const typed = parseCommand(line);
  if (typed.kind === "nothing") return false;
  if (typed.kind === "text") return deps.say(room, typed.text);
  if (typed.kind === "edit" || typed.kind === "delete" || typed.kind === "react")
    return change(room, typed, deps);
  await run(room, typed, deps);
  return typed.kind !== "error";
}

type OnMessage = Extract<Command, { kind: "edit" | "delete" | "react" }>;

/** To the newest message of the room, or of this person in it. */
async function change(room: RoomId, typed: OnMessage, deps: CommandDeps): Promise<boolean> {
  const mine = typed.kind !== "react";
  const { me } = deps.state();
  const message = lastMessage(timelineOf(deps.state(), room), mine ? me?.id : undefined);
  if (message === undefined) {
    deps.note(mine ? "You have written nothing here yet." : "There is no message here yet.", "error");
    return false;
  }
  if (typed.kind === "edit") return deps.messages.edit(room, message, typed.text);
  if (typed.kind === "delete") deps.openDialog({ name: "delete-message", message });
  else deps.messages.react(room, message, typed.emoji, !message.reactions?.[typed.emoji]?.mine);
  return true;
}

async function run(room: RoomId, typed: Exclude<TypedCommand, OnMessage>, deps: CommandDeps): Promise<void> {
  switch (typed.kind) {
    case "list":
      return deps.searchPeople(typed.query ?? "");
    case "message":
      return message(typed, deps);
    case "join":
      return joinByName(typed.name, deps);
    case "create":
      return (await deps.late.membership()).create(typed.private ? "private" : "channel", typed.name, "");
    case "leave":
      if (room === lobbyId) return deps.note("Nobody can leave the lobby.", "error");
      return deps.openDialog("leave");
    case "pins":
    case "saved":
    case "threads":
    case "help":
      return deps.openDialog(typed.kind);
    case "quit":
      return deps.signOut();
    case "error":
      return deps.note(typed.message, "error");
    default:
      return (await deps.late.moderation()).obey(room, typed);
  }
}

async function message(command: Extract<Command, { kind: "message" }>, deps: CommandDeps) {
  const { room, user } = await (await deps.late.membership()).openDirect(command.to);
  // To whom the answer says it goes; the number may mean somebody else by now.
  deps.need().send(room.id, command.text);
  deps.enter(room.id);
  deps.note(user.number === null ? `To ${user.name}` : `To ${user.name} (#${user.number})`);
}

async function joinByName(name: string, deps: CommandDeps) {
  const wanted = name.toLowerCase();
  const known = Object.values(deps.state().rooms).find(
    (room) => room.kind !== "direct" && room.name.toLowerCase() === wanted,
  );
  if (known !== undefined) return deps.enter(known.id);
  const { rooms } = await deps.need().request("room:list", { query: name });
  const found = rooms.find((room) => room.name.toLowerCase() === wanted);
  if (found === undefined) {
    return deps.note(`There is no channel called ${name}. /create ${name} makes it.`, "error");
  }
  await (await deps.late.membership()).join(found.id);
}
