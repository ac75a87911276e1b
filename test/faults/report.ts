import { type Entry, entriesOf } from "./history.ts";
import { describeViolation, type Violation } from "./violation.ts";

/** What is kept of a round for the report at the end. */
export interface Round {
  readonly seed: string;
  readonly summary: string;
  readonly violations: readonly Violation[];
  readonly entries: readonly Entry[];
}

/**
 * For people: how it went, and for what was broken the seed, the excerpts that show it, and when which fault was injected.
 *
 * @param limits what took longer or was less than is promised, in words
 */
export function reportOn(rounds: readonly Round[], limits: readonly string[] = []): string {
  const broken = rounds.filter(({ violations }) => violations.length > 0);
  const count = limits.length + broken.reduce((sum, { violations }) => sum + violations.length, 0);
  return [
    "Report",
    ...rounds.map(({ summary }) => summary),
    ...limits.map((limit) => `Broken: ${limit}`),
    ...broken.flatMap(({ seed, violations, entries }) => [
      "",
      `Broken with seed ${seed}`,
      ...firstOfEachKind(violations).flatMap(({ first, others }) => [
        describeViolation(first, entries),
        ...(others > 0 ? [`  and ${others} more of this kind`] : []),
      ]),
      "All faults of that round",
      ...faultTimes(entries),
    ]),
    "",
    count === 0 ? "every promise was kept" : `${count} violations`,
  ].join("\n");
}

/** One broken promise often breaks others with it, a thousand times: each kind is shown once. */
function firstOfEachKind(violations: readonly Violation[]): { first: Violation; others: number }[] {
  const kinds = new Set(violations.map(({ kind }) => kind));
  return [...kinds].flatMap((one) => {
    const [first, ...others] = violations.filter(({ kind }) => kind === one);
    return first ? [{ first, others: others.length }] : [];
  });
}

function faultTimes(entries: readonly Entry[]): string[] {
  const faults = entriesOf(entries, "fault");
  return faults
    .filter(({ phase }) => phase === "begin")
    .map(({ fault, t, what }) => {
      const end = faults.find((one) => one.fault === fault && one.phase === "end");
      return `    ${t.toFixed(0).padStart(7)} ms to ${end ? `${end.t.toFixed(0)} ms` : "the end"}: ${what}`;
    });
}
