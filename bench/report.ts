import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { projectFile } from "../script/cluster/project.ts";
import { spreadOf } from "./measure/statistics.ts";
import { planFor } from "./plan.ts";
import { barPlot } from "./plot/bars.ts";
import { linePlot } from "./plot/lines.ts";
import type { Result } from "./result.ts";
import { cellText, rowsOf } from "./table.ts";
import { workloads } from "./workloads/index.ts";

// Writes what bench/results holds into docs/performance.md, between the marks there, and draws the plots.
const measured = [...workloads.map(({ name }) => name), "page"];
const results = new Map<string, Result>();
const drawn: { workload: string; file: string; title: string }[] = [];
for (const name of measured) {
  const file = projectFile("bench", "results", `${name}.json`);
  if (existsSync(file)) results.set(name, JSON.parse(readFileSync(file, "utf8")) as Result);
}

mkdirSync(projectFile("docs", "plots"), { recursive: true });
drawBars(
  "hot-room-deliveries",
  "hot-room",
  "deliveries/s at p99 <= 100 ms",
  "Hot room: deliveries a second at p99 <= 100 ms (more is better)",
);
drawBars(
  "hot-room-cpu",
  "hot-room",
  "server CPU a delivery at 40 messages/s",
  "Hot room, equal load: server CPU a delivered message (less is better)",
);
drawBars(
  "small-rooms-cpu",
  "small-rooms",
  "server CPU a delivery",
  "Small rooms, 4 nodes: server CPU a delivered message (less is better)",
);
drawBars(
  "durable-send",
  "durable-send",
  "acknowledged sends a second",
  "Durable send: acknowledged sends a second",
);
drawBars("idle-memory", "idle", "memory a connection", "Idle: memory a connection (less is better)");
drawLines("hot-room-latency", "hot-room", "Latency as load grows", { y: 100, label: "100 ms" });
drawLines("echo-latency", "echo", "Latency as users grow", { y: 200, label: "200 ms" });

const page = projectFile("docs", "performance.md");
let text = readFileSync(page, "utf8");
for (const name of measured) {
  const result = results.get(name);
  const block = result ? [...plotsOf(name), markdownOf(result)].join("\n\n") : "Not measured yet.";
  text = between(text, `<!-- bench ${name} -->`, `<!-- end ${name} -->`, block);
}
text = between(text, "<!-- plan -->", "<!-- end plan -->", planFor(results) ?? "Not measured yet.");
writeFileSync(page, text);

/** The plots that were drawn for a workload, as images of the page. */
function plotsOf(workload: string): string[] {
  return drawn
    .filter((plot) => plot.workload === workload)
    .map(({ file, title }) => `![${title}](plots/${file}.svg)`);
}

function drawBars(file: string, workload: string, what: string, title: string): void {
  const figures = results.get(workload)?.figures.filter((figure) => figure.what === what) ?? [];
  if (figures.length === 0) return;
  const bars = figures.map(({ system, values }) => ({ system, spread: spreadOf(values) }));
  drawn.push({ workload, file, title });
  writeFileSync(projectFile("docs", "plots", `${file}.svg`), barPlot(title, figures[0]?.unit ?? "", bars));
}

function drawLines(file: string, workload: string, plot: string, limit: { y: number; label: string }): void {
  const result = results.get(workload);
  const lines = result?.lines.filter((line) => line.plot === plot) ?? [];
  if (lines.length === 0) return;
  const title = `${workload}: ${plot.toLowerCase()}`;
  drawn.push({ workload, file, title });
  writeFileSync(projectFile("docs", "plots", `${file}.svg`), linePlot(title, lines, limit));
}

function markdownOf(result: Result): string {
  const { systems, rows } = rowsOf(result);
  const times = Math.max(...result.figures.map(({ values }) => values.length));
  const { cpu, node, redis, kernel, cores } = result.machine;
  return [
    `Load: ${result.load}.`,
    "",
    `| | ${systems.join(" | ")} |`,
    `| --- | ${systems.map(() => "---:").join(" | ")} |`,
    ...rows.map(
      ({ what, unit, cells }) =>
        `| ${what} | ${systems.map((system) => cellText(cells.get(system), unit)).join(" | ")} |`,
    ),
    "",
    ...(result.warnings.length > 0 ? [...result.warnings.map((warning) => `- ${warning}`), ""] : []),
    `${result.length === "short" ? "The short version, measured once" : times === 1 ? "Measured once" : `Measured up to ${times} times`}, ${result.measuredAt.slice(0, 10)}, commit ${result.commit}; ${cpu}, Linux ${kernel}, Node ${node}, Redis ${redis}, ${cores}.`,
  ].join("\n");
}

function between(whole: string, start: string, end: string, block: string): string {
  const from = whole.indexOf(start);
  const to = whole.indexOf(end);
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no ${start} … ${end}`);
  return `${whole.slice(0, from + start.length)}\n${block}\n${whole.slice(to)}`;
}
