import type { Room, RoomEvent, RoomId, UserEvent } from "../services/protocol/index.ts";
import type { ClientEvent, ParleyClient } from "../web/client/contract.ts";
import { isFor } from "../web/client/mentions.ts";
import type { Actions } from "./actions.ts";
import { createSeen } from "./seen.ts";
import { changeLine, muteLine, printable, removalLine, spokenLine } from "./transcript.ts";

export interface TellingDeps {
  client: Pick<ParleyClient, "me">;
  print: (text: string) => void;
  call: (text: string) => void;
  note: (text: string) => void;
  roomOf: (id: RoomId) => Room | undefined;
  nameOf: (id: RoomId) => string;
  actions: Pick<Actions, "met" | "left">;
  /** Whether a message is known already because it was sent from here; asked once for each. */
  wasSentHere: (id: string) => boolean;
}

/** Says to the person at the terminal what happened, if it says anything to them. */
export function createTelling(deps: TellingDeps): (event: ClientEvent) => void {
  const { client, print, note, nameOf, actions } = deps;
  const seen = createSeen();

  function show(id: RoomId, entry: RoomEvent) {
    switch (entry.type) {
      case "message": {
        seen.remember(entry);
        if (deps.wasSentHere(entry.id)) return;
        const room = deps.roomOf(id);
        actions.met(entry.by);
        const mine = entry.by.id === client.me?.id;
        const calls = !mine && (room?.kind === "direct" || isFor(entry, client.me?.id ?? ""));
        return (calls ? deps.call : print)(spokenLine(room, entry, mine));
      }
      case "edit":
      case "delete":
      case "reaction": {
        const line = changeLine(nameOf(id), entry, seen.find(entry.of.id));
        seen.change(entry);
        if (line !== undefined) print(line);
        break;
      }
      case "mute":
      case "unmute": {
        if (entry.user.id !== client.me?.id) return;
        const line =
          entry.type === "mute"
            ? muteLine(nameOf(id), entry, Date.now())
            : `You can write again in ${nameOf(id)}.`;
        if (line !== undefined) note(line);
      }
    }
  }

  /** What their own log says was done to them. */
  function showOwn(entry: UserEvent) {
    if (entry.type === "muted")
      note(`You are muted in ${nameOf(entry.room)} because: ${printable(entry.reason)}`);
    if (entry.type !== "room_removed") return;
    const line = removalLine(nameOf(entry.room), entry);
    if (line === undefined) return;
    note(actions.left(entry.room) ? `${line} What you type goes to the lobby.` : line);
  }

  return (event) => {
    switch (event.type) {
      case "events":
        for (const entry of event.events) show(event.room, entry);
        break;
      case "me-events":
        for (const entry of event.events) showOwn(entry);
        break;
      case "reset":
        return note(
          `The history of ${nameOf(event.room)} was rewritten; some of what was shown may not be there any more.`,
        );
      case "slowed":
        return note(
          `That was a little fast; sending goes on in ${Math.max(1, Math.ceil(event.retryAfterMs / 1_000))} s.`,
        );
      case "degraded":
        return note(`The server has trouble (${event.reason}); what you send waits.`);
      case "recovered":
        return note("The server has recovered.");
    }
  };
}
