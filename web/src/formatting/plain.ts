import { parse } from "./parse.ts";
import { type Block, mayBeFormatted, textOf } from "./tree.ts";

/** Where only the beginning is shown, no more than this is read of a text. */
const readCharacters = 2_000;
const previewCharacters = 200;

/** What the beginning of a message says, without the marks of its formatting. */
export function plainText(text: string): string {
  const beginning = text.slice(0, readCharacters);
  return mayBeFormatted(beginning) ? linesOf(parse(beginning)).join("\n") : beginning;
}

/** How a message is quoted in one line: the first that says something, of its own words where it quotes others as well. */
export function firstLine({
  text,
  deleted,
}: {
  text?: string | undefined;
  deleted?: true | undefined;
}): string {
  if (deleted || text === undefined) return "Deleted message";
  const beginning = text.slice(0, readCharacters);
  const line = firstOf(mayBeFormatted(beginning) ? ownLines(parse(beginning)) : beginning.split("\n"));
  return line.trim().slice(0, previewCharacters);
}

const firstOf = (lines: readonly string[]) => lines.find((line) => line.trim() !== "") ?? "";

function ownLines(blocks: readonly Block[]): string[] {
  const own = blocks.filter(({ kind }) => kind !== "quote");
  return linesOf(own.length > 0 ? own : blocks);
}

function linesOf(blocks: readonly Block[]): string[] {
  return blocks.flatMap(linesOfOne);
}

function linesOfOne(block: Block): string[] {
  switch (block.kind) {
    case "text":
      return textOf(block.children).split("\n");
    case "code":
      return block.text.split("\n");
    case "quote":
      return linesOf(block.blocks);
    case "list":
      return block.items.flatMap(linesOf);
  }
}
