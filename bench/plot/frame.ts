/** What all plots share: size, colours, text. Colours hold on light and dark pages, and for those who see few of them. */
export const width = 720;

const colours: Record<string, string> = {
  Parley: "#0b7285",
  B: "#c2571a",
  B2: "#d9a514",
  R: "#868e96",
  RC: "#5c6b7a",
};
const otherColours = ["#0b7285", "#c2571a", "#6741d9", "#2b8a3e"];

export function colourOf(system: string, index: number): string {
  return colours[system] ?? otherColours[index % otherColours.length] ?? "#0b7285";
}

export function svg(height: number, title: string, content: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="13">`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff" stroke="#ced4da"/>`,
    text(16, 26, title, { weight: "600", size: 15 }),
    ...content,
    "</svg>",
    "",
  ].join("\n");
}

export function text(
  x: number,
  y: number,
  words: string,
  style: { anchor?: "start" | "middle" | "end"; weight?: string; size?: number; colour?: string } = {},
): string {
  const { anchor = "start", weight = "400", size = 13, colour = "#212529" } = style;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" font-weight="${weight}" font-size="${size}" fill="${colour}">${escaped(words)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, colour = "#dee2e6"): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
