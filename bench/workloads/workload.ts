import type { Generator } from "../load/generator.ts";
import { startGenerator } from "../load/generator.ts";
import type { System, SystemName } from "../systems/system.ts";

/** `short` shows that all of it works and roughly where it stands; `full` is what gets published. */
export type Length = "short" | "full";

/** One figure of one system, as often as it was measured. */
export interface Figure {
  readonly system: string;
  readonly what: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/** Points for a plot. */
export interface Line {
  readonly plot: string;
  readonly x: string;
  readonly y: string;
  readonly system: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Findings {
  /** What the load was, in words. */
  readonly load: string;
  readonly figures: Figure[];
  readonly lines: Line[];
  /** What whoever reads the figures must know, such as that the generator was too busy. */
  readonly warnings: string[];
}

export interface Context {
  readonly length: Length;
  /** Says what is being done; `share` of the workload is done by now. */
  progress(doing: string, share: number): void;
  readonly generator: Generator;
  /** Stops with the workload, whatever happens. */
  own<S extends { stop(): Promise<void> }>(started: Promise<S>): Promise<S>;
}

export interface Workload {
  readonly name: string;
  /** What it stands for in life. */
  readonly about: string;
  run(context: Context): Promise<Findings>;
}

/** Runs a workload with a generator of its own; everything that it started is stopped when this settles. */
export async function runWorkload(
  workload: Workload,
  length: Length,
  progress: Context["progress"],
): Promise<Findings> {
  const started: { stop(): Promise<void> }[] = [];
  const generator = startGenerator();
  started.push(generator);
  try {
    return await workload.run({
      length,
      progress,
      generator,
      async own(starting) {
        const one = await starting;
        started.push(one);
        return one;
      },
    });
  } finally {
    for (const one of started.toReversed()) await one.stop();
  }
}

/** Collects figures under system and name, so that a workload measures in whatever order it needs. */
export function createFindings(load: string): Findings & {
  add(system: SystemName | string, what: string, unit: string, value: number): void;
  point(plot: string, axes: { x: string; y: string }, system: string, x: number, y: number): void;
  warn(text: string): void;
} {
  const figures: Figure[] = [];
  const lines: Line[] = [];
  const warnings: string[] = [];
  return {
    load,
    figures,
    lines,
    warnings,
    add(system, what, unit, value) {
      const known = figures.find((figure) => figure.system === system && figure.what === what);
      if (known) (known.values as number[]).push(value);
      else figures.push({ system, what, unit, values: [value] });
    },
    point(plot, axes, system, x, y) {
      const known = lines.find((line) => line.system === system && line.plot === plot);
      if (known) (known.points as [number, number][]).push([x, y]);
      else lines.push({ plot, ...axes, system, points: [[x, y]] });
    },
    warn(text) {
      if (!warnings.includes(text)) warnings.push(text);
    },
  };
}

/** Signs the users of a system in; its group has the system's name. */
export async function connectAll(
  generator: Generator,
  system: System,
  rooms: readonly (readonly string[])[],
): Promise<{ tookMs: number }> {
  return generator.tell("connect", {
    group: system.name,
    dialect: system.dialect,
    targets: system.nodes.map((node) => node.address),
    rooms,
  });
}

/** What a workload is called with, for each length. */
export function pick<T>(length: Length, choices: Record<Length, T>): T {
  return choices[length];
}
