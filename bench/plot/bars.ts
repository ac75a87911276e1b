import type { Spread } from "../measure/statistics.ts";
import { short } from "../table.ts";
import { colourOf, line, round, svg, text, width } from "./frame.ts";

/** One bar a system, with a whisker from the least to the most that was measured. */
export function barPlot(
  title: string,
  unit: string,
  bars: readonly { readonly system: string; readonly spread: Spread }[],
): string {
  const left = 130;
  const right = width - 170;
  const top = 48;
  const step = 34;
  const most = Math.max(...bars.map(({ spread }) => spread.most));
  const scale = (value: number) => left + (value / most) * (right - left);
  const content = bars.flatMap(({ system, spread }, i) => {
    const y = top + i * step;
    const middle = y + 11;
    const end = scale(spread.median);
    const label = `${short(spread.median)}${unit.startsWith("/") || unit === "" ? unit : ` ${unit}`}`;
    return [
      text(left - 10, middle + 5, system, { anchor: "end", weight: "600" }),
      `<rect x="${left}" y="${y}" width="${round(end - left)}" height="22" rx="3" fill="${colourOf(system, i)}"/>`,
      line(scale(spread.least), middle, scale(spread.most), middle, "#212529"),
      line(scale(spread.least), middle - 4, scale(spread.least), middle + 4, "#212529"),
      line(scale(spread.most), middle - 4, scale(spread.most), middle + 4, "#212529"),
      text(Math.max(end, scale(spread.most)) + 10, middle + 5, label),
    ];
  });
  return svg(top + bars.length * step + 12, title, content);
}
