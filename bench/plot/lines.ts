import { short } from "../table.ts";
import type { Line } from "../workloads/workload.ts";
import { colourOf, line, round, svg, text, width } from "./frame.ts";

const height = 380;
const box = { left: 70, right: width - 90, top: 48, bottom: height - 52 };

/** Points of each system, both axes logarithmic: loads and latencies differ by orders of magnitude. */
export function linePlot(
  title: string,
  lines: readonly Line[],
  limit?: { y: number; label: string },
): string {
  const points = lines.flatMap((one) => one.points);
  const x = logScale(
    points.map(([value]) => value),
    box.left,
    box.right,
  );
  const y = logScale(
    points.map(([, value]) => value),
    box.bottom,
    box.top,
  );
  const [first] = lines;
  const content = [
    ...x.ticks.flatMap((tick) => [
      line(x.at(tick), box.top, x.at(tick), box.bottom),
      text(x.at(tick), box.bottom + 18, short(tick), { anchor: "middle", colour: "#495057" }),
    ]),
    ...y.ticks.flatMap((tick) => [
      line(box.left, y.at(tick), box.right, y.at(tick)),
      text(box.left - 8, y.at(tick) + 4, short(tick), { anchor: "end", colour: "#495057" }),
    ]),
    text((box.left + box.right) / 2, height - 12, first?.x ?? "", { anchor: "middle", colour: "#495057" }),
    text(box.left, box.top - 6, first?.y ?? "", { colour: "#495057" }),
    ...(limit
      ? [
          line(box.left, y.at(limit.y), box.right, y.at(limit.y), "#c92a2a"),
          text(box.right + 6, y.at(limit.y) + 4, limit.label, { colour: "#c92a2a" }),
        ]
      : []),
    ...lines.flatMap((one, i) => {
      const colour = colourOf(one.system, i);
      const dots = one.points.map(
        ([px, py]) =>
          `<circle cx="${round(x.at(px))}" cy="${round(y.at(py))}" r="3.5" fill="${colour}" fill-opacity="0.7"/>`,
      );
      return [
        ...dots,
        `<rect x="${box.left + 10}" y="${box.top + 8 + i * 20}" width="12" height="12" rx="2" fill="${colour}"/>`,
        text(box.left + 28, box.top + 18 + i * 20, one.system, { weight: "600" }),
      ];
    }),
  ];
  return svg(height, title, content);
}

function logScale(values: readonly number[], from: number, to: number) {
  const positive = values.filter((value) => value > 0);
  const low = Math.log10(Math.min(...positive)) - 0.05;
  const high = Math.log10(Math.max(...positive)) + 0.05;
  const at = (value: number) => from + ((Math.log10(value) - low) / (high - low)) * (to - from);
  const ticks = Array.from({ length: 12 }, (_, i) => 10 ** (i - 3)).flatMap((power) => [power, power * 3]);
  return { at, ticks: ticks.filter((tick) => Math.log10(tick) >= low && Math.log10(tick) <= high) };
}
