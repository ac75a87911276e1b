/** What one can make of selected words with a key. */
export type Marking = "strong" | "emphasis" | "strike" | "code" | "link";

/** What to put in place of a stretch of text, and what of the result is selected then. */
export interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
  readonly selectFrom: number;
  readonly selectTo: number;
}

const around = { strong: "**", emphasis: "*", strike: "~~", code: "`" };
const someAddress = "https://";

/** Puts marks around what is selected, or takes them away where they are already. */
export function marked(text: string, from: number, to: number, marking: Marking): Replacement {
  const words = text.slice(from, to);
  if (marking === "link") {
    const insert = `[${words}](${someAddress})`;
    // The next thing to say is whatever is missing: the words, or the address.
    const at = from + (words === "" ? 1 : words.length + 3);
    return { from, to, insert, selectFrom: at, selectTo: words === "" ? at : at + someAddress.length };
  }
  if (marking === "code" && words.includes("\n")) {
    const before = from === 0 || text[from - 1] === "\n" ? "" : "\n";
    const after = to === text.length || text[to] === "\n" ? "" : "\n";
    const open = `${before}\`\`\`\n`;
    const at = from + open.length;
    return {
      from,
      to,
      insert: `${open}${words}\n\`\`\`${after}`,
      selectFrom: at,
      selectTo: at + words.length,
    };
  }
  const mark = around[marking];
  const { length } = mark;
  if (isMarked(runBefore(text, from, mark), runAfter(text, to, mark), marking)) {
    const start = from - length;
    return { from: start, to: to + length, insert: words, selectFrom: start, selectTo: start + words.length };
  }
  const start = from + length;
  return {
    from,
    to,
    insert: `${mark}${words}${mark}`,
    selectFrom: start,
    selectTo: start + words.length,
  };
}

/** Of three stars, one is emphasis and two are strong. */
function isMarked(before: number, after: number, marking: keyof typeof around): boolean {
  const both = Math.min(before, after);
  return marking === "emphasis" ? both % 2 === 1 : both >= around[marking].length;
}

function runBefore(text: string, at: number, mark: string): number {
  let length = 0;
  while (text[at - 1 - length] === mark[0]) length++;
  return length;
}

function runAfter(text: string, at: number, mark: string): number {
  let length = 0;
  while (text[at + length] === mark[0]) length++;
  return length;
}
