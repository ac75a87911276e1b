import { randomBytes } from "node:crypto";
import type { User } from "./group.ts";

let next = 0;
/** Messages are numbered through the life of the generator, so that one of an earlier load is not taken for one of this. */
export function nextNumbers(count: number): number {
  const base = next;
  next += count;
  return base;
}

const idTail = `-0000-4000-8000-${randomBytes(6).toString("hex")}`;

export function uniqueId(number: number): string {
  return number.toString(16).padStart(8, "0") + idTail;
}

/** Sends a message; the acknowledgement comes with the message's number. */
export function sendText(sender: User, room: string, number: number, text: string): void {
  const id = uniqueId(number);
  sender.client.write(`42${number}["message:send",{"room":"${room}","id":"${id}","text":"${text}"}]`);
}
