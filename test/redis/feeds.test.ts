import { describe, expect, it, vi } from "vitest";
import { parseRecord } from "../../services/logs/entry.ts";
import { Feed } from "../../services/logs/feed.ts";
import { defaultFeedTiming } from "../../services/logs/feeds.ts";
import { cursorOf, type Entry, genesis, type Logs, type Missed } from "../../services/logs/index.ts";
import type { Subscriber } from "../../services/platform/index.ts";
import {
  appendLost,
  createListener,
  createStage,
  errorOf,
  follow,
  keepCopy,
  messageId,
  redisOfFile,
  roomLog,
  type Stage,
  said,
  subscribe,
} from "./stage.ts";
import { startTcpProxy } from "./tcp-proxy.ts";

const server = redisOfFile();
const plaza = roomLog("plaza");
/** No check but those that a test asks for. */
const unhurried = { checkEveryMs: 3_600_000 };

/** A node's feed of the plaza. */
async function followPlaza(
  options: {
    timing?: Partial<typeof defaultFeedTiming>;
    before?: (stage: Stage) => Promise<unknown>;
    logs?: (logs: Logs, stage: Stage) => Partial<Logs>;
    subscriber?: (real: Subscriber) => Subscriber;
  } = {},
) {
  const stage = await createStage(server());
  await options.before?.(stage);
  const real = await subscribe(stage);
  const subscriber = options.subscriber?.(real) ?? real;
  const logs = { ...stage.logs, ...options.logs?.(stage.logs, stage) };
  const { feeds, counts } = follow({ logs, subscriber, timing: { ...unhurried, ...options.timing } });
  const listener = createListener();
  const feed = await feeds.open(plaza, listener.consumer);
  const say = (text: string) => stage.logs.append(plaza, said(text));
  const sayLost = (text: string, id?: string) => appendLost(stage.logs, plaza, said(text, id));
  const expectSeen = (seen: readonly string[]) =>
    vi.waitFor(() => expect(listener.seen).toEqual(seen), 10_000);
  return { stage, subscriber, feeds, feed, counts, listener, say, sayLost, expectSeen };
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${from + i} m${from + i}`);

describe("opening", () => {
  it("starts after what is there, and hands out what comes", async () => {
    const { feed, say, expectSeen, listener } = await followPlaza({
      before: ({ logs }) => logs.append(plaza, said("m1")),
    });
    expect(feed.position()).toMatchObject({ seq: 1, n: 1 });
    await say("m2");
    await say("m3");
    await expectSeen(["2 m2", "3 m3"]);
    expect(listener.cursors.at(-1)).toBe(cursorOf(feed.position()));
  });

  it("neither loses nor doubles what is written between the subscription and the reading of the head", async () => {
    const received: string[] = [];
    const { say, expectSeen } = await followPlaza({
      before: ({ logs }) => logs.append(plaza, said("m1")),
      subscriber: (real) => ({
        ...real,
        subscribe: (channel, onMessage) =>
          real.subscribe(channel, (message) => {
            received.push(message);
            onMessage(message);
          }),
      }),
      logs: (logs) => ({
        async heads(names) {
          await logs.append(plaza, said("m2"));
          const heads = await logs.heads(names);
          await logs.append(plaza, said("m3"));
          await logs.append(plaza, said("m4"));
          await vi.waitFor(() => expect(received).toHaveLength(3));
          return heads;
        },
      }),
    });
    await say("m5");
    await expectSeen(numbered(3, 5));
  });

  it("fails when the head cannot be read, and follows nothing then", async () => {
    const stage = await createStage(server());
    const subscriber = await subscribe(stage);
    const logs = { ...stage.logs, heads: () => Promise.reject(new Error("away")) };
    const { feeds } = follow({ logs, subscriber, timing: unhurried });
    expect(await errorOf(feeds.open(plaza, createListener().consumer))).toMatchObject({ message: "away" });
    expect(feeds.size).toBe(0);
    const { channel } = stage.logs.keys(plaza);
    await vi.waitFor(async () => {
      expect(await stage.redis.pubsub("SHARDNUMSUB", channel)).toEqual([channel, 0]);
    });
  });

  it("is subscribed to what it follows and to nothing else", async () => {
    const { stage, feeds, feed } = await followPlaza();
    const followed = async () => {
      const all = (await stage.redis.pubsub("SHARDCHANNELS", `${stage.prefix}*`)) as string[];
      return all.filter((channel) => channel.endsWith(":feed"));
    };
    const other = await feeds.open(roomLog("other"), createListener().consumer);
    expect((await followed()).sort()).toEqual([
      `${stage.prefix}{room:other}:feed`,
      `${stage.prefix}{room:plaza}:feed`,
    ]);
    feeds.close(feed);
    await vi.waitFor(async () => expect(await followed()).toEqual([`${stage.prefix}{room:other}:feed`]));
    feeds.close(other);
    await vi.waitFor(async () => expect(await followed()).toEqual([]));
  });

  it("hands on what is whispered, in order with events but without a place", async () => {
    const { stage, listener, say, expectSeen, feed } = await followPlaza();
    await stage.logs.whisper(plaza, '{"typing":true}');
    await say("m1");
    await expectSeen(["1 m1"]);
    expect(listener.whispers).toEqual(['{"typing":true}']);
    expect(feed.position().seq).toBe(1);
  });
});

describe("what pub/sub loses", () => {
  it("is read back, in order, when it was in the middle", async () => {
    const { say, sayLost, expectSeen, counts } = await followPlaza();
    await say("m1");
    await sayLost("m2");
    await sayLost("m3");
    await say("m4");
    await expectSeen(numbered(1, 4));
    await say("m5");
    await expectSeen(numbered(1, 5));
    expect(counts.resets).toBe(0);
    expect(counts.repaired).toBeGreaterThanOrEqual(2);
  });

  it("is read back when it was more than one reading holds", async () => {
    const { stage, say, expectSeen } = await followPlaza();
    await Promise.all(
      numbered(1, 1_200).map((text) => appendLost(stage.logs, plaza, said(text.replace(/^\d+ /, "")))),
    );
    await say("m1201");
    await expectSeen(numbered(1, 1_201));
  });

  it("is noticed by the check when it was the last one", async () => {
    const { feeds, say, sayLost, expectSeen, counts } = await followPlaza();
    await say("m1");
    await expectSeen(["1 m1"]);
    await sayLost("m2");
    await feeds.check();
    await expectSeen(["1 m1", "2 m2"]);
    expect(counts).toEqual({ repaired: 1, resets: 0 });
  });

  it("is noticed by itself, soon", async () => {
    const { sayLost, expectSeen } = await followPlaza({ timing: { checkEveryMs: 30, suspectForMs: 10 } });
    await sayLost("m1");
    await expectSeen(["1 m1"]);
    expect(defaultFeedTiming.checkEveryMs + defaultFeedTiming.suspectForMs).toBeLessThan(10_000);
  });

  it("is found in every one of many logs by one check", async () => {
    const stage = await createStage(server());
    const { feeds } = follow({ logs: stage.logs, subscriber: await subscribe(stage), timing: unhurried });
    const names = Array.from({ length: 1_050 }, (_, i) => roomLog(`room-${i}`));
    const listeners = names.map(() => createListener());
    await Promise.all(
      names.map((name, i) => feeds.open(name, listeners[i]?.consumer ?? { onBatch() {}, onReset() {} })),
    );
    const chosen = [0, 499, 500, 1_000, 1_049];
    for (const i of chosen) await appendLost(stage.logs, names[i] ?? plaza, said(`to ${i}`));
    await feeds.check();
    await vi.waitFor(() => {
      for (const i of chosen) expect(listeners[i]?.seen).toEqual([`1 to ${i}`]);
    });
    expect(listeners.flatMap((listener) => listener.seen)).toHaveLength(chosen.length);
  });

  it("waits for Redis to be readable again, and holds back live events meanwhile", async () => {
    let away = false;
    const { feeds, feed, say, sayLost, expectSeen, listener } = await followPlaza({
      logs: (logs) => ({
        since: (...args) => (away ? Promise.reject(new Error("away")) : logs.since(...args)),
      }),
    });
    await say("m1");
    await expectSeen(["1 m1"]);
    away = true;
    await sayLost("m2");
    await say("m3");
    await vi.waitFor(() => expect(feed.live).toBe(false));
    await feeds.check();
    expect(listener.seen).toEqual(["1 m1"]);
    away = false;
    await feeds.check();
    await expectSeen(numbered(1, 3));
    expect(feed.live).toBe(true);
  });
});

describe("a history that was rewritten", () => {
  it("is noticed when another event comes to a place that was handed out", async () => {
    const { stage, say, expectSeen, counts, feed } = await followPlaza();
    await say("m1");
    const rewind = await keepCopy(stage, plaza);
    await say("m2");
    await expectSeen(numbered(1, 2));
    await rewind();
    await say("other");
    await expectSeen(["1 m1", "2 m2", "reset"]);
    expect(counts.resets).toBe(1);
    await say("next");
    await expectSeen(["1 m1", "2 m2", "reset", "3 next"]);
    expect(cursorOf(feed.position())).toBe(cursorOf((await stage.logs.heads([plaza]))[0] ?? genesis));
  });

  it.each([
    ["is behind", []],
    ["is at the same place", ["other"]],
    ["is ahead", ["other", "and more"]],
  ])("is noticed by the check when nothing was published and the log %s", async (_, written) => {
    const { stage, say, sayLost, feeds, feed, expectSeen } = await followPlaza();
    await say("m1");
    const rewind = await keepCopy(stage, plaza);
    await say("m2");
    await expectSeen(numbered(1, 2));
    await rewind();
    for (const text of written) await sayLost(text);
    await feeds.check();
    await expectSeen(["1 m1", "2 m2", "reset"]);
    expect(feed.position()).toEqual((await stage.logs.heads([plaza]))[0]);
  });

  it("is noticed when the next event was appended to another history", async () => {
    const { stage, say, sayLost, expectSeen } = await followPlaza();
    await say("m1");
    const rewind = await keepCopy(stage, plaza);
    await say("m2");
    await expectSeen(numbered(1, 2));
    await rewind();
    await sayLost("other");
    await say("and more");
    await expectSeen(["1 m1", "2 m2", "reset"]);
  });

  it("is noticed when the very same message comes to the same place behind another history", async () => {
    const { stage, say, sayLost, feeds, expectSeen } = await followPlaza();
    await say("m1");
    const rewind = await keepCopy(stage, plaza);
    await say("m2");
    const again = said("m3");
    await stage.logs.append(plaza, again);
    await expectSeen(numbered(1, 3));
    const [before] = await stage.logs.heads([plaza]);
    await rewind();
    await sayLost("somebody else's");
    await appendLost(stage.logs, plaza, again);
    const [after] = await stage.logs.heads([plaza]);
    expect(after).toMatchObject({ seq: before?.seq, n: before?.n });
    await feeds.check();
    await expectSeen([...numbered(1, 3), "reset"]);
  });

  it("is noticed when the very same message comes to the same place behind the same history, at another time", async () => {
    const { stage, say, feeds, expectSeen } = await followPlaza();
    await say("m1");
    const rewind = await keepCopy(stage, plaza);
    const again = said("m2");
    await stage.logs.append(plaza, again);
    await expectSeen(numbered(1, 2));
    await rewind();
    await stage.logs.append(plaza, again);
    await feeds.check();
    await expectSeen([...numbered(1, 2), "reset"]);
    await say("m3");
    await expectSeen([...numbered(1, 2), "reset", "3 m3"]);
  });

  it("is told when what was lost has been trimmed meanwhile", async () => {
    const { stage, say, sayLost, expectSeen } = await followPlaza();
    await say("m1");
    await expectSeen(["1 m1"]);
    for (const text of ["m2", "m3", "m4"]) await sayLost(text);
    const trimming = await createStage(server(), { prefix: stage.prefix, history: { maxEvents: 1 } });
    await trimming.logs.trim(plaza);
    await say("m5");
    await expectSeen(["1 m1", "reset"]);
    await say("m6");
    await expectSeen(["1 m1", "reset", "6 m6"]);
  });
});

describe("what is read beside what goes out live", () => {
  /** A page of the plaza, as a client is handed one; notes when it was. */
  const page = ({ stage, feed, listener }: Awaited<ReturnType<typeof followPlaza>>) =>
    feed
      .readAlong(
        () => stage.logs.page(plaza, { direction: "older", messages: 50 }),
        ({ head }) => cursorOf(head),
      )
      .then(({ messages }) => void listener.seen.push(`page to ${messages.at(-1)?.seq}`));

  /** Two messages were handed out, and then the log has but the first of them; nobody is told. */
  async function rewound({ stage, say, expectSeen }: Awaited<ReturnType<typeof followPlaza>>) {
    await say("m1");
    const rewind = await keepCopy(stage, plaza);
    await say("m2");
    await expectSeen(numbered(1, 2));
    await rewind();
  }

  it.each([
    ["is behind", []],
    ["is at the same place", ["other"]],
  ])("is told to be another history before it is handed out, when the log %s", async (_, written) => {
    const plazaHere = await followPlaza();
    const { sayLost, expectSeen } = plazaHere;
    await rewound(plazaHere);
    for (const text of written) await sayLost(text);
    await page(plazaHere);
    await expectSeen(["1 m1", "2 m2", "reset", `page to ${1 + written.length}`]);
  });

  it("costs no question when the log went on while it was read, whichever was first", async () => {
    let asked = 0;
    const plazaHere = await followPlaza({
      logs: (logs) => ({
        since: (...args) => {
          asked += 1;
          return logs.since(...args);
        },
      }),
    });
    const { say, sayLost, expectSeen, listener, stage, feed } = plazaHere;
    await say("m1");
    await expectSeen(["1 m1"]);
    await feed.readAlong(async () => {
      const { head } = await stage.logs.page(plaza, { direction: "older", messages: 50 });
      await say("m2");
      await expectSeen(numbered(1, 2));
      return head;
    }, cursorOf);
    await sayLost("m3");
    await page(plazaHere);
    expect(listener.seen).toEqual(["1 m1", "2 m2", "page to 3"]);
    expect(asked).toBe(0);
  });

  it("is refused while it is not known which history goes on", async () => {
    let away = false;
    const plazaHere = await followPlaza({
      logs: (logs) => ({
        since: (...args) => (away ? Promise.reject(new Error("away")) : logs.since(...args)),
      }),
    });
    const { expectSeen, feeds } = plazaHere;
    await rewound(plazaHere);
    away = true;
    expect(await errorOf(page(plazaHere))).toMatchObject({ code: "unavailable" });
    away = false;
    await feeds.check();
    await expectSeen(["1 m1", "2 m2", "reset"]);
    await page(plazaHere);
    await expectSeen(["1 m1", "2 m2", "reset", "page to 1"]);
  });
});

describe("batches", () => {
  const longAgo = { flushEveryMs: 3_600_000 };

  it("go out at once when nothing went before, then together, and whole when the position is asked for", async () => {
    const { feed, say, listener, expectSeen } = await followPlaza({ timing: longAgo });
    await say("m1");
    await expectSeen(["1 m1"]);
    await say("m2");
    await say("m3");
    await vi.waitFor(() => expect(feed.newest.seq).toBe(3));
    expect(listener.batches).toEqual([["1 m1"]]);
    const position = feed.position();
    expect(position.seq).toBe(3);
    expect(listener.batches).toEqual([["1 m1"], ["2 m2", "3 m3"]]);
    expect(listener.cursors.at(-1)).toBe(cursorOf(position));
  });

  it("go out when they are large enough", async () => {
    const { say, listener, feed } = await followPlaza({ timing: { ...longAgo, flushBytes: 2_000 } });
    await say("first");
    await vi.waitFor(() => expect(listener.batches).toHaveLength(1));
    await say("x".repeat(900));
    await vi.waitFor(() => expect(feed.newest.seq).toBe(2));
    expect(listener.batches).toHaveLength(1);
    await say("y".repeat(900));
    await vi.waitFor(() => expect(listener.batches).toHaveLength(2));
    expect(listener.batches[1]).toHaveLength(2);
  });

  it("go out by themselves a moment after the one before", async () => {
    const { say, expectSeen, listener } = await followPlaza({ timing: { flushEveryMs: 20 } });
    await Promise.all(Array.from({ length: 50 }, (_, i) => say(`m${i + 1}`)));
    await vi.waitFor(() => expect(listener.seen).toHaveLength(50));
    await say("last");
    await vi.waitFor(() => expect(listener.seen.at(-1)).toBe("51 last"));
    expect(listener.batches.length).toBeLessThan(51);
    await expectSeen(listener.batches.flat());
  });

  it("end with the feed", async () => {
    const { feed, feeds, say, listener } = await followPlaza({ timing: longAgo });
    await say("m1");
    await vi.waitFor(() => expect(listener.seen).toHaveLength(1));
    await say("m2");
    await vi.waitFor(() => expect(feed.newest.seq).toBe(2));
    feeds.close(feed);
    feed.flush();
    feed.receive("3 1 0 abc def message x");
    expect(listener.seen).toEqual(["1 m1"]);
  });
});

describe("the subscriber's connection", () => {
  it("comes back when it is killed, and nothing is missed or doubled", async () => {
    const { stage, say, subscriber, feeds, expectSeen } = await followPlaza();
    const quiet = createListener();
    const other = await feeds.open(roomLog("other"), quiet.consumer);
    await say("m1");
    let restored = 0;
    subscriber.onRestored(() => {
      restored += 1;
    });
    await stage.redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    // While nobody is subscribed, and then with nobody writing any more: only the comparison of heads can find these.
    await say("m2");
    await say("m3");
    await stage.logs.append(roomLog("other"), said("m1"));
    await expectSeen(numbered(1, 3));
    await vi.waitFor(() => expect(quiet.seen).toEqual(["1 m1"]));
    expect(restored).toBe(1);
    expect(subscriber.healthy).toBe(true);
    await say("m4");
    await expectSeen(numbered(1, 4));
    expect(other.live).toBe(true);
  });

  it("survives being killed again and again under load", async () => {
    const { stage, say, listener, expectSeen, counts } = await followPlaza({
      timing: { checkEveryMs: 100, suspectForMs: 20 },
    });
    for (let round = 0; round < 5; round++) {
      const burst = Promise.all(Array.from({ length: 40 }, () => say("x")));
      await stage.redis.call("CLIENT", "KILL", "TYPE", "pubsub");
      await burst;
      await vi.waitFor(() => expect(listener.seen.length).toBeGreaterThan(round * 40));
    }
    await expectSeen(Array.from({ length: 200 }, (_, i) => `${i + 1} x`));
    expect(counts.resets).toBe(0);
  });

  it("is made anew when it went deaf without closing", { timeout: 30_000 }, async () => {
    const stage = await createStage(server());
    const proxy = await startTcpProxy(server().port);
    const url = new URL(server().url);
    url.port = String(proxy.port);
    const subscriber = await subscribe(stage, url.href);
    const { feeds } = follow({ logs: stage.logs, subscriber, timing: unhurried });
    const listener = createListener();
    await feeds.open(plaza, listener.consumer);
    await stage.logs.append(plaza, said("m1"));
    await vi.waitFor(() => expect(listener.seen).toEqual(["1 m1"]));
    proxy.blackHole();
    const startedMs = performance.now();
    await stage.logs.append(plaza, said("m2"));
    await vi.waitFor(() => expect(listener.seen).toEqual(["1 m1", "2 m2"]), 20_000);
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    expect(proxy.accepted).toBe(2);
    expect(subscriber.healthy).toBe(true);
    await stage.logs.append(plaza, said("m3"));
    await vi.waitFor(() => expect(listener.seen).toEqual(["1 m1", "2 m2", "3 m3"]));
  });
});

describe("events that wait while a gap is read", () => {
  /** A chain of events as they are published, with the log that they are read back from. */
  function history(count: number) {
    const published: string[] = [];
    const entries: Entry[] = [];
    for (let seq = 1; seq <= count; seq++) {
      const before = seq === 1 ? "0" : String(seq - 1);
      const payload = `${seq} ${seq} 1700000000000 ${before} ${seq} message "id":"${messageId()}","text":"m${seq}"}`;
      published.push(payload);
      entries.push(parseRecord(payload));
    }
    return { published, entries };
  }

  function feedOf(entries: readonly Entry[], maxHeld: number) {
    const listener = createListener();
    const readings: number[] = [];
    let head = 0;
    let release = (_upTo: number) => {};
    const feed = new Feed(plaza, listener.consumer, {
      timing: { ...defaultFeedTiming, maxHeld },
      async readMissed(_log, from): Promise<Missed> {
        readings.push(from.seq);
        const first = readings.length === 1;
        const upTo = first ? await new Promise<number>((resolve) => (release = resolve)) : head;
        return { entries: entries.slice(from.seq, upTo), more: false, head: entries[upTo - 1] ?? genesis };
      },
      readHead: () => Promise.reject(new Error("not asked for")),
      onRepaired: () => {},
      onReset: () => {},
    });
    feed.start(genesis);
    return {
      feed,
      listener,
      readings,
      /** Lets the first reading end, which saw the log up to there; later ones see it whole. */
      release(upTo: number) {
        head = entries.length;
        release(upTo);
      },
    };
  }

  it("are 5,000 at most; what is beyond is read from the log without another event's help", async () => {
    const { published, entries } = history(6_000);
    const { feed, listener, readings, release } = feedOf(entries, defaultFeedTiming.maxHeld);
    // The first event is lost, so the second one proves a gap.
    for (const payload of published.slice(1)) feed.receive(payload);
    release(2);
    await vi.waitFor(() => expect(listener.seen).toEqual(numbered(1, 6_000)));
    // The second reading starts where what could be held ended.
    expect(readings).toEqual([0, 5_001]);
  });

  it("show a further gap among themselves, which is read at once", async () => {
    const { published, entries } = history(6);
    const { feed, listener, release } = feedOf(entries, 100);
    for (const seq of [2, 3, 5, 6]) feed.receive(published[seq - 1] ?? "");
    release(2);
    await vi.waitFor(() => expect(listener.seen).toEqual(numbered(1, 6)));
    expect(feed.live).toBe(true);
  });

  it("are dropped where the reading brought them already", async () => {
    const { published, entries } = history(5);
    const { feed, listener, readings, release } = feedOf(entries, 100);
    for (const seq of [2, 3, 4]) feed.receive(published[seq - 1] ?? "");
    release(5);
    await vi.waitFor(() => expect(listener.seen).toEqual(numbered(1, 5)));
    feed.receive(published[4] ?? "");
    feed.receive(published[2] ?? "");
    await vi.waitFor(() => expect(feed.live).toBe(true));
    expect(listener.seen).toEqual(numbered(1, 5));
    expect(readings[0]).toBe(0);
  });
});
