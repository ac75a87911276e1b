import { actWords } from "../state/act-words.ts";
import type { MemberEvent, PersonChange, RoomChange } from "../state/model.ts";

/** What somebody did to the room or to somebody in it. */
export function ActLine({ event }: { event: RoomChange | PersonChange | MemberEvent }) {
  return <span>{actWords(event)}</span>;
}
