/** Messages longer than this are shown folded; a little more is not worth a button. */
const foldedLines = 16;
const foldedCharacters = 1_600;
const slack = 1.5;

/** The beginning of a message that is too long to be shown as a whole at once; undefined for all others. */
export function beginningOf(text: string): string | undefined {
  const end = Math.min(endOfLine(text, foldedLines), foldedCharacters);
  const tooLong =
    text.length > foldedCharacters * slack || endOfLine(text, foldedLines * slack) < text.length;
  if (!tooLong) return undefined;
  if (text[end] === "\n") return text.slice(0, end);
  // Between two words where there are words, and never in the middle of a character.
  const space = text.lastIndexOf(" ", end);
  const cut = space > end / 2 ? space : end - (isSecondHalf(text.charCodeAt(end)) ? 1 : 0);
  return `${text.slice(0, cut)} …`;
}

/** Where the line of that number, counted from 1, ends; the end of the text if it has no more lines. */
function endOfLine(text: string, line: number): number {
  let at = -1;
  for (let i = 0; i < line; i++) {
    at = text.indexOf("\n", at + 1);
    if (at === -1) return text.length;
  }
  return at;
}

/** Of two UTF-16 units that make one character. */
function isSecondHalf(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
