import { createHash } from "node:crypto";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createLogs, genesis, type LogName, messageOf, parseCursor } from "../../services/logs/index.ts";
import type { Cursor, UserId } from "../../services/protocol/index.ts";
import {
  ada,
  bob,
  came,
  connect,
  createStage,
  errorOf,
  messageId,
  redisOfFile,
  roomLog,
  type Stage,
  said,
  texts,
} from "./stage.ts";

const server = redisOfFile();
const plaza = roomLog("plaza");
const dayMs = 86_400_000;
const everything = { maxEntries: 1_000, maxBytes: 1_000_000 };

async function sayAll({ logs }: Stage, name: LogName, all: readonly string[]) {
  for (const text of all) await logs.append(name, said(text));
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `m${i + 1}`);
const endOf = async ({ logs }: Stage, name = plaza) => {
  const [head] = await logs.heads([name]);
  if (!head) throw new Error("no head");
  return head;
};

describe("append", () => {
  it("gives dense sequences, and numbers to messages alone", async () => {
    const { logs } = await createStage(server());
    const places = [];
    for (const event of [came(ada), said("a"), said("b"), came(bob), said("c")]) {
      places.push(await logs.append(plaza, event));
    }
    expect(places).toMatchObject([
      { seq: 1, n: 0 },
      { seq: 2, n: 1 },
      { seq: 3, n: 2 },
      { seq: 4, n: 2 },
      { seq: 5, n: 3 },
    ]);
  });

  it("stays dense when two connections write at once", async () => {
    const one = await createStage(server());
    const other = await createStage(server(), { prefix: one.prefix });
    const written = await Promise.all(
      numbered(100).map((text, i) => (i % 2 ? one : other).logs.append(plaza, said(text))),
    );
    const seqs = written.map((place) => ("seq" in place ? place.seq : 0));
    expect(seqs.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
  });

  it("chains each event, with its time, to all before it", async () => {
    const stage = await createStage(server());
    const ids = [messageId(), messageId(), messageId()];
    for (const id of ids) await stage.logs.append(plaza, said("x", id));
    const missed = await stage.logs.since(plaza, genesis, everything);
    let chain = "0";
    for (const [i, entry] of (missed?.entries ?? []).entries()) {
      expect(entry.before).toBe(chain);
      chain = createHash("sha1").update(`${chain} ${ids[i]} ${entry.atMs}`).digest("hex").slice(0, 16);
      expect(entry.chain).toBe(chain);
    }
    expect(missed?.entries).toHaveLength(3);
    expect((await endOf(stage)).chain).toBe(chain);
  });

  it("takes its time from Redis", async () => {
    const { logs, redis } = await createStage(server());
    const before = await redisNowMs(redis);
    const written = await logs.append(plaza, said("now"));
    if (!("atMs" in written)) throw new Error("refused");
    expect(written.atMs).toBeGreaterThanOrEqual(before);
    expect(written.atMs).toBeLessThanOrEqual(await redisNowMs(redis));
  });

  it("answers the same id with the first place and stores it once", async () => {
    const stage = await createStage(server());
    const again = said("twice");
    const first = await stage.logs.append(plaza, again);
    await stage.logs.append(plaza, said("between"));
    expect(await stage.logs.append(plaza, again)).toEqual({ ...first, duplicate: true });
    expect(await stage.redis.xlen(stage.logs.keys(plaza).log)).toBe(2);
    expect(await endOf(stage)).toMatchObject({ seq: 2, n: 2 });
  });

  it.each([
    ["another text", said("changed", "same-id")],
    ["another author", said("first", "same-id", bob)],
    ["another type", { ...came(ada), id: "same-id" }],
  ])("refuses the same id with %s", async (_, other) => {
    const stage = await createStage(server());
    await stage.logs.append(plaza, said("first", "same-id"));
    const error = await errorOf(stage.logs.append(plaza, other));
    expect(error).toMatchObject({ code: "conflict", field: "id" });
    expect((await endOf(stage)).seq).toBe(1);
  });

  it("lets the same id be used in another log", async () => {
    const { logs } = await createStage(server());
    const event = said("everywhere");
    for (const name of [plaza, roomLog("other"), { kind: "user", id: "plaza" } as const]) {
      expect(await logs.append(name, event)).toMatchObject({ seq: 1, duplicate: false });
    }
  });

  it("publishes each event once, in the order of the log, and nothing for a duplicate or a conflict", async () => {
    const stage = await createStage(server());
    const other = await createStage(server(), { prefix: stage.prefix });
    const listener = await connect(server());
    const heard: number[] = [];
    listener.on("smessage", (_channel: string, payload: string) => heard.push(Number.parseInt(payload, 10)));
    await listener.ssubscribe(stage.logs.keys(plaza).channel);
    const events = numbered(60).map((text) => said(text));
    await Promise.all(
      events.flatMap((event) => [stage.logs.append(plaza, event), other.logs.append(plaza, event)]),
    );
    await errorOf(stage.logs.append(plaza, said("different", String(events[0]?.id))));
    await stage.logs.append(plaza, said("last"));
    await vi.waitFor(() => expect(heard).toContain(61));
    expect(heard).toEqual(Array.from({ length: 61 }, (_, i) => i + 1));
  });

  it("keeps rooms, users and prefixes apart", async () => {
    const stage = await createStage(server());
    const other = await createStage(server());
    await sayAll(stage, plaza, ["a", "b"]);
    expect(await endOf(stage, { kind: "user", id: "plaza" })).toEqual(genesis);
    expect(await endOf(other)).toEqual(genesis);
  });
});

describe("a write past its deadline", () => {
  it("is refused and leaves nothing behind", async () => {
    const { redis, clock, prefix } = await createStage(server());
    const late = createLogs({
      redis,
      prefix,
      clock: { ...clock, nowMs: () => clock.nowMs() - 1_600 },
      history: { maxEvents: 0, maxAgeMs: 0 },
    });
    const error = await errorOf(late.append(plaza, said("too late")));
    expect(error).toMatchObject({ code: "unavailable", retryAfterMs: 2_000 });
    expect(await redis.keys(`${prefix}*`)).toEqual([]);
  });

  it("never surfaces when it waited in a Redis that stood still, and succeeds when it is sent again", async () => {
    const stage = await createStage(server());
    const other = await connect(server());
    const event = said("slept");
    onTestFinished(() => server().resume());
    server().pause();
    const startedMs = performance.now();
    const error = await errorOf(stage.logs.append(plaza, event));
    expect(error).toMatchObject({ code: "unavailable" });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    server().resume();
    // Answered on the same connection, so what waited there has been run by now.
    await stage.redis.ping();
    const seen = await other.xlen(stage.logs.keys(plaza).log);
    expect(seen).toBe(0);
    await stage.clock.sample();
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 1, duplicate: false });
  });
});

describe("the memory of ids", () => {
  /** The hash that takes today's ids, and the one that had yesterday's. */
  async function today({ redis, logs }: Stage) {
    const { idsEven, idsOdd } = logs.keys(plaza);
    const period = Math.floor((await redisNowMs(redis)) / dayMs);
    return period % 2 === 0
      ? { period, now: idsEven, before: idsOdd }
      : { period, now: idsOdd, before: idsEven };
  }

  it("goes into the hash of the day, which is forgotten as a whole before its next turn", async () => {
    const stage = await createStage(server());
    await stage.logs.append(plaza, said("one", "id-1"));
    await stage.logs.append(plaza, said("two", "id-2"));
    const { period, now, before } = await today(stage);
    expect(await stage.redis.hkeys(now)).toEqual(["id-1", "id-2"]);
    expect(await stage.redis.exists(before)).toBe(0);
    expect(await stage.redis.pexpiretime(now)).toBe((period + 2) * dayMs);
  });

  it("holds over midnight, and ends after the second one", async () => {
    const stage = await createStage(server());
    const event = said("yesterday");
    await stage.logs.append(plaza, event);
    const { period, now, before } = await today(stage);
    // What was written today becomes what was written yesterday.
    await stage.redis.rename(now, before);
    await stage.redis.hset(stage.logs.keys(plaza).head, "period", period - 1);
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 1, duplicate: true });
    await stage.logs.append(plaza, said("today"));
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 1, duplicate: true });
    const other = said("something else", String(event.id));
    expect(await errorOf(stage.logs.append(plaza, other))).toMatchObject({ code: "conflict" });
    await stage.redis.del(before);
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 3, duplicate: false });
  });

  it("holds when Redis' clock goes back over midnight, as it may with another Redis", async () => {
    const stage = await createStage(server());
    const event = said("tomorrow");
    await stage.logs.append(plaza, event);
    const { period, now, before: after } = await today(stage);
    await stage.redis.rename(now, after);
    await stage.redis.hset(stage.logs.keys(plaza).head, "period", period + 1);
    await stage.logs.append(plaza, said("today"));
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 1, duplicate: true });
  });

  it("holds the day after the clock went back, when nothing was written in between", async () => {
    const stage = await createStage(server());
    const event = said("yesterday");
    await stage.logs.append(plaza, event);
    const { period, now, before } = await today(stage);
    // Written yesterday; then the clock went back, and the last write was on the day before.
    await stage.redis.rename(now, before);
    await stage.redis.hset(stage.logs.keys(plaza).head, { period: period - 2, other: period - 1 });
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 1, duplicate: true });
    await stage.logs.append(plaza, said("today"));
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 1, duplicate: true });
  });

  it("does not hold what was not written", async () => {
    const stage = await createStage(server());
    const { log } = stage.logs.keys(plaza);
    await stage.redis.set(log, "no stream");
    const event = said("once more");
    expect((await errorOf(stage.logs.append(plaza, event))).message).toContain("WRONGTYPE");
    await stage.redis.del(log);
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 1, duplicate: false });
  });
});

describe("since", () => {
  it("answers what came after a cursor, and nothing at the head", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a", "b", "c", "d"]);
    const all = await stage.logs.since(plaza, genesis, everything);
    expect(texts(all?.entries ?? [])).toEqual(["a", "b", "c", "d"]);
    const second = all?.entries[1];
    if (!second) throw new Error("no second entry");
    const rest = await stage.logs.since(plaza, second, everything);
    expect(texts(rest?.entries ?? [])).toEqual(["c", "d"]);
    expect(rest).toMatchObject({ more: false, head: await endOf(stage) });
    expect(await stage.logs.since(plaza, await endOf(stage), everything)).toMatchObject({
      entries: [],
      more: false,
    });
  });

  it("starts over when the chain behind the cursor is another, also at the head", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a", "b", "c"]);
    for (const seq of [0, 1, 2, 3]) {
      expect(await stage.logs.since(plaza, { seq, chain: "abcdef" }, everything)).toBeUndefined();
    }
  });

  it("starts over when the cursor is beyond the head", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a"]);
    const { chain } = await endOf(stage);
    expect(await stage.logs.since(plaza, { seq: 2, chain }, everything)).toBeUndefined();
    const greatest = parseCursor("999999999999999-abc" as Cursor);
    expect(await stage.logs.since(plaza, greatest, everything)).toBeUndefined();
  });

  it("starts over when what was missed has been trimmed", async () => {
    const stage = await createStage(server(), { history: { maxEvents: 2 } });
    await sayAll(stage, plaza, ["a", "b", "c", "d"]);
    const all = await stage.logs.since(plaza, genesis, everything);
    await stage.logs.trim(plaza);
    expect(await stage.logs.since(plaza, genesis, everything)).toBeUndefined();
    const [first, second] = all?.entries ?? [];
    if (!first || !second) throw new Error("too few");
    expect(await stage.logs.since(plaza, first, everything)).toBeUndefined();
    expect(texts((await stage.logs.since(plaza, second, everything))?.entries ?? [])).toEqual(["c", "d"]);
  });

  it("stops at a number of entries or bytes and says that there is more, but always gets on", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a".repeat(500), "b".repeat(500), "c".repeat(500)]);
    const two = await stage.logs.since(plaza, genesis, { maxEntries: 2, maxBytes: 10_000 });
    expect(two).toMatchObject({ more: true, entries: [{ seq: 1 }, { seq: 2 }] });
    const fitting = await stage.logs.since(plaza, genesis, { maxEntries: 10, maxBytes: 1_400 });
    expect(fitting).toMatchObject({ more: true, entries: [{ seq: 1 }, { seq: 2 }] });
    const tiny = await stage.logs.since(plaza, genesis, { maxEntries: 10, maxBytes: 1 });
    expect(tiny?.entries).toHaveLength(1);
    const last = fitting?.entries.at(-1) ?? genesis;
    expect(await stage.logs.since(plaza, last, everything)).toMatchObject({
      more: false,
      entries: [{ seq: 3 }],
    });
  });

  it("puts stand-ins where content was erased, at the start, in the middle and at the end", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a", "b", "c", "d"]);
    for (const seq of [1, 3, 4]) await erase(stage, seq);
    const missed = await stage.logs.since(plaza, genesis, everything);
    expect(missed?.entries.map((entry) => entry.seq)).toEqual([1, 2, 3, 4]);
    expect(texts(missed?.entries ?? [])).toEqual(["message", "b", "message", "message"]);
    const [first] = missed?.entries ?? [];
    if (!first) throw new Error("nothing");
    expect((await stage.logs.since(plaza, first, everything))?.entries).toHaveLength(3);
  });

  it("starts over at a hole that nothing stands in for", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a", "b", "c"]);
    await stage.redis.xdel(stage.logs.keys(plaza).log, "3-0");
    expect(await stage.logs.since(plaza, genesis, everything)).toBeUndefined();
    await sayAll(stage, plaza, ["d"]);
    expect(await stage.logs.since(plaza, genesis, everything)).toBeUndefined();
  });

  it("carries what was laid over an entry", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a", "b"]);
    await stage.redis.hset(stage.logs.keys(plaza).overlay, "2", '{"rev":3}');
    const missed = await stage.logs.since(plaza, genesis, everything);
    expect(missed?.entries.map((entry) => entry.overlay)).toEqual(["", '{"rev":3}']);
  });

  it("reads for members only, when asked to", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["secret"]);
    const asBob = { ...everything, member: bob.id };
    expect(await errorOf(stage.logs.since(plaza, genesis, asBob))).toMatchObject({ code: "forbidden" });
    await stage.redis.zadd(`${stage.prefix}{room:plaza}:members`, 0, bob.id);
    expect((await stage.logs.since(plaza, genesis, asBob))?.entries).toHaveLength(1);
  });
});

describe("page", () => {
  const older = { direction: "older", messages: 3 } as const;
  const newer = { direction: "newer", messages: 3 } as const;

  it("reads back from the newest, oldest first", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, numbered(7));
    const newest = await stage.logs.page(plaza, older);
    expect(texts(newest.messages)).toEqual(["m5", "m6", "m7"]);
    expect(newest).toMatchObject({ more: true, head: await endOf(stage) });
    const next = await stage.logs.page(plaza, { ...older, beside: 5 });
    expect(texts(next.messages)).toEqual(["m2", "m3", "m4"]);
    const last = await stage.logs.page(plaza, { ...older, beside: 2 });
    expect(texts(last.messages)).toEqual(["m1"]);
    expect(last.more).toBe(false);
  });

  it("reads on from a place", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, numbered(7));
    const next = await stage.logs.page(plaza, { ...newer, beside: 3 });
    expect(texts(next.messages)).toEqual(["m4", "m5", "m6"]);
    expect(next.more).toBe(true);
    const last = await stage.logs.page(plaza, { ...newer, beside: 6 });
    expect(texts(last.messages)).toEqual(["m7"]);
    expect(last.more).toBe(false);
    expect(await stage.logs.page(plaza, { ...newer, beside: 7 })).toMatchObject({
      messages: [],
      more: false,
    });
  });

  it("copes with places before the start, beyond the end, and with an empty log", async () => {
    const stage = await createStage(server());
    for (const page of [older, newer, { ...older, beside: 9 }]) {
      expect(await stage.logs.page(plaza, page)).toEqual({ messages: [], more: false, head: genesis });
    }
    await sayAll(stage, plaza, numbered(2));
    expect(await stage.logs.page(plaza, { ...older, beside: 1 })).toMatchObject({
      messages: [],
      more: false,
    });
    const beyond = { ...older, beside: Number.MAX_SAFE_INTEGER };
    expect(texts((await stage.logs.page(plaza, beyond)).messages)).toEqual(["m1", "m2"]);
    const after = { ...newer, beside: Number.MAX_SAFE_INTEGER };
    expect(await stage.logs.page(plaza, after)).toMatchObject({ messages: [], more: false });
  });

  it("counts messages and passes over other events", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["m1"]);
    for (let i = 0; i < 250; i++) await stage.logs.append(plaza, came(bob));
    await sayAll(stage, plaza, ["m2", "m3"]);
    expect(texts((await stage.logs.page(plaza, older)).messages)).toEqual(["m1", "m2", "m3"]);
    expect(texts((await stage.logs.page(plaza, { ...newer, beside: 1 })).messages)).toEqual(["m2", "m3"]);
  });

  it("says that there is more only when there is a further message", async () => {
    const stage = await createStage(server());
    await stage.logs.append(plaza, came(ada));
    await sayAll(stage, plaza, ["m1", "m2", "m3"]);
    await stage.logs.append(plaza, came(bob));
    for (const page of [older, newer]) {
      const found = await stage.logs.page(plaza, page);
      expect(texts(found.messages)).toEqual(["m1", "m2", "m3"]);
      expect(found.more).toBe(false);
    }
    expect(await stage.logs.page(plaza, { ...older, messages: 2 })).toMatchObject({ more: true });
    expect(await stage.logs.page(plaza, { ...newer, messages: 2 })).toMatchObject({ more: true });
  });

  it("ends where it would grow too large, and goes on there", async () => {
    const stage = await createStage(server());
    const long = Array.from({ length: 60 }, (_, i) => `${i} `.padEnd(20_000, "x"));
    await sayAll(stage, plaza, long);
    for (const direction of ["older", "newer"] as const) {
      const seen: string[] = [];
      let pages = 0;
      let beside: number | undefined = direction === "older" ? undefined : 0;
      for (let more = true; more; pages++) {
        const page = await stage.logs.page(plaza, { direction, beside, messages: 200 });
        expect(JSON.stringify(texts(page.messages)).length).toBeLessThan(530_000);
        if (direction === "older") seen.unshift(...texts(page.messages));
        else seen.push(...texts(page.messages));
        beside = page.messages.at(direction === "older" ? 0 : -1)?.seq;
        more = page.more;
      }
      expect(seen).toEqual(long);
      expect(pages).toBe(3);
    }
  });

  it("shows tombstones for erased messages, also where the stream starts with them", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["a", "b", "c", "d"]);
    for (const seq of [1, 2, 4]) await erase(stage, seq);
    const page = await stage.logs.page(plaza, { direction: "older", messages: 10 });
    expect(page.messages.map((entry) => messageOf(entry, ada.id))).toMatchObject([
      { seq: 1, n: 1, deleted: true },
      { seq: 2, n: 2, deleted: true },
      { seq: 3, n: 3, text: "c" },
      { seq: 4, n: 4, deleted: true },
    ]);
    await erase(stage, 3);
    expect((await stage.logs.page(plaza, { direction: "older", messages: 10 })).messages).toHaveLength(4);
  });

  it("reads for members only, when asked to", async () => {
    const stage = await createStage(server());
    await sayAll(stage, plaza, ["secret"]);
    const asBob = { ...older, member: bob.id as UserId };
    expect(await errorOf(stage.logs.page(plaza, asBob))).toMatchObject({ code: "forbidden" });
    await stage.redis.zadd(`${stage.prefix}{room:plaza}:members`, 0, bob.id);
    expect((await stage.logs.page(plaza, asBob)).messages).toHaveLength(1);
  });
});

describe("trim", () => {
  it("keeps the newest events while people write, and the numbering goes on", async () => {
    const stage = await createStage(server(), { history: { maxEvents: 50 } });
    await sayAll(stage, plaza, numbered(127));
    await sayAll(stage, plaza, ["m128"]);
    await vi.waitFor(async () => {
      const page = await stage.logs.page(plaza, { direction: "newer", messages: 200 });
      expect(texts(page.messages)).toEqual(numbered(128).slice(-50));
    });
    expect(await stage.logs.append(plaza, said("next"))).toMatchObject({ seq: 129, n: 129 });
    const oldest = await stage.logs.page(plaza, { direction: "older", beside: 80, messages: 10 });
    expect(oldest).toMatchObject({ more: false, messages: [{ seq: 79 }] });
  });

  it("cuts a long history in steps, together with what was laid over it", async () => {
    const stage = await createStage(server());
    await Promise.all(numbered(600).map((text) => stage.logs.append(plaza, said(text))));
    const { log, overlay } = stage.logs.keys(plaza);
    for (const seq of [1, 300, 595]) await stage.redis.hset(overlay, String(seq), '{"rev":1}');
    for (const seq of [2, 580, 596]) await erase(stage, seq);
    const kept = await createStage(server(), { prefix: stage.prefix, history: { maxEvents: 10 } });
    const runs = vi.spyOn(kept.redis, "evalsha");
    await kept.logs.trim(plaza);
    expect(runs.mock.calls.length).toBeGreaterThanOrEqual(3);
    expect((await stage.redis.hkeys(overlay)).sort()).toEqual(["595", "c596"]);
    expect(await stage.redis.xlen(log)).toBe(9);
    const page = await kept.logs.page(plaza, { direction: "older", messages: 200 });
    expect(page.messages.map((entry) => entry.seq)).toEqual([
      591, 592, 593, 594, 595, 596, 597, 598, 599, 600,
    ]);
    expect(page.more).toBe(false);
  });

  it("cuts by age and shows nothing older meanwhile", async () => {
    const stage = await createStage(server(), { history: { maxAgeMs: dayMs } });
    await sayAll(stage, plaza, ["old", "older", "young"]);
    const { log } = stage.logs.keys(plaza);
    for (const seq of [1, 2]) await age(stage, seq, 2 * dayMs);
    expect(await stage.logs.page(plaza, { direction: "older", messages: 2 })).toMatchObject({
      more: false,
      messages: [{ seq: 3 }],
    });
    // Whoever reads an old room sees to it that it is trimmed.
    await vi.waitFor(async () => expect(await stage.redis.xlen(log)).toBe(1));
    expect(await endOf(stage)).toMatchObject({ seq: 3, n: 3 });
  });

  it("cuts nothing that is within the limits, and never without limits", async () => {
    for (const history of [{ maxEvents: 5 }, { maxAgeMs: dayMs }, {}]) {
      const stage = await createStage(server(), { history });
      await sayAll(stage, plaza, numbered(5));
      await stage.logs.trim(plaza);
      expect(await stage.redis.xlen(stage.logs.keys(plaza).log)).toBe(5);
    }
  });
});

describe("a full Redis", () => {
  it("refuses to append, says so, and lets people read and the history be cut", async () => {
    const stage = await createStage(server(), { history: { maxEvents: 2 } });
    await sayAll(stage, plaza, ["a", "b", "c"]);
    onTestFinished(async () => void (await stage.redis.config("SET", "maxmemory", "0")));
    await stage.redis.config("SET", "maxmemory", "100kb");
    const event = said("no room");
    expect(await errorOf(stage.logs.append(plaza, event))).toMatchObject({ code: "unavailable" });
    expect((await stage.logs.since(plaza, genesis, everything))?.entries).toHaveLength(3);
    expect((await stage.logs.page(plaza, { direction: "older", messages: 9 })).messages).toHaveLength(3);
    await stage.logs.trim(plaza);
    expect((await stage.logs.page(plaza, { direction: "older", messages: 9 })).messages).toHaveLength(2);
    await stage.redis.config("SET", "maxmemory", "0");
    expect(await stage.logs.append(plaza, event)).toMatchObject({ seq: 4, duplicate: false });
  });
});

async function redisNowMs(redis: Stage["redis"]): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

/** Rewrites the record of an entry; its place in the stream is taken back by a fresh stream. */
async function rewrite({ redis, logs }: Stage, change: (seq: number, record: string) => string) {
  const { log } = logs.keys(plaza);
  const entries = await redis.xrange(log, "-", "+");
  await redis.del(log);
  for (const [id, [, record = ""]] of entries) {
    await redis.xadd(log, id, "e", change(Number.parseInt(id, 10), record));
  }
}

const age = (stage: Stage, which: number, byMs: number) =>
  rewrite(stage, (seq, record) =>
    seq === which
      ? record.replace(/^(\d+ \d+) (\d+)/, (_, place, at) => `${place} ${Number(at) - byMs}`)
      : record,
  );

/** Takes a message out of the stream and puts a tombstone beside it, as deleting does. */
async function erase({ redis, logs }: Stage, seq: number): Promise<void> {
  const { log, overlay } = logs.keys(plaza);
  const [found] = await redis.xrange(log, `${seq}-0`, `${seq}-0`);
  const [header = ""] = /^\d+ \d+ \d+ \S+ \S+ /.exec(found?.[1][1] ?? "") ?? [];
  const body = `"id":"${seq}","type":"message","by":{"id":"u-ada","name":"ada"},"deleted":true}`;
  await redis.hset(overlay, `c${seq}`, `${header}message ${body}`);
  await redis.xdel(log, `${seq}-0`);
}
