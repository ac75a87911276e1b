import { spreadOf } from "./measure/statistics.ts";
import type { Result } from "./result.ts";
import { short } from "./table.ts";

/** What the plan takes for granted; the text of docs/performance.md says the same in words. */
const people = 1_000_000;
const messagesASecond = people / 100;
const membersOfARoom = 10;
const changesASecond = (2 * people) / 3_600;
const daysKept = 30;
const atMostBusy = 0.6;

/**
 * The arithmetic for a million people, with the figures that were measured, as Markdown; undefined where they are not all
 * there.
 */
export function planFor(results: ReadonlyMap<string, Result>): string | undefined {
  const missing: string[] = [];
  const figure = (workload: string, system: string, what: string): number => {
    const found = results
      .get(workload)
      ?.figures.find((one) => one.system === system && one.what.startsWith(what));
    if (!found) missing.push(what);
    return spreadOf(found?.values ?? []).median;
  };
  const largest = results
    .get("presence")
    ?.figures.map(({ system }) => system)
    .at(-1);

  const idleKiB = figure("idle", "Parley", "memory a connection");
  const idleUs = figure("idle", "Parley", "server CPU a connection and second");
  const idleRedisUs = figure("idle", "Parley", "Redis CPU a connection and second");
  const userKiB = figure("idle", "Parley", "Redis memory a user");
  const deliveryUs = figure("small-rooms", "Parley", "server CPU a delivery");
  const messageUs = figure("small-rooms", "Parley", "Redis CPU a message");
  const messageBytes = figure("growth", "Parley", "Redis memory a message");
  const changeUs = figure("presence", largest ?? "", "Redis CPU a change");
  if (missing.length > 0) return undefined;

  const cores = (us: number) => us / 1e6 / atMostBusy;
  const gib = (bytes: number) => bytes / 2 ** 30;
  const deliveries = messagesASecond * membersOfARoom;
  const nodeCores = cores(people * idleUs + deliveries * deliveryUs);
  const logCores = cores(people * idleRedisUs + messagesASecond * messageUs);
  const kept = messagesASecond * 86_400 * daysKept;
  const rows: [string, string, string][] = [
    [
      "chat nodes: memory",
      `${short(people)} × ${short(idleKiB)} KiB`,
      `${short(gib(people * idleKiB * 1_024))} GiB`,
    ],
    [
      "chat nodes: cores",
      `(${short(people)} × ${short(idleUs)} µs + ${short(deliveries)} × ${short(deliveryUs)} µs) ÷ 1 s ÷ ${atMostBusy}`,
      short(nodeCores),
    ],
    [
      "Redis for rooms and users: cores",
      `(${short(people)} × ${short(idleRedisUs)} µs + ${short(messagesASecond)} × ${short(messageUs)} µs) ÷ 1 s ÷ ${atMostBusy}`,
      short(logCores),
    ],
    [
      "Redis for presence: share of its one core",
      `${short(changesASecond)} × ${short(changeUs)} µs ÷ 1 s`,
      `${short((changesASecond * changeUs) / 1e4)} %`,
    ],
    [
      "Redis: memory for users",
      `${short(people)} × ${short(userKiB)} KiB`,
      `${short(gib(people * userKiB * 1_024))} GiB`,
    ],
    [
      `Redis: memory for ${daysKept} days of messages`,
      `${short(kept)} × ${short(messageBytes)} B`,
      `${short(gib(kept * messageBytes))} GiB`,
    ],
  ];
  return [
    "| what | how | comes to |",
    "| --- | --- | ---: |",
    ...rows.map((row) => `| ${row.join(" | ")} |`),
  ].join("\n");
}
