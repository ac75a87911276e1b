import { randomBytes } from "node:crypto";
import {
  callMany,
  type GatheredCall,
  gatherCalls,
  gatherReads,
  loadScript,
  outcomeUnknownForMs,
  type RedisClock,
  type RedisConnection,
  redisCall,
  runScript,
  type Script,
} from "../platform/index.ts";
import { RequestError, type UserId } from "../protocol/index.ts";
import {
  type Entry,
  encodeEvent,
  genesis,
  type NewEvent,
  type Position,
  parseRecord,
  whisperMark,
} from "./entry.ts";
import { type LogKeys, type LogName, logKeys, slotKey } from "./log-keys.ts";

/** A write may take effect for this long after it was asked for; safely before it is answered as unavailable. */
const writeDeadlineMs = 1_500;
/** The history limits are applied once in so many events, so that a log is over them by at most that many. */
const trimEvery = 64;
const trimAtMost = 256;
/** Writes of many in one command: about a millisecond of Redis, and as long a wait for each other when there are many. */
const writing = { atMost: 32, groupEveryMs: 1 };
/** Entries that one look for a page of messages passes over, at most: a few milliseconds of Redis. */
const entriesALook = 5_000;
/** A page of messages has at most so many bytes, or a single message. */
const pageBytes = 512 * 1024;
/** Logs of which one command reads what was missed: each may be half a megabyte. */
const readingMissed = { atMost: 8, groupEveryMs: 10 };

export interface HistoryLimits {
  /** Events that a log keeps; 0: all. */
  readonly maxEvents: number;
  /** Greatest age of an event in ms; 0: any. */
  readonly maxAgeMs: number;
}

export interface Written {
  readonly seq: number;
  readonly n: number;
  readonly atMs: number;
  readonly duplicate: boolean;
  /** What the script answered beyond that. */
  readonly more: readonly (string | number)[];
}

/** The script's own word, when it did not write. */
export interface Refused {
  readonly refused: string;
  /** The number that came with it, such as until when; 0: none. */
  readonly detail: number;
}

/** Everything after a cursor, or `undefined`: start over. */
export interface Missed {
  readonly entries: Entry[];
  readonly more: boolean;
  readonly head: Position;
}

export interface HistoryPage {
  /** Oldest first. */
  readonly messages: Entry[];
  readonly more: boolean;
  readonly head: Position;
}

/** The logs of rooms and users: the only place that reads or appends. Methods reject with `RequestError`. */
export interface Logs {
  /**
   * Appends an event through a script that includes `append.lua`; answers the script's own word when it refuses.
   *
   * @param script its KEYS start with the four of the log, its ARGV with the seven of the event
   * @throws RequestError `conflict`: that id was used for something else; `unavailable`: not written, or nobody knows
   */
  append(
    log: LogName,
    event: NewEvent,
    through?: {
      script: Script | GatheredCall;
      keys: readonly string[];
      args: readonly (string | number)[];
    },
  ): Promise<Written | Refused>;
  /**
   * For a script that appends to several logs, such as when many write at once. Its first argument, before those of the
   * events, is a text that no other call has.
   */
  gather(script: Script): GatheredCall;
  /** @param member who must be a member of the room to read it; none: not checked */
  since(
    log: LogName,
    cursor: { seq: number; chain: string },
    limits: ReadLimits,
  ): Promise<Missed | undefined>;
  page(log: LogName, page: PageRequest): Promise<HistoryPage>;
  /** Single entries, in the order of the sequences; those that are not kept any more are left out. */
  pick(log: LogName, seqs: readonly number[], member?: UserId): Promise<{ entries: Entry[]; head: Position }>;
  /** Sequence at which the log stood when its message of that number was the newest; 0: that is not kept any more. */
  placeOf(log: LogName, n: number): Promise<number>;
  heads(logs: readonly LogName[]): Promise<Position[]>;
  /** For each log where its head is, when it is not there; undefined: it is. All in one command: some hundreds at most. */
  moved(logs: readonly { name: LogName; seq: number; chain: string }[]): Promise<(Position | undefined)[]>;
  /** Tells whoever follows the log at this moment, without a place in it; may be lost. */
  whisper(log: LogName, text: string): Promise<void>;
  /** Cuts what is over the history limits, in small steps. */
  trim(log: LogName): Promise<void>;
  keys(log: LogName): LogKeys;
}

export interface ReadLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly member?: UserId | undefined;
}

export interface PageRequest {
  readonly direction: "older" | "newer";
  /** Sequence that the page starts beside; not part of the page. `older` without it: from the newest. */
  readonly beside?: number | undefined;
  readonly messages: number;
  readonly member?: UserId | undefined;
}

const writeScript = loadScript("write.lua", import.meta.url);
const sinceScript = loadScript("since.lua", import.meta.url);
const pageScript = loadScript("page.lua", import.meta.url);
const pickScript = loadScript("pick.lua", import.meta.url);
const placeScript = loadScript("place.lua", import.meta.url);
const trimScript = loadScript("trim.lua", import.meta.url);
const movedScript = loadScript("moved.lua", import.meta.url);

export function createLogs(options: {
  redis: RedisConnection;
  clock: RedisClock;
  prefix: string;
  history: HistoryLimits;
  onTrimFailed?: (log: LogName, error: unknown) => void;
}): Logs {
  const { redis, clock, prefix, history } = options;
  const keys = (log: LogName) => logKeys(prefix, log);
  const reads = gatherReads(redis);
  const readSince = gatherCalls(redis, sinceScript, readingMissed);
  // Whether somebody is a member is looked up in the log's own slot, so that reading and the right to are one step.
  const membersKey = (log: LogName) => slotKey(prefix, log, "members");

  async function trim(log: LogName): Promise<void> {
    if (history.maxEvents === 0 && history.maxAgeMs === 0) return;
    const { log: stream, head, overlay } = keys(log);
    let cut: number;
    do {
      cut = Number(
        await runScript(
          redis,
          trimScript,
          [stream, head, overlay],
          [history.maxEvents, history.maxAgeMs, trimAtMost],
        ),
      );
    } while (cut === trimAtMost);
  }

  return {
    keys,
    trim,
    gather: (script) => gatherCalls(redis, script, writing, () => [randomBytes(9).toString("base64url")]),
    async append(log, event, through = { script: writeScript, keys: [], args: [] }) {
      const { log: stream, head, idsEven, idsOdd, channel } = keys(log);
      const { body, fingerprint } = encodeEvent(event);
      const { script } = through;
      const call: GatheredCall =
        typeof script === "function" ? script : (keys, args) => runScript(redis, script, keys, args);
      const [status, seq, n, atMs, ...more] = (await call(
        [stream, head, idsEven, idsOdd, ...through.keys],
        [
          clock.nowMs() + writeDeadlineMs,
          channel,
          event.id,
          fingerprint,
          event.type,
          event.counts ? 1 : 0,
          body,
          ...through.args,
        ],
      )) as [string, number, number, number, ...(string | number)[]];
      if (status === "late") {
        throw new RequestError(
          "unavailable",
          "Redis answered too late, nothing was written; try again with the same id",
          {
            retryAfterMs: outcomeUnknownForMs,
          },
        );
      }
      if (status === "conflict") {
        throw new RequestError("conflict", "this id was already used for something else; make a new one", {
          field: "id",
        });
      }
      if (status === "failed") throw new Error(`a write failed in Redis: ${seq}`);
      if (status !== "ok" && status !== "duplicate") return { refused: status, detail: Number(seq ?? 0) };
      if (status === "ok" && seq % trimEvery === 0) {
        trim(log).catch((error: unknown) => options.onTrimFailed?.(log, error));
      }
      return { seq, n, atMs, duplicate: status === "duplicate", more };
    },
    async since(log, cursor, limits) {
      const { log: stream, head, overlay } = keys(log);
      const reply = (await readSince(
        [stream, head, overlay, membersKey(log)],
        [cursor.seq, cursor.chain, limits.maxEntries, limits.maxBytes, limits.member ?? ""],
      )) as ScriptReply;
      if (reply[0] === "denied") throw notAMember();
      if (reply[0] === "reset") return undefined;
      return {
        entries: entriesFrom(reply, 6),
        more: reply[5] === 1,
        head: headFrom(reply),
      };
    },
    async page(log, { direction, beside, messages, member }) {
      const { log: stream, head, overlay } = keys(log);
      const found: Entry[] = [];
      let position: Position | undefined;
      let more = true;
      let bytesLeft = pageBytes;
      // One look is bounded, so that a room in which thousands came and went and nobody spoke holds nobody else up.
      for (let place = beside ?? 0; more && found.length < messages; ) {
        const reply = (await runScript(
          redis,
          pageScript,
          [stream, head, overlay, membersKey(log)],
          [direction, place, messages - found.length, entriesALook, member ?? "", bytesLeft],
        )) as ScriptReply;
        if (reply[0] === "denied") throw notAMember();
        const entries = entriesFrom(reply, 7);
        found.push(...entries);
        bytesLeft -= entries.reduce((sum, { body, overlay }) => sum + body.length + overlay.length, 0);
        // The first look's: what came in later is told again, never left out.
        position ??= headFrom(reply);
        more = reply[5] === 1 && Number(reply[6]) !== place;
        place = Number(reply[6]);
        if (reply[0] === "full") break;
      }
      if (direction === "older") found.reverse();
      const oldestMs = history.maxAgeMs === 0 ? 0 : clock.nowMs() - history.maxAgeMs;
      const kept = found.filter((entry) => entry.atMs >= oldestMs);
      // A room in which nobody writes is not trimmed by writing; whoever reads it sees to it.
      if (kept.length < found.length) trim(log).catch((error: unknown) => options.onTrimFailed?.(log, error));
      const cutOff = direction === "older" && kept.length < found.length;
      return { messages: kept, more: more && !cutOff, head: position ?? genesis };
    },
    async pick(log, seqs, member) {
      const { log: stream, head, overlay } = keys(log);
      const reply = (await runScript(
        redis,
        pickScript,
        [stream, head, overlay, membersKey(log)],
        [member ?? "", ...seqs],
      )) as ScriptReply;
      if (reply[0] === "denied") throw notAMember();
      return { entries: entriesFrom(reply, 5), head: headFrom(reply) };
    },
    async placeOf(log, n) {
      const { log: stream, head, overlay } = keys(log);
      return Number(await runScript(redis, placeScript, [stream, head, overlay], [n]));
    },
    async whisper(log, text) {
      await redisCall(() => redis.spublish(keys(log).channel, whisperMark + text));
    },
    async heads(logs) {
      const replies = await Promise.all(
        logs.map((log) => reads.hmget(slotKey(prefix, log, "head"), "seq", "n", "chain", "at")),
      );
      return replies.map(positionFrom);
    },
    async moved(logs) {
      const calls = logs.map(({ name, seq, chain }) => ({
        keys: [slotKey(prefix, name, "head")],
        args: [`${seq} ${chain}`],
      }));
      const replies = (await callMany(redis, movedScript, calls)) as ((string | null)[] | null)[];
      return replies.map((reply) => (reply === null ? undefined : positionFrom(reply)));
    },
  };
}

/** What a head holds; of a log in which nothing was written there is none. */
function positionFrom([seq, n, chain, atMs]: readonly (string | null)[]): Position {
  return { seq: Number(seq ?? 0), n: Number(n ?? 0), chain: chain ?? "0", atMs: Number(atMs ?? 0) };
}

type ScriptReply = [string, number, number, string, number, ...(number | string)[]];

function headFrom(reply: ScriptReply): Position {
  return {
    seq: Number(reply[1]),
    n: Number(reply[2]),
    chain: reply[3],
    atMs: Number(reply[4]),
  };
}

function entriesFrom(reply: ScriptReply, start: number): Entry[] {
  const entries: Entry[] = [];
  for (let i = start; i + 1 < reply.length; i += 2) {
    entries.push(parseRecord(String(reply[i]), String(reply[i + 1])));
  }
  return entries;
}

function notAMember(): RequestError {
  return new RequestError("forbidden", "only members may read this room; join it first", { field: "room" });
}
