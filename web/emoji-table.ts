import { gemoji } from "gemoji";

/**
 * All emoji in one text, small enough to be fetched when somebody wants one: a line `#group`, then a line for each emoji of
 * it with tabs between the emoji, its names, and further words by which it is found.
 */
export function emojiTable(): string {
  const lines: string[] = [];
  let group = "";
  for (const { emoji, names, tags, description, category } of gemoji) {
    if (category !== group) lines.push(`#${category}`);
    group = category;
    const known = new Set(names.flatMap((name) => name.split("_")));
    const words = [...tags, ...description.split(/[^\p{L}\p{N}]+/u)].map((word) => word.toLowerCase());
    const further = [...new Set(words)].filter((word) => word !== "" && !known.has(word));
    lines.push([emoji, names.join(" "), further.join(" ")].join("\t"));
  }
  return lines.join("\n");
}
