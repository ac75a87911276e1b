import { describe, expect, test } from "vitest";
import {
  acknowledged,
  again,
  follow,
  history,
  kinds,
  log,
  message,
  send,
  shows,
  start,
  stored,
} from "./records.ts";

const settled = { type: "settled" } as const;
const fault = {
  type: "fault",
  fault: 1,
  what: "a failover",
  disturbs: "all",
  settleMs: 0,
  losesMs: 0,
} as const;
/** Redis loses what it took between the two. */
const loses = { ...fault, phase: "begin" } as const;
const lost = { ...fault, phase: "end" } as const;
const arriving = { type: "arriving", client: "a", user: "ann", sender: "ann/a" } as const;
const resets = (client: string, ...ids: [string, number][]) =>
  ({
    type: "reset",
    client,
    room: "r",
    seq: ids.at(-1)?.[1] ?? 0,
    messages: ids.map(([id, seq]) => message(id, seq)),
  }) as const;
const says = (id: string, seq: number) => [send(id, "ann/a"), acknowledged(id, seq)] as const;
const begin = [start, arriving] as const;

describe("what Redis lost", () => {
  test("may be gone when nobody holds it, but not what is older", () => {
    const nobody = history(
      start,
      send("old"),
      acknowledged("old", 1),
      loses,
      send("new"),
      acknowledged("new", 2),
      lost,
    );
    expect(kinds([...nobody, ...history(settled, log(stored("old", 1)))])).toEqual([]);
    expect(kinds([...nobody, ...history(settled, log())])).toEqual(["acknowledged-lost"]);
  });

  test("may be gone when it was stored within the time that a fault names before it began", () => {
    const entries = history(
      start,
      send("one"),
      acknowledged("one", 1),
      { ...loses, losesMs: 15 },
      { ...lost, losesMs: 15 },
      settled,
      log(),
    );
    expect(kinds(entries)).toEqual([]);
  });

  test("comes back, at whatever place, when its device is there", () => {
    const tail = [loses, ...says("two", 2), lost] as const;
    const back = [again("two"), acknowledged("two", 3)] as const;
    const there = [...begin, ...says("one", 1), ...tail, send("x"), acknowledged("x", 2)] as const;
    const log1 = [stored("one", 1), stored("x", 2)] as const;
    expect(kinds(history(...there, ...back, settled, log(...log1, stored("two", 3))))).toEqual([]);
    expect(kinds(history(...there, settled, log(...log1)))).toEqual(["acknowledged-lost"]);
    const closed = { type: "offline", client: "a", user: "ann", why: "closed" } as const;
    expect(kinds(history(...there, closed, settled, log(...log1)))).toEqual([]);
    const left = { type: "unfollow", client: "a", room: "r" } as const;
    expect(kinds(history(...there, left, settled, log(...log1)))).toEqual([]);
  });

  test("stays where it was acknowledged once it is back", () => {
    const entries = [
      ...begin,
      loses,
      ...says("one", 1),
      lost,
      again("one"),
      acknowledged("one", 1),
      settled,
    ] as const;
    expect(kinds(history(...entries, log()))).toEqual(["acknowledged-lost"]);
    expect(kinds(history(...entries, log(stored("x", 1), stored("one", 2))))).toContain(
      "acknowledged-elsewhere",
    );
  });

  test("comes back in its order; what was stored meanwhile may be before it", () => {
    const entries = [
      ...begin,
      loses,
      ...says("one", 1),
      ...says("two", 2),
      lost,
      ...says("three", 1),
      again("one"),
      again("two"),
      settled,
    ] as const;
    const [one, two] = [stored("one", 2), stored("two", 3)];
    expect(kinds(history(...entries, log(stored("three", 1), one, two)))).toEqual([]);
    const wrong = log(stored("three", 1), stored("two", 2), stored("one", 3));
    expect(kinds(history(...entries, wrong))).toEqual(["sender-order"]);
  });

  test("comes back in the order that it had last, when it was lost twice", () => {
    const entries = [
      ...begin,
      loses,
      ...says("one", 1),
      lost,
      // Made before the author heard that "one" is lost, which then comes back behind it.
      loses,
      ...says("two", 1),
      again("one"),
      acknowledged("one", 2),
      lost,
      again("two"),
      again("one"),
      acknowledged("two", 3),
      acknowledged("one", 4),
      settled,
    ] as const;
    const others = [stored("x", 1), stored("y", 2)] as const;
    expect(kinds(history(...entries, log(...others, stored("two", 3), stored("one", 4))))).not.toContain(
      "sender-order",
    );
    // Whether its device had come so far is not known: as it was made is right as well.
    expect(kinds(history(...entries, log(...others, stored("one", 3), stored("two", 4))))).not.toContain(
      "sender-order",
    );
  });

  test("may come back at the very place that it had, after what was made later", () => {
    const entries = [
      ...begin,
      loses,
      ...says("one", 2),
      lost,
      ...says("two", 1),
      again("one"),
      acknowledged("one", 2),
    ] as const;
    const back = log(stored("two", 1), stored("one", 2, 500));
    expect(kinds(history(...entries, back))).toEqual([]);
    // Stored at once, it was not lost: then it should have been first.
    const first = log(stored("two", 1), stored("one", 2));
    expect(kinds(history(...entries, first))).toEqual(["sender-order"]);
  });
});

describe("who shows what was lost", () => {
  const talk = [start, follow("a"), follow("b"), loses, send("one"), acknowledged("one", 1)] as const;
  const both = [shows("a", message("one", 1)), shows("b", message("one", 1)), lost] as const;
  const other = [send("x"), acknowledged("x", 1)] as const;

  test("starts over", () => {
    const entries = [
      ...talk,
      ...both,
      ...other,
      resets("a", ["x", 1]),
      resets("b", ["x", 1]),
      settled,
    ] as const;
    expect(kinds(history(...entries, log(stored("x", 1))))).toEqual([]);
  });

  test("and does not start over is found out, by the others or by a fresh reading", () => {
    const entries = [...talk, ...both, ...other, resets("a", ["x", 1]), settled] as const;
    expect(kinds(history(...entries, log(stored("x", 1))))).toContain("view-differs");
  });

  test("is found out although the very same message is at the very same place behind it", () => {
    const later = (client: string) => shows(client, message("same", 2));
    const entries = [
      ...talk,
      ...both,
      ...other,
      send("same"),
      acknowledged("same", 2),
      resets("a", ["x", 1]),
      later("a"),
      later("b"),
      settled,
    ] as const;
    expect(kinds(history(...entries, log(stored("x", 1), stored("same", 2))))).toContain("view-differs");
  });

  test("has no reason to start over before anything was lost", () => {
    const entries = [start, follow("a"), resets("a"), loses, lost, settled, log()] as const;
    expect(kinds(history(...entries))).toEqual(["needless-reset"]);
  });
});
