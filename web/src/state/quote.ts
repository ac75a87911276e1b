import type { Message } from "./model.ts";

const shownCharacters = 200;

/** How a message is quoted in one line. */
export function firstLine({ text, deleted }: Pick<Message, "text" | "deleted">): string {
  if (deleted || text === undefined) return "Deleted message";
  const line = text.split("\n", 40).find((candidate) => candidate.trim() !== "") ?? "";
  return line.trim().slice(0, shownCharacters);
}
