import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Audience, createAudiences } from "../../services/chat/delivery/audience.ts";
import type { Connection } from "../../services/chat/delivery/connection.ts";
import { ownLogPresentation, roomPresentation } from "../../services/chat/delivery/presentation.ts";
import {
  cursorOf,
  type Entry,
  eventJson,
  type Feed,
  type FeedConsumer,
  type Feeds,
  genesis,
  type LogName,
  type Logs,
  type Position,
} from "../../services/logs/index.ts";
import { RequestError, type UserId } from "../../services/protocol/index.ts";

const plaza: LogName = { kind: "room", id: "plaza" };

/** Somebody leaves with this event of the log. */
const departure = 4;
const gone = "u-gone" as UserId;
const outsider = "u-outside" as UserId;

function entry(seq: number): Entry {
  return {
    seq,
    n: seq,
    atMs: 1_000,
    before: String(seq - 1),
    chain: String(seq),
    type: seq === departure ? "member" : "message",
    body: `"id":"m${seq}","type":"message","text":"m${seq}"}`,
    overlay: "",
  };
}

/** A log, and the feed of it, that a test moves by hand. */
function start(options: { openWith?: (consumer: FeedConsumer) => void; large?: boolean } = {}) {
  let large = options.large ?? false;
  let handedOut: Position = genesis;
  let written = 0;
  const pending: Entry[] = [];
  let consumer: FeedConsumer | undefined;
  const opened: LogName[] = [];
  const closed: LogName[] = [];
  let reading: Promise<unknown> = Promise.resolve();
  let reads = 0;

  function flush(): void {
    const entries = pending.splice(0);
    const last = entries.at(-1);
    if (!last) return;
    consumer?.onBatch({ entries, events: entries.map(eventJson), cursor: cursorOf(last) });
  }
  const feed = {
    name: plaza,
    position() {
      flush();
      return handedOut;
    },
  } as Feed;
  const feeds: Pick<Feeds, "open" | "close"> = {
    async open(name, follower) {
      opened.push(name);
      consumer = follower;
      options.openWith?.(follower);
      await Promise.resolve();
      return feed;
    },
    close: (which) => void closed.push(which.name),
  };
  const logs: Pick<Logs, "since"> = {
    async since(_name, cursor, { member }) {
      reads += 1;
      if (member === outsider) throw new RequestError("forbidden", "only members may read this room");
      const head = written;
      await reading;
      if (cursor.chain !== String(cursor.seq)) return undefined;
      const entries = Array.from({ length: head - cursor.seq }, (_, i) => entry(cursor.seq + i + 1));
      return { entries, more: false, head: head === 0 ? genesis : entry(head) };
    },
  };
  const told: string[] = [];
  const forgotten: string[] = [];
  const delivered: [number, number][] = [];
  const audiences = createAudiences({
    feeds: feeds as Feeds,
    logs: logs as Logs,
    presentation: (name) => (name.kind === "room" ? roomPresentation(name.id) : ownLogPresentation),
    isLarge: () => large,
    endsDelivery: ({ type }) => type === "member",
    onEntry(name, { seq, type }, audience) {
      told.push(`${name.id} ${seq} ${audience.connections.size}`);
      if (type === "member") for (const one of audience.connectionsOf(gone)) audience.detach(one);
    },
    onForgotten: (name) => void forgotten.push(name.id),
    onDelivered: (events, receivers) => void delivered.push([events, receivers]),
  });
  return {
    audiences,
    opened,
    closed,
    told,
    forgotten,
    delivered,
    get reads() {
      return reads;
    },
    /** What is in the log by now, whether the feed has it or not. */
    write(seq: number) {
      written = seq;
    },
    /** The feed takes the next event in; it goes out with the next flush. */
    take() {
      const next = entry(handedOut.seq + 1);
      written = Math.max(written, next.seq);
      handedOut = next;
      pending.push(next);
    },
    flush,
    reset: () => consumer?.onReset(),
    whisper: (json: string) => consumer?.onWhisper?.(json),
    grow: () => {
      large = true;
    },
    readUntil(promise: Promise<unknown>) {
      reading = promise;
    },
  };
}

function connection({ open = true, user = "u0", receipts = true } = {}) {
  const packets: string[] = [];
  const one = {
    open,
    user: { id: user },
    receipts,
    focus: undefined as string | null | undefined,
    send: ({ packet }: { packet: string }) => void packets.push(packet),
  };
  return {
    connection: one as unknown as Connection,
    /** Says what is on its screen. */
    look(audience: Audience, at: string | null) {
      one.focus = at;
      return audience.look(one as unknown as Connection);
    },
    close: () => {
      one.open = false;
    },
    packets,
    /** Sequences as the client gets them. */
    get seqs() {
      return packets.flatMap((packet): (number | string)[] => {
        const [name, payload] = JSON.parse(packet.slice(1)) as [string, { events?: { seq: number }[] }];
        return name.endsWith(":events") ? (payload.events ?? []).map(({ seq }) => seq) : [name];
      });
    },
  };
}

const at = (seq: number) => ({ seq, chain: String(seq) });

describe("attaching", () => {
  it("goes on right after the position that is answered, without a gap or an overlap", async () => {
    const { audiences, take, flush } = start();
    const audience = await audiences.of(plaza);
    const first = connection();
    audience.attach(first.connection);
    take();
    take();
    const second = connection();
    // What was taken in and not flushed yet goes to those who were here before.
    expect(audience.attach(second.connection)).toMatchObject({ seq: 2 });
    take();
    flush();
    expect(first.seqs).toEqual([1, 2, 3]);
    expect(second.seqs).toEqual([3]);
  });

  it("is not for connections that are closed already", async () => {
    const { audiences, take } = start();
    const audience = await audiences.of(plaza);
    const gone = connection({ open: false });
    audience.attach(gone.connection);
    await audience.attachFrom(gone.connection, at(0));
    expect(audience.connections.size).toBe(0);
    take();
    audience.position();
    expect(gone.packets).toEqual([]);
  });

  it("ends with detaching", async () => {
    const { audiences, take, flush } = start();
    const audience = await audiences.of(plaza);
    const one = connection();
    audience.attach(one.connection);
    audience.detach(one.connection);
    take();
    flush();
    expect(one.packets).toEqual([]);
  });

  it("ends with the event that ends it, also in the middle of a batch, and on every device", async () => {
    const { audiences, take, flush } = start();
    const audience = await audiences.of(plaza);
    const [leaves, also, stays] = [connection({ user: gone }), connection({ user: gone }), connection()];
    for (const one of [leaves, also, stays]) audience.attach(one.connection);
    for (let seq = 1; seq <= departure + 2; seq++) take();
    flush();
    expect(leaves.seqs).toEqual([1, 2, 3, 4]);
    expect(also.seqs).toEqual([1, 2, 3, 4]);
    expect(stays.seqs).toEqual([1, 2, 3, 4, 5, 6]);
    expect(audience.connectionsOf(gone)).toEqual([]);
  });

  it("is not for those who are out again when they were told to come in", async () => {
    const { audiences, write } = start();
    const audience = await audiences.of(plaza);
    const late = connection({ user: outsider });
    write(2);
    expect(await audience.attachFrom(late.connection, at(0))).toBe(false);
    expect(audience.connectionsOf(outsider)).toEqual([]);
    expect(late.packets).toEqual([]);
  });

  it("encodes once for all", async () => {
    const { audiences, take, flush, delivered } = start();
    const audience = await audiences.of(plaza);
    const frames: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      audience.attach({
        open: true,
        send: (frame: unknown) => void frames.push(frame),
      } as unknown as Connection);
    }
    take();
    take();
    flush();
    expect(frames).toHaveLength(3);
    expect(new Set(frames).size).toBe(1);
    expect(delivered).toEqual([[2, 3]]);
  });
});

describe("attaching from an earlier position", () => {
  it("sends what lies between first, then what is live", async () => {
    const { audiences, take, flush } = start();
    const audience = await audiences.of(plaza);
    for (let i = 0; i < 4; i++) take();
    flush();
    const one = connection();
    await audience.attachFrom(one.connection, at(2));
    take();
    flush();
    expect(one.seqs).toEqual([3, 4, 5]);
  });

  it("leaves no gap when the room goes on while the log is being read", async () => {
    const { audiences, take, flush, readUntil } = start();
    const audience = await audiences.of(plaza);
    take();
    flush();
    const one = connection();
    let read = () => {};
    readUntil(new Promise<void>((resolve) => (read = resolve)));
    const attached = audience.attachFrom(one.connection, at(0));
    take();
    take();
    read();
    await attached;
    take();
    flush();
    expect(one.seqs).toEqual([1, 2, 3, 4]);
  });

  it("leaves to the feed what the log has and the feed has not", async () => {
    const { audiences, take, flush, write } = start();
    const audience = await audiences.of(plaza);
    take();
    flush();
    write(3);
    const one = connection();
    await audience.attachFrom(one.connection, at(0));
    take();
    take();
    flush();
    expect(one.seqs).toEqual([1, 2, 3]);
  });

  it("says to start over when the position is of another history", async () => {
    const { audiences, take, flush } = start();
    const audience = await audiences.of(plaza);
    take();
    flush();
    const one = connection();
    await audience.attachFrom(one.connection, { seq: 1, chain: "other" });
    take();
    flush();
    expect(one.seqs).toEqual(["room:reset", 2]);
  });

  it("says to start over when the room is too busy to catch up with", async () => {
    const started = start();
    const { audiences, take, flush } = started;
    const audience = await audiences.of(plaza);
    const one = connection();
    // Each time the log was read, the feed is ahead again.
    started.readUntil({
      // biome-ignore lint/suspicious/noThenProperty: stands in for a promise, to act each time it is awaited
      then(resolve: () => void) {
        take();
        take();
        resolve();
      },
    } as unknown as Promise<void>);
    await audience.attachFrom(one.connection, at(0));
    expect(started.reads).toBe(5);
    expect(one.seqs.at(-1)).toBe("room:reset");
    one.packets.length = 0;
    take();
    flush();
    expect(one.seqs).toHaveLength(1);
  });

  it("does nothing twice for a connection that was attached meanwhile, or closed", async () => {
    const { audiences, take, flush, readUntil } = start();
    const audience = await audiences.of(plaza);
    take();
    flush();
    let read = () => {};
    readUntil(new Promise<void>((resolve) => (read = resolve)));
    const attached = connection();
    const closed = connection();
    const both = [attached, closed].map((one) => audience.attachFrom(one.connection, at(0)));
    audience.attach(attached.connection);
    closed.close();
    read();
    await Promise.all(both);
    take();
    flush();
    expect(attached.seqs).toEqual([2]);
    expect(closed.packets).toEqual([]);
  });
});

describe("a large room", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const heads = (packets: readonly string[]) =>
    packets.flatMap((packet) => {
      const [name, payload] = JSON.parse(packet.slice(1)) as [string, object];
      return name === "room:head" ? [payload] : [];
    });

  /** A large room with somebody in it who looks elsewhere. */
  async function begin() {
    const started = start({ large: true });
    const audience = await started.audiences.of(plaza);
    const one = connection();
    audience.attach(one.connection);
    const say = (count: number) => {
      for (let i = 0; i < count; i++) started.take();
      started.flush();
    };
    return { ...started, audience, one, say };
  }

  it("tells everything to those who look at it, and to those who never say what they look at", async () => {
    const { audience, one, say } = await begin();
    const bot = connection();
    audience.attach(bot.connection);
    await one.look(audience, "plaza");
    say(2);
    expect(one.seqs).toEqual([1, 2]);
    expect(bot.seqs).toEqual([1, 2]);
  });

  it("tells others how far it is, at once and then every two seconds, the latest always", async () => {
    const { audience, one, say } = await begin();
    await one.look(audience, "elsewhere");
    say(1);
    say(2);
    say(1);
    expect(heads(one.packets)).toEqual([{ room: "plaza", seq: 1, n: 1, cursor: "1-1" }]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(heads(one.packets)).toMatchObject([{ seq: 1 }, { seq: 4, n: 4, cursor: "4-4" }]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(one.packets).toHaveLength(2);
    say(1);
    expect(heads(one.packets)).toHaveLength(3);
  });

  it("gives what was missed to whoever looks again, then what is live, without gap or overlap", async () => {
    const { audience, one, say, readUntil, take, flush } = await begin();
    say(2);
    await one.look(audience, null);
    say(3);
    let read = () => {};
    readUntil(new Promise<void>((resolve) => (read = resolve)));
    const looked = one.look(audience, "plaza");
    take();
    take();
    read();
    await looked;
    say(1);
    flush();
    expect(one.seqs.filter((seq) => seq !== "room:head")).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(one.seqs.filter((seq) => seq === "room:head")).toHaveLength(1);
  });

  it("stays in order for somebody who cannot decide where to look", async () => {
    const { audience, one, say, readUntil } = await begin();
    await one.look(audience, "elsewhere");
    say(2);
    let read = () => {};
    readUntil(new Promise<void>((resolve) => (read = resolve)));
    const looks = [one.look(audience, "plaza"), one.look(audience, "elsewhere"), one.look(audience, "plaza")];
    say(1);
    read();
    await Promise.all(looks);
    say(1);
    expect(one.seqs.filter((seq) => seq !== "room:head")).toEqual([1, 2, 3, 4]);
    const away = one.look(audience, "elsewhere");
    say(1);
    await away;
    await one.look(audience, "plaza");
    expect(one.seqs.filter((seq) => seq !== "room:head")).toEqual([1, 2, 3, 4, 5]);
  });

  it("is told as its head to whoever has missed too much of it, and goes on from there", async () => {
    const { audience, one, say } = await begin();
    await one.look(audience, "elsewhere");
    say(600);
    one.packets.length = 0;
    await one.look(audience, "plaza");
    expect(heads(one.packets)).toMatchObject([{ seq: 600 }]);
    say(1);
    expect(one.seqs).toEqual(["room:head", 601]);
  });

  it("is told as its head when what was missed cannot be read", async () => {
    const { audience, one, say, readUntil } = await begin();
    await one.look(audience, "elsewhere");
    say(2);
    one.packets.length = 0;
    readUntil(Promise.reject(new Error("away")));
    await one.look(audience, "plaza");
    say(1);
    expect(one.seqs).toEqual(["room:head", 3]);
  });

  it("lets those step aside who look elsewhere when it becomes large", async () => {
    const { audiences, take, flush, grow } = start();
    const audience = await audiences.of(plaza);
    const one = connection();
    audience.attach(one.connection);
    await one.look(audience, "elsewhere");
    take();
    flush();
    grow();
    take();
    flush();
    take();
    flush();
    expect(one.seqs).toEqual([1, 2, "room:head"]);
    await one.look(audience, "plaza");
    expect(one.seqs).toEqual([1, 2, "room:head", 3]);
  });

  it("says to start over to all, and goes on from there", async () => {
    const { audience, one, say, reset } = await begin();
    say(2);
    await one.look(audience, "elsewhere");
    reset();
    expect(one.seqs).toEqual([1, 2, "room:reset"]);
    await one.look(audience, "plaza");
    say(1);
    expect(one.seqs).toEqual([1, 2, "room:reset", 3]);
  });

  it("is closed only when nobody is left, those who look elsewhere included", async () => {
    const { audience, one, closed } = await begin();
    await one.look(audience, "elsewhere");
    const other = connection();
    audience.attach(other.connection);
    audience.detach(other.connection);
    vi.advanceTimersByTime(60_000);
    expect(closed).toEqual([]);
    audience.detach(one.connection);
    vi.advanceTimersByTime(60_000);
    expect(closed).toEqual([plaza]);
  });
});

describe("what else comes", () => {
  it("is told after it was delivered, also when nobody is here", async () => {
    const { audiences, take, flush, told } = start();
    const audience = await audiences.of(plaza);
    take();
    flush();
    audience.attach(connection().connection);
    take();
    flush();
    expect(told).toEqual(["plaza 1 0", "plaza 2 1"]);
  });

  it("may come before the position is known", async () => {
    const early = entry(1);
    const { audiences, told } = start({
      openWith: (consumer) =>
        consumer.onBatch({ entries: [early], events: [eventJson(early)], cursor: cursorOf(early) }),
    });
    await audiences.of(plaza);
    expect(told).toEqual(["plaza 1 0"]);
  });

  it("is a reset for all, and what was learned is forgotten", async () => {
    const { audiences, reset, forgotten } = start();
    const audience = await audiences.of(plaza);
    const one = connection();
    audience.attach(one.connection);
    reset();
    expect(one.packets).toEqual(['2["room:reset",{"room":"plaza"}]']);
    expect(forgotten).toEqual(["plaza"]);
  });

  it("is that somebody types, for others who look", async () => {
    const { audiences, whisper } = start();
    const audience = await audiences.of(plaza);
    const [looks, never, elsewhere, typist] = [
      connection(),
      connection(),
      connection(),
      connection({ user: "u1" }),
    ];
    for (const one of [looks, never, elsewhere, typist]) audience.attach(one.connection);
    await looks.look(audience, "plaza");
    await elsewhere.look(audience, "elsewhere");
    whisper('["room:typing",{"room":"plaza","user":{"id":"u1"},"on":true}]');
    const told = ['2["room:typing",{"room":"plaza","user":{"id":"u1"},"on":true}]'];
    expect([looks, never, elsewhere, typist].map(({ packets }) => packets)).toEqual([told, told, [], []]);
  });

  it("is how far somebody has read, for those who show it themselves", async () => {
    const { audiences, whisper } = start();
    const audience = await audiences.of(plaza);
    const [shows, hides] = [connection(), connection({ receipts: false })];
    for (const one of [shows, hides]) audience.attach(one.connection);
    whisper('["room:receipt",{"room":"plaza","user":{"id":"u1"},"n":4}]');
    expect([shows.packets.length, hides.packets.length]).toEqual([1, 0]);
  });

  it("is what one writes on another device, in one's own log", async () => {
    const { audiences, whisper } = start();
    const one = connection();
    (await audiences.of({ kind: "user", id: "u1" })).attach(one.connection);
    whisper('["me:draft",{"room":"plaza","text":"half a th","revision":3}]');
    expect(one.packets).toEqual(['2["me:draft",{"room":"plaza","text":"half a th","revision":3}]']);
  });

  it("is named after the log that it is of", async () => {
    const { audiences, take, flush } = start();
    const one = connection();
    (await audiences.of({ kind: "user", id: "u1" })).attach(one.connection);
    take();
    flush();
    const [name, payload] = JSON.parse(one.packets[0]?.slice(1) ?? "[]") as [string, object];
    expect(name).toBe("me:events");
    expect(payload).toEqual({ events: [JSON.parse(eventJson(entry(1)))], cursor: "1-1" });
  });
});

describe("following a log", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("happens once, however many ask", async () => {
    const { audiences, opened } = start();
    const all: Audience[] = await Promise.all([audiences.of(plaza), audiences.of(plaza)]);
    all.push(await audiences.of(plaza));
    expect(opened).toEqual([plaza]);
    expect(new Set(all).size).toBe(1);
    expect(audiences.present(plaza)).toBe(all[0]);
    expect(audiences.size).toBe(1);
  });

  it("ends some time after the last one left, not when somebody reloads the page", async () => {
    const { audiences, closed, opened, forgotten } = start();
    const audience = await audiences.of(plaza);
    const one = connection().connection;
    audience.attach(one);
    vi.advanceTimersByTime(60_000);
    expect(closed).toEqual([]);
    audience.detach(one);
    vi.advanceTimersByTime(9_000);
    (await audiences.of(plaza)).attach(one);
    vi.advanceTimersByTime(60_000);
    expect(closed).toEqual([]);
    audience.detach(one);
    vi.advanceTimersByTime(10_000);
    expect(closed).toEqual([plaza]);
    expect(forgotten).toEqual(["plaza"]);
    expect(audiences.present(plaza)).toBeUndefined();
    await audiences.of(plaza);
    expect(opened).toHaveLength(2);
  });

  it("ends when nobody ever came, and is put off by whoever is about to", async () => {
    const { audiences, closed } = start();
    await audiences.of(plaza);
    vi.advanceTimersByTime(9_000);
    await audiences.of(plaza);
    vi.advanceTimersByTime(9_000);
    expect(closed).toEqual([]);
    vi.advanceTimersByTime(1_000);
    expect(closed).toEqual([plaza]);
  });

  it("is tried again by the next one when it failed", async () => {
    let away = true;
    const { audiences, opened } = start({
      openWith: () => {
        if (away) throw new Error("away");
      },
    });
    await expect(audiences.of(plaza)).rejects.toThrow("away");
    expect(audiences.size).toBe(0);
    away = false;
    await audiences.of(plaza);
    expect(opened).toHaveLength(2);
  });
});
