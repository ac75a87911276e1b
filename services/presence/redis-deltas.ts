import { loadScript, type RedisConnection, runScript } from "../platform/index.ts";
import type { PresenceDelta } from "./contract.ts";
import { presenceKeys } from "./redis-keys.ts";
import { asUser, type StoredUser } from "./redis-list.ts";

/** Which delta is the newest that is known, and the history before it. */
export interface DeltaPosition {
  readonly seq: number;
  readonly chain: string;
}

/** A delta with its place: it follows directly upon (`seq - 1`, `before`). */
export interface NumberedDelta extends DeltaPosition, PresenceDelta {
  readonly before: string;
}

/** The deltas as Redis keeps them. Methods reject with `RequestError`. */
export interface Deltas {
  readonly channel: string;
  /** The newest position, and how many were online with it. */
  head(): Promise<DeltaPosition & { count: number }>;
  /** What follows; undefined: it is gone, or the history is another one by now. */
  after(position: DeltaPosition): Promise<{ deltas: NumberedDelta[]; more: boolean } | undefined>;
  /** What the channel brought. */
  parse(message: string): NumberedDelta;
}

const missedScript = loadScript("missed-deltas.lua", import.meta.url);
const atOnce = 100;

export function createDeltas(options: { redis: RedisConnection; prefix: string }): Deltas {
  const { redis } = options;
  const keys = presenceKeys(options.prefix);
  const read = async (from: DeltaPosition, limit: number) =>
    (await runScript(
      redis,
      missedScript,
      [keys.deltas, keys.head, keys.published],
      [from.seq, from.chain, limit],
    )) as [string, number, string, number, ...string[]];
  return {
    channel: keys.channel,
    async head() {
      // Nothing follows this position, so the answer is only where the newest is.
      const [, seq, chain, count] = await read({ seq: -1, chain: "" }, 1);
      return { seq, chain, count };
    },
    async after(position) {
      const [word, newest, , , ...entries] = await read(position, atOnce);
      if (word === "cut") return undefined;
      const deltas: NumberedDelta[] = [];
      for (let i = 0; i < entries.length; i += 2) deltas.push(parseDelta(`${entries[i]} ${entries[i + 1]}`));
      const last = deltas.at(-1);
      return { deltas, more: last !== undefined && last.seq < newest };
    },
    parse: parseDelta,
  };
}

/** `seq before chain body` */
function parseDelta(message: string): NumberedDelta {
  const [seq = "", before = "", chain = ""] = message.split(" ", 3);
  const body = JSON.parse(message.slice(seq.length + before.length + chain.length + 3)) as {
    count: number;
    changes: { online: boolean; user: StoredUser }[];
  };
  return {
    seq: Number(seq),
    before,
    chain,
    count: body.count,
    changes: body.changes.map(({ online, user }) => ({
      online,
      user: asUser(user),
    })),
  };
}
