import type { Message, MessageId, MessageReference } from "./model.ts";

export function repliesInWords(count: number): string {
  return count === 1 ? "1 reply" : `${count} replies`;
}

/** How a message is named. */
export function referenceTo({ seq, id }: Pick<Message, "seq" | "id">): MessageReference {
  return { seq, id: id as MessageId };
}
