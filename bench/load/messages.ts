import type { Address } from "./client.ts";

/** What the bench asks of the generator, each with its answer. */
export interface Commands {
  /** Signs in users 0 to n-1 and puts them into their rooms; user u goes to target u modulo the number of targets. */
  connect: {
    request: {
      group: string;
      dialect: Dialect;
      targets: readonly Address[];
      /** For each user, the rooms to be in. */
      rooms: readonly (readonly string[])[];
    };
    answer: { tookMs: number };
  };
  /** Sends at a fixed rate, whatever comes back, and times each delivery from when its message was due. */
  load: { request: LoadRequest; answer: LoadResult };
  /** Keeps so many sends of each sender under way, and counts what is acknowledged. */
  saturate: { request: SaturateRequest; answer: SaturateResult };
  /** Lets time pass with the connections idle. */
  idle: { request: { group: string; seconds: number }; answer: { open: number; generatorCpu: number } };
  disconnect: { request: { group: string }; answer: Record<string, never> };
}

export type Dialect = "parley" | "peer";
export type CommandName = keyof Commands;

export interface LoadRequest {
  readonly group: string;
  readonly messagesPerSecond: number;
  /** Load before the window in which is measured. */
  readonly warmSeconds: number;
  readonly seconds: number;
  /** The first so many users take turns. */
  readonly senders: number;
  /** How many users read every message; the others' frames are counted. 0: all. */
  readonly attentive: number;
  readonly textBytes: number;
  /** The last so many users do not read at all. */
  readonly slowReaders?: number;
}

export interface LoadResult {
  /** Messages that were due in the window. */
  readonly offered: number;
  readonly seconds: number;
  /** Messages times members, delivered while the window was open. */
  readonly deliveries: number;
  /** From when the message was due to when the member had it. */
  readonly latencyMs: Percentiles;
  /** From when the message was due to its acknowledgement. */
  readonly ackMs: Percentiles;
  /** Share of the window's deliveries that had not come three seconds after it. */
  readonly missing: number;
  /** Users whose frames were only counted and came to other bytes than the others'. */
  readonly unequal: number;
  readonly failedSends: number;
  readonly firstFailure?: string;
  /** Users whose connection was closed during the load. */
  readonly closed: number;
  /** Of one core. */
  readonly generatorCpu: number;
}

export interface Percentiles {
  readonly samples: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

export interface SaturateRequest {
  readonly group: string;
  readonly warmSeconds: number;
  readonly seconds: number;
  readonly senders: number;
  readonly outstanding: number;
  readonly textBytes: number;
}

export interface SaturateResult {
  readonly acknowledged: number;
  readonly seconds: number;
  readonly ackMs: Percentiles;
  readonly failedSends: number;
  readonly firstFailure?: string;
  readonly generatorCpu: number;
}

export type ToGenerator = {
  [C in CommandName]: { id: number; command: C; request: Commands[C]["request"] };
}[CommandName];

/** `window` marks the moments between which everything is measured. */
export type FromGenerator =
  | { window: "opens" | "closes" }
  | { id: number; answer: Commands[CommandName]["answer"] }
  | { id: number; failed: string };
