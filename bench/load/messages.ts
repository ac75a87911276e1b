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
      /** What their names start with, where a cluster has several groups; "bench" unless told. */
      names?: string;
      /** Another group has made the rooms. */
      roomsExist?: boolean;
    };
    answer: { tookMs: number };
  };
  /** Sends at a fixed rate, whatever comes back, and times each delivery from when its message was due. */
  load: { request: LoadRequest; answer: LoadResult };
  /** Keeps so many sends of each sender under way, and counts what is acknowledged. */
  saturate: { request: SaturateRequest; answer: SaturateResult };
  /** Lets time pass with the connections idle. */
  idle: { request: { group: string; seconds: number }; answer: { open: number; generatorCpu: number } };
  /** Everybody notes where their rooms stand. */
  rememberPositions: { request: { group: string }; answer: Record<string, never> };
  sendIntoEachRoom: { request: { group: string; messages: number }; answer: Record<string, never> };
  /** Everybody comes back through one address and catches up with the messages that they expect. */
  resume: {
    request: { group: string; through: Address; expected: number; withinMs: number };
    answer: ResumeResult;
  };
  watchFirstPage: { request: { group: string }; answer: Record<string, never> };
  churn: { request: ChurnRequest; answer: ChurnResult };
  leaveAtOnce: { request: { group: string; count: number }; answer: LeaveResult };
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
  /** A group that gets some of it as well and does not read meanwhile. */
  readonly unread?: string;
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
  /** Those of the group that did not read. */
  readonly unreadClosed: number;
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

export interface ResumeResult {
  /** From the moment at which they were let go; each waits up to a second of it, as stock clients do. */
  readonly caughtUpMs: Percentiles;
  readonly retries: number;
  /** Rooms that were answered with anything but the messages expected, each once. */
  readonly wrong: number;
  /** Users who were not back in time. */
  readonly late: number;
  /** Users who are not there at the end, whether they were back or not. */
  readonly lost: number;
  /** Why somebody had to try again, other than because they were asked to. */
  readonly failure: string | undefined;
  readonly generatorCpu: number;
}

export interface ChurnRequest {
  readonly group: string;
  readonly targets: readonly Address[];
  /** Half of them go, half of them come. */
  readonly changesPerSecond: number;
  readonly seconds: number;
}

export interface ChurnResult {
  readonly changes: number;
  readonly seconds: number;
  /** From the start of a handshake, or from the end of the grace after a connection was closed, to when a watcher was told. */
  readonly toldMs: Percentiles;
  readonly untold: number;
  /** What one client that looks at a page of the list is sent. */
  readonly bytesPerSecond: number;
  readonly generatorCpu: number;
}

export interface LeaveResult {
  /** From the end of the grace to when one who stays is told the right number; NaN: not within 15 s. */
  readonly rightAfterGraceMs: number;
  readonly mostBytesInASecond: number;
  readonly bytesPerSecond: number;
}

export type ToGenerator = {
  [C in CommandName]: { id: number; command: C; request: Commands[C]["request"] };
}[CommandName];

/** `window` marks the moments between which everything is measured. */
export type FromGenerator =
  | { window: "opens" | "closes" }
  | { id: number; answer: Commands[CommandName]["answer"] }
  | { id: number; failed: string };
