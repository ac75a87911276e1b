import { describe, expect, test } from "vitest";
import type { Message, RoomEvent } from "../../services/protocol/index.ts";
import { emptyTimeline, type Timeline } from "../../web/src/state/model.ts";
import {
  drawnEntries,
  drawnStretch,
  goToMessage,
  moveStretch,
  newestEntries,
  oldestSeq,
  seqToReadOn,
  unseenIn,
} from "../../web/src/state/stretch.ts";
import {
  addAround,
  addHistory as addHistoryFor,
  addNewer as addNewerFor,
  applyEvents as applyEventsFor,
  resetTimeline,
} from "../../web/src/state/timeline.ts";

const ada = { id: "u-ada" as never, name: "ada" };

function message(seq: number, text = `text ${seq}`): Extract<RoomEvent, { type: "message" }> {
  return {
    type: "message",
    seq,
    n: seq,
    id: `m-${seq}`,
    at: new Date(seq * 1_000).toISOString(),
    by: ada,
    text,
  };
}

function stored(seq: number, change: Partial<Message> = {}): Message {
  return { ...message(seq), rev: seq, ...change };
}

function edit(seq: number, of: number, text?: string): RoomEvent {
  return {
    type: "edit",
    seq,
    id: `e-${seq}`,
    at: new Date(seq * 1_000).toISOString(),
    by: ada,
    of: { seq: of, id: `m-${of}` as never },
    ...(text === undefined ? {} : { text }),
  };
}

function erase(seq: number, of: number): RoomEvent {
  return {
    type: "delete",
    seq,
    id: `d-${seq}`,
    at: new Date(seq * 1_000).toISOString(),
    by: ada,
    of: { seq: of, id: `m-${of}` as never },
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

const applyEvents = (timeline: Timeline, events: readonly RoomEvent[]) =>
  applyEventsFor(timeline, events, ada.id);
const addHistory = (timeline: Timeline, messages: readonly Message[], more: boolean) =>
  addHistoryFor(timeline, messages, more, ada.id);
const addNewer = (timeline: Timeline, after: number, messages: readonly Message[], more: boolean) =>
  addNewerFor(timeline, after, { messages, more }, ada.id);
const seqs = (timeline: Timeline) => timeline.entries.map((entry) => entry.seq);
const textOf = (timeline: Timeline, seq: number) => {
  const entry = timeline.entries.find((other) => other.seq === seq);
  return entry?.type === "message" ? entry.text : undefined;
};

describe("order", () => {
  test("events that arrive before the page of history that lies under them end up above it", () => {
    const live = applyEvents(emptyTimeline, [message(4), message(5)]);
    const whole = addHistory(
      live,
      range(1, 4).map((seq) => stored(seq)),
      false,
    );
    expect(seqs(whole)).toEqual([1, 2, 3, 4, 5]);
    expect(whole.history).toBe("complete");
  });

  test("an entry that arrives late takes its place, and one that arrives twice is there once", () => {
    const timeline = [[message(7)], [message(5), message(6)], [message(6), message(7)]].reduce(
      (state, events) => applyEvents(state, events),
      emptyTimeline,
    );
    expect(seqs(timeline)).toEqual([5, 6, 7]);
  });

  test("reading back goes on from the oldest message", () => {
    const timeline = addHistory(emptyTimeline, [stored(51), stored(52)], true);
    expect(oldestSeq(timeline)).toBe(51);
    expect(timeline.history).toBe("more");
  });
});

describe("changes", () => {
  test("an edit replaces the text and says so; a deletion takes the text away", () => {
    const timeline = applyEvents(emptyTimeline, [message(1), message(2), edit(3, 1, "better"), erase(4, 2)]);
    expect(timeline.entries[0]).toMatchObject({ text: "better", rev: 3, editedAt: expect.any(String) });
    expect(timeline.entries[1]).toMatchObject({ deleted: true, rev: 4 });
    expect(textOf(timeline, 2)).toBeUndefined();
    expect(seqs(timeline)).toEqual([1, 2]);
  });

  test("an edit that is older than what the page of history took into account changes nothing", () => {
    const page = addHistory(emptyTimeline, [stored(1, { text: "newest", rev: 9 })], false);
    expect(textOf(applyEvents(page, [edit(5, 1, "old")]), 1)).toBe("newest");
  });

  test("a change that happened while an older page was read holds for that page", () => {
    const changed = applyEvents(applyEvents(emptyTimeline, [message(9)]), [
      edit(10, 3, "better"),
      erase(11, 4),
    ]);
    const whole = addHistory(
      changed,
      range(1, 8).map((seq) => stored(seq)),
      false,
    );
    expect(textOf(whole, 3)).toBe("better");
    expect(whole.entries[3]).toMatchObject({ deleted: true });
  });

  test("a deleted message stays deleted, whatever edit comes after it", () => {
    const timeline = applyEvents(emptyTimeline, [message(1), erase(2, 1), edit(3, 1, "back?")]);
    expect(textOf(timeline, 1)).toBeUndefined();
  });

  test("a change that names another message at that place is not applied", () => {
    const wrong = { ...edit(2, 1, "no"), of: { seq: 1, id: "m-other" as never } } as RoomEvent;
    expect(textOf(applyEvents(emptyTimeline, [message(1), wrong]), 1)).toBe("text 1");
  });
});

describe("starting over", () => {
  test("drops everything that was known", () => {
    const before = applyEvents(emptyTimeline, [message(1), message(2), edit(3, 1, "x")]);
    const after = resetTimeline(before, [stored(1, { id: "other", text: "rewritten" })]);
    expect(after.entries).toEqual([stored(1, { id: "other", text: "rewritten" })]);
    expect(after.changes).toEqual([]);
    expect(after.history).toBe("complete");
    expect(resetTimeline(before, [stored(40)]).history).toBe("more");
  });
});

describe("what is drawn", () => {
  const filled = (count: number) =>
    addHistory(
      emptyTimeline,
      range(1, count).map((seq) => stored(seq)),
      false,
    );

  test("never more than a few screenfuls, the newest ones while one follows", () => {
    const { entries, above, below } = drawnStretch(filled(450));
    expect(entries.length).toBeGreaterThanOrEqual(drawnEntries);
    expect(entries.length).toBeLessThan(drawnEntries + 100);
    expect(entries.at(-1)?.seq).toBe(450);
    expect(above).toBe(true);
    expect(below).toBe(false);
  });

  test("their start stays where it is while many come, or all that is on screen would be made anew for each", () => {
    let timeline = filled(450);
    const starts = new Set<number | undefined>();
    for (let seq = 451; seq <= 1_450; seq++) {
      timeline = applyEvents(timeline, [message(seq)]);
      starts.add(drawnStretch(timeline).entries[0]?.seq);
    }
    expect(starts.size).toBeLessThanOrEqual(11);
  });

  test("moving up and down changes the stretch and ends at the newest", () => {
    const top = (of: Timeline) => drawnStretch(of).entries[0]?.seq ?? 0;
    let timeline = moveStretch(filled(450), "away");
    while (drawnStretch(timeline).above) {
      const before = top(timeline);
      timeline = moveStretch(timeline, "up");
      // A few at a time: each is drawn within a frame.
      expect(before - top(timeline)).toBeGreaterThan(0);
      expect(before - top(timeline)).toBeLessThanOrEqual(25);
      expect(drawnStretch(timeline).below).toBe(true);
    }
    expect(top(timeline)).toBe(1);
    expect(moveStretch(timeline, "up")).toBe(timeline);
    while (drawnStretch(timeline).below) timeline = moveStretch(timeline, "down");
    expect(drawnStretch(timeline).entries.at(-1)?.seq).toBe(450);
    expect(moveStretch(timeline, "newest").end).toBeNull();
  });

  test("what arrives while one reads further up is counted and not drawn", () => {
    const away = moveStretch(filled(20), "away");
    const later = applyEvents(away, [message(21), message(22), edit(23, 21, "x")]);
    expect(drawnStretch(later).entries.at(-1)?.seq).toBe(20);
    expect(unseenIn(later)).toBe(2);
    expect(unseenIn(moveStretch(later, "down"))).toBe(0);
    expect(unseenIn(moveStretch(later, "newest"))).toBe(0);
  });

  test("what one scrolled past upwards is not new", () => {
    const up = moveStretch(moveStretch(filled(450), "away"), "up");
    expect(drawnStretch(up).below).toBe(true);
    expect(unseenIn(up)).toBe(0);
  });

  test("a long conversation that one follows does not grow for ever, and can be read again", () => {
    let timeline = filled(10);
    for (let seq = 11; seq <= 2_000; seq++) timeline = applyEvents(timeline, [message(seq)]);
    expect(timeline.entries.length).toBeLessThan(600);
    expect(timeline.entries.at(-1)?.seq).toBe(2_000);
    expect(timeline.history).toBe("more");
  });

  test("nothing is let go above somebody who reads there", () => {
    let timeline = moveStretch(filled(450), "away");
    for (let seq = 451; seq <= 1_200; seq++) timeline = applyEvents(timeline, [message(seq)]);
    expect(timeline.entries).toHaveLength(1_200);
    expect(drawnStretch(timeline).entries.at(-1)?.seq).toBe(450);
  });
});

describe("far up in a long conversation", () => {
  const length = 6_000;
  const page = (from: number, to: number) => range(from, to).map((seq) => stored(seq));

  /** Has read back from the newest to the message with that number. */
  function readBackTo(first: number): Timeline {
    let timeline = moveStretch(addHistory(emptyTimeline, page(length - 49, length), true), "away");
    while ((oldestSeq(timeline) ?? 0) > first) {
      const oldest = oldestSeq(timeline) ?? 0;
      timeline = addHistory(timeline, page(Math.max(1, oldest - 200), oldest - 1), oldest > 201);
      while (drawnStretch(timeline).above) timeline = moveStretch(timeline, "up");
    }
    return timeline;
  }

  const held = ({ entries, tail }: Timeline) => entries.length + tail.length;

  test("what is held stays bounded, and what one reads is always among it", () => {
    const top = readBackTo(1);
    expect(held(top)).toBeLessThan(3_000);
    expect(drawnStretch(top).entries.map(({ seq }) => seq)).toEqual(range(1, drawnEntries));
    expect(top.history).toBe("complete");
  });

  test("what is said meanwhile takes nothing away from where one reads, and is counted", () => {
    let timeline = readBackTo(1);
    const before = drawnStretch(timeline).entries;
    for (let seq = length + 1; seq <= length + 900; seq++) timeline = applyEvents(timeline, [message(seq)]);
    expect(drawnStretch(timeline).entries).toEqual(before);
    expect(unseenIn(timeline)).toBe(900);
    expect(held(timeline)).toBeLessThan(3_000);
  });

  test("reading on meets the newest again, without a gap and with what changed", () => {
    let timeline = applyEvents(readBackTo(1), [message(length + 1), edit(length + 2, length, "better")]);
    expect(seqToReadOn(timeline)).toBeUndefined();
    const drawn = new Set(drawnStretch(timeline).entries.map(({ seq }) => seq));
    for (let steps = 0; drawnStretch(timeline).below && steps < 1_000; steps++) {
      timeline = moveStretch(timeline, "down");
      for (const { seq } of drawnStretch(timeline).entries) drawn.add(seq);
      const after = seqToReadOn(timeline);
      if (after !== undefined) timeline = addNewer(timeline, after, page(after + 1, after + 200), true);
    }
    expect([...drawn]).toEqual(range(1, length + 1));
    expect(textOf(timeline, length)).toBe("better");
    expect(held(timeline)).toBeLessThan(3_000);
  });

  test("a page that comes when one is somewhere else by now changes nothing", () => {
    const timeline = readBackTo(1);
    expect(addNewer(timeline, 77, page(78, 90), true)).toBe(timeline);
    const newest = moveStretch(timeline, "newest");
    expect(addNewer(newest, timeline.entries.at(-1)?.seq ?? 0, page(5_000, 5_100), true)).toBe(newest);
  });

  test("the newest are at hand at once", () => {
    const timeline = moveStretch(applyEvents(readBackTo(1), [message(length + 1)]), "newest");
    expect(seqs(timeline)).toEqual(range(length - 499, length + 1));
    expect(timeline).toMatchObject({ tail: [], end: null, history: "more" });
    expect(newestEntries(timeline).at(-1)?.seq).toBe(length + 1);
    const again = addHistory(timeline, page(length - 700, length - 500), true);
    expect(seqs(again)).toEqual(range(length - 700, length + 1));
  });
});

describe("being taken to a message that is not at hand", () => {
  const page = (from: number, to: number) => range(from, to).map((seq) => stored(seq));
  const following = addHistory(emptyTimeline, page(4_501, 5_000), true);
  const go = (timeline: Timeline, around: Message[], seq: number) =>
    goToMessage(addAround(timeline, around, ada.id), `m-${seq}` as never, null);

  test("leads there, also when it lies between where one reads and the newest", () => {
    const far = go(following, page(951, 1_050), 1_000);
    expect(far).toMatchObject({ goTo: { key: "m-1000" }, history: "more" });
    const between = go(far, page(2_951, 3_050), 3_000);
    expect(drawnStretch(between).entries.map(({ seq }) => seq)).toEqual(range(2_951, 3_050));
    expect(between.tail.map(({ seq }) => seq)).toEqual(range(4_501, 5_000));
    expect(seqToReadOn(between)).toBe(3_050);
    expect(unseenIn(between)).toBe(0);
    expect(newestEntries(moveStretch(between, "newest")).length).toBe(500);
  });

  test("joins the newest where it reaches them, and begins where the room does", () => {
    const near = go(following, page(4_441, 4_540), 4_490);
    expect(near.tail).toEqual([]);
    expect(near.entries.map(({ seq }) => seq)).toEqual(range(4_441, 5_000));
    expect(go(following, page(1, 60), 10).history).toBe("complete");
  });

  test("shows what was said of it since, and nothing that was read for another place", () => {
    const changed = applyEvents(following, [edit(5_001, 1_000, "better")]);
    const there = go(changed, page(951, 1_050), 1_000);
    expect(there.entries[49]).toMatchObject({ text: "better" });
    const late = addHistoryFor(there, page(4_401, 4_500), true, ada.id, 4_501);
    expect(late.entries).toBe(there.entries);
    expect(late.history).toBe("more");
  });

  test("counts nothing as new that one had followed", () => {
    expect(unseenIn(goToMessage(following, "m-4501" as never, null))).toBe(0);
  });
});
