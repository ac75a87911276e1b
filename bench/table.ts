import { type Spread, spreadOf } from "./measure/statistics.ts";
import type { Result } from "./result.ts";

/** One row of a result: a figure, for each system that has it. */
export interface Row {
  readonly what: string;
  readonly cells: ReadonlyMap<string, Spread>;
  readonly unit: string;
}

export function rowsOf(result: Pick<Result, "figures">): { systems: string[]; rows: Row[] } {
  const systems = [...new Set(result.figures.map((figure) => figure.system))];
  const rows = new Map<string, { what: string; unit: string; cells: Map<string, Spread> }>();
  for (const { system, what, unit, values } of result.figures) {
    const row = rows.get(what) ?? { what, unit, cells: new Map() };
    row.cells.set(system, spreadOf(values));
    rows.set(what, row);
  }
  return { systems, rows: [...rows.values()] };
}

/** The median, and in brackets the least and the most where it was measured more than once. */
export function cellText(spread: Spread | undefined, unit: string): string {
  if (!spread) return "–";
  const { median, least, most, times } = spread;
  const suffix = unit === "" || unit.startsWith("/") ? unit : ` ${unit}`;
  if (times === 1) return `${short(median)}${suffix}`;
  return `${short(median)}${suffix} (${short(least)}–${short(most)})`;
}

/** Three digits that count, which is as much as a measurement is worth. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1_000)
    return Number(value.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 0 });
  return String(Number(value.toPrecision(3)));
}

/** All results as one table for a terminal. */
export function textTable(results: readonly Result[]): string {
  const lines: string[][] = [];
  const notes: string[] = [];
  const columns = [...new Set(results.flatMap((result) => rowsOf(result).systems))];
  for (const result of results) {
    for (const { what, unit, cells } of rowsOf(result).rows) {
      lines.push([
        result.workload,
        what,
        ...columns.map((system) => (cells.has(system) ? cellText(cells.get(system), unit) : "")),
      ]);
    }
    for (const warning of result.warnings) notes.push(`${result.workload}: ${warning}`);
  }
  const all = [["workload", "figure", ...columns], ...lines];
  const widths = all[0]?.map((_, i) => Math.max(...all.map((line) => line[i]?.length ?? 0))) ?? [];
  const text = all.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${text.join("\n")}\n${notes.map((note) => `! ${note}\n`).join("")}`;
}
