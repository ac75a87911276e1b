import type { Message, MessageId, MessageReference } from "./model.ts";

const shownCharacters = 200;

/** How a message is quoted in one line. */
export function firstLine({ text, deleted }: Pick<Message, "text" | "deleted">): string {
  if (deleted || text === undefined) return "Deleted message";
  const line = text.split("\n", 40).find((candidate) => candidate.trim() !== "") ?? "";
  return line.trim().slice(0, shownCharacters);
}

export function repliesInWords(count: number): string {
  return count === 1 ? "1 reply" : `${count} replies`;
}

/** How a message is named. */
export function referenceTo({ seq, id }: Pick<Message, "seq" | "id">): MessageReference {
  return { seq, id: id as MessageId };
}
