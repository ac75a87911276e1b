import { describe, expect, it } from "vitest";
import { createLogSequence } from "../../web/client/log-sequence.ts";

const batch = (first: number, last: number) => ({
  events: Array.from({ length: last - first + 1 }, (_, i) => ({
    seq: first + i,
  })),
  cursor: String(last),
});

describe("the place in a log", () => {
  it("drops what waits beyond its limit and asks for it again", () => {
    const log = createLogSequence<{ seq: number }>({ cursor: "0", seq: 0 }, 3);
    log.hold();
    log.receive(batch(1, 3));
    log.receive(batch(4, 4));
    const first = log.synced({ events: [], cursor: "0", more: false });
    expect(first.events.map((e) => e.seq)).toEqual([1, 2, 3]);
    expect(first.sync).toBe(true);
    const second = log.synced({ ...batch(4, 4), more: false });
    expect(second).toEqual({ events: [{ seq: 4 }], sync: false });
  });

  it("takes a batch with a hole in it for a gap", () => {
    const log = createLogSequence<{ seq: number }>({ cursor: "0", seq: 0 });
    expect(log.receive({ events: [{ seq: 1 }, { seq: 3 }], cursor: "3" })).toEqual({
      events: [],
      sync: true,
    });
    expect(log.cursor).toBe("0");
  });

  it("with only a lower bound of its sequence goes on from its cursor", () => {
    const log = createLogSequence<{ seq: number }>({ cursor: "0", seq: 0 });
    log.startOver();
    expect(log.restarted("7", 5)).toEqual({ events: [], sync: false });
    expect(log.receive(batch(8, 8)).sync).toBe(true);
    const outcome = log.synced({ ...batch(8, 9), more: false });
    expect(outcome.events.map((e) => e.seq)).toEqual([8, 9]);
  });

  it("hands out each event once and in order, whatever is lost, repeated or cut off", () => {
    // A small generator of its own, so that a failure can be repeated.
    let state = 12345;
    const below = (n: number) => {
      state = (state * 1103515245 + 12345) % 2147483648;
      // The low bits of such a generator repeat soon.
      return Math.floor(state / 65_536) % n;
    };
    const log = createLogSequence<{ seq: number }>({ cursor: "0", seq: 0 }, 20);
    const out: number[] = [];
    let head = 0;
    let owed = false;
    const take = (outcome: { events: readonly { seq: number }[]; sync: boolean }) => {
      out.push(...outcome.events.map((e) => e.seq));
      owed = outcome.sync || (owed && outcome.events.length === 0);
    };
    const answer = () => {
      const from = Number(log.cursor);
      const to = Math.min(head, from + 1 + below(8));
      owed = false;
      take(
        log.synced(
          to > from
            ? { ...batch(from + 1, to), more: to < head }
            : { events: [], cursor: String(from), more: false },
        ),
      );
    };
    for (let step = 0; step < 5_000; step += 1) {
      const size = 1 + below(3);
      switch (below(8)) {
        case 0: // Lost on the way.
          head += size;
          break;
        case 1: // Told twice.
          if (head > 3) take(log.receive(batch(head - below(3), head)));
          break;
        case 2:
        case 3:
        case 4:
          if (owed) answer();
          break;
        case 5: // A new connection.
          if (below(10) > 0) break;
          log.disconnect();
          owed = true;
          break;
        default:
          take(log.receive(batch(head + 1, head + size)));
          head += size;
      }
    }
    head += 1;
    take(log.receive(batch(head, head)));
    for (let more = 0; owed && more < 1_000; more += 1) answer();
    expect(out).toEqual(Array.from({ length: head }, (_, i) => i + 1));
  });
});
