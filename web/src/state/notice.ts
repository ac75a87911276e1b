import type { ClientEvent } from "../../client/contract.ts";
import { plainText } from "../formatting/plain.ts";
import type { RoomId, State } from "./model.ts";
import { roomTitle } from "./select.ts";

const longestText = 140;

export interface Notice {
  readonly room: RoomId;
  readonly title: string;
  readonly body: string;
}

/** What a desktop notification says, or nothing when this is no reason for one. */
export function noticeOf(event: ClientEvent, state: State): Notice | undefined {
  if (event.type === "mention") {
    const room = state.rooms[event.room];
    if (room === undefined || !event.on || event.n <= room.read || room.kind === "direct") return undefined;
    return { room: room.id, title: `${event.by.name} mentioned you in ${roomTitle(room)}`, body: "" };
  }
  if (event.type !== "events") return undefined;
  const room = state.rooms[event.room];
  const message = event.events.findLast((one) => one.type === "message" && one.by.id !== state.me?.id);
  if (room?.kind !== "direct" || message?.type !== "message" || message.n <= room.read) return undefined;
  const text = plainText(message.text ?? "");
  const body = text.length > longestText ? `${text.slice(0, longestText)}…` : text;
  return { room: room.id, title: message.by.name, body };
}
