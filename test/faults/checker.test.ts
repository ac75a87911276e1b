import { describe, expect, test } from "vitest";
import { promisedListRules } from "./check-list.ts";
import { check, promisedRules } from "./checker.ts";
import {
  acknowledged,
  again,
  follow,
  history,
  kinds,
  log,
  logOf,
  message,
  refused,
  send,
  settled,
  shows,
  start,
  stored,
  unknown,
} from "./records.ts";
import { reportOn } from "./report.ts";
import { describeViolation } from "./violation.ts";

/** Two who follow, three messages, all as it should be. */
const good = [
  start,
  follow("a"),
  follow("b"),
  send("one", "ann/a"),
  acknowledged("one", 1),
  shows("a", message("one", 1)),
  send("two", "ann/a"),
  acknowledged("two", 2),
  shows("b", message("one", 1), message("two", 2)),
  shows("a", message("two", 2)),
  send("three", "ann/a"),
  shows("a", message("three", 3)),
  shows("b", message("three", 3)),
  acknowledged("three", 3),
] as const;
const goodLog = [stored("one", 1), stored("two", 2), stored("three", 3)];

describe("messages", () => {
  test("nothing is wrong with what went well", () => {
    expect(check(history(...good, settled, log(...goodLog), logOf("node 2", ...goodLog)))).toEqual([]);
  });

  test("an acknowledged message that is lost", () => {
    const entries = history(start, send("one"), acknowledged("one", 1), settled, log());
    const [violation, ...others] = check(entries);
    expect(others).toEqual([]);
    expect(violation).toMatchObject({
      kind: "acknowledged-lost",
      excerpt: [{ type: "send" }, { type: "acknowledged" }],
    });
  });

  test("an acknowledged message that is at another place", () => {
    const entries = history(start, send("one"), acknowledged("one", 2), settled, log(stored("one", 1)));
    expect(kinds(entries)).toContain("acknowledged-elsewhere");
  });

  test("a retried message that is stored twice", () => {
    const log2 = log(stored("one", 1), stored("one", 2));
    const entries = history(
      start,
      send("one"),
      unknown("one"),
      again("one"),
      acknowledged("one", 1),
      settled,
      log2,
    );
    expect(kinds(entries)).toEqual(["stored-twice"]);
  });

  test("a retried message that is acknowledged at two places", () => {
    const entries = history(start, send("one"), acknowledged("one", 1), again("one"), acknowledged("one", 2));
    expect(kinds(entries)).toEqual(["stored-twice"]);
  });

  test("a message that nobody sent, and one that is not as it was sent", () => {
    expect(kinds(history(start, settled, log(stored("one", 1))))).toEqual(["never-sent"]);
    const other = { ...stored("one", 1), text: "something else" };
    expect(kinds(history(start, send("one"), acknowledged("one", 1), settled, log(other)))).toEqual([
      "changed",
    ]);
    const another = { ...stored("one", 1), by: "bob" };
    expect(kinds(history(start, send("one"), acknowledged("one", 1), settled, log(another)))).toEqual([
      "changed",
    ]);
  });

  test("a number that is left out in the log", () => {
    const entries = history(
      start,
      send("one"),
      send("two"),
      settled,
      log(stored("one", 1), { ...stored("two", 3), n: 3 }),
    );
    expect(kinds(entries)).toEqual(["not-dense"]);
  });

  test("a refused message that is in the log", () => {
    const entries = history(
      start,
      send("one"),
      refused("one", "rate_limited"),
      settled,
      log(stored("one", 1)),
    );
    expect(kinds(entries)).toEqual(["surfaced"]);
  });

  test("a message that surfaces after its outcome was settled as an error", () => {
    const run = (at: number) =>
      history(start, send("one"), refused("one", "unavailable", 2_000), settled, log(stored("one", 1, at)));
    expect(kinds(run(1_500))).toEqual([]);
    expect(kinds(run(2_500))).toEqual(["surfaced"]);
  });

  test("a message without an answer may be there or not, and so may one that was refused after that", () => {
    for (const messages of [[], [stored("one", 1, 50_000)]]) {
      expect(kinds(history(start, send("one"), unknown("one"), settled, log(...messages)))).toEqual([]);
      const later = refused("one", "forbidden");
      expect(
        kinds(history(start, send("one"), unknown("one"), again("one"), later, settled, log(...messages))),
      ).toEqual([]);
    }
  });

  test("two messages of one device the wrong way round", () => {
    const entries = history(
      start,
      send("one", "ann/a"),
      send("two", "ann/a"),
      acknowledged("two", 1),
      acknowledged("one", 2),
      settled,
      log(stored("two", 1), stored("one", 2)),
    );
    expect(kinds(entries)).toEqual(["sender-order"]);
  });

  test("a message made after another was acknowledged, and stored before it", () => {
    const entries = history(start, send("one"), acknowledged("one", 2), send("two"), acknowledged("two", 1));
    expect(kinds(entries)).toEqual(["time-order"]);
  });

  test("nodes that hand out different histories", () => {
    const entries = history(...good, settled, log(...goodLog), logOf("node 2", ...goodLog.slice(0, 2)));
    expect(kinds(entries)).toEqual(["histories-differ", "view-differs"]);
  });
});

describe("views", () => {
  test("a message that one member never sees", () => {
    const entries = history(
      ...good.filter((entry) => !(entry.type === "events" && entry.client === "b")),
      settled,
    );
    const [violation] = check(entries);
    expect(kinds(entries)).toEqual(["unobserved"]);
    expect(violation?.what).toContain("b in r stays at 0");
  });

  test("an acknowledged message that nobody sees", () => {
    const entries = history(
      start,
      follow("a"),
      send("one"),
      acknowledged("one", 1),
      settled,
      log(stored("one", 1)),
    );
    expect(kinds(entries)).toEqual(["unobserved"]);
  });

  test("a message that is shown twice", () => {
    const entries = history(follow("a"), shows("a", message("one", 1), message("one", 2)));
    expect(kinds(entries)).toContain("shown-twice");
    expect(kinds(history(follow("a"), shows("a", message("one", 1)), shows("a", message("one", 1))))).toEqual(
      ["shown-twice"],
    );
  });

  test("two clients that see two orders", () => {
    const entries = history(
      follow("a"),
      follow("b"),
      shows("a", message("one", 1), message("two", 2)),
      shows("b", message("two", 1), message("one", 2)),
    );
    expect(new Set(kinds(entries))).toEqual(new Set(["orders-differ"]));
  });

  test("two clients that see two texts", () => {
    const entries = history(
      follow("a"),
      follow("b"),
      shows("a", message("one", 1)),
      shows("b", { ...message("one", 1), text: "other" }),
    );
    expect(kinds(entries)).toEqual(["orders-differ"]);
  });

  test("a client that sees an order of its own", () => {
    const entries = history(
      follow("a"),
      shows("a", message("one", 1)),
      shows("a", message("three", 3), message("two", 2)),
    );
    expect(kinds(entries)).toEqual(["gap", "out-of-order"]);
  });

  test("a gap in what is shown", () => {
    const entries = history(
      ...good.filter((entry) => !(entry.type === "events" && entry.events[0]?.id === "two")),
      settled,
    );
    expect(kinds(entries)).toEqual(["gap"]);
  });

  test("a view that differs from a fresh reading after healing", () => {
    const other = { ...stored("three", 3), text: "text of another" };
    const entries = history(...good, settled, log(...goodLog.slice(0, 2), other));
    expect(kinds(entries)).toContain("view-differs");
  });

  test("a fresh reading that lacks what was shown", () => {
    const entries = history(
      start,
      follow("a"),
      send("one"),
      unknown("one"),
      shows("a", message("one", 1)),
      settled,
      log(),
    );
    expect(kinds(entries)).toEqual(["view-differs"]);
  });

  test("an event that a client was told with another time than it is stored with", () => {
    const told = (at: number) =>
      history(
        start,
        follow("a"),
        shows("a", { ...message("one", 1), at }),
        send("one"),
        settled,
        log(stored("one", 1, 40)),
      );
    expect(kinds(told(40))).toEqual([]);
    expect(kinds(told(3_600_040))).toEqual(["view-differs"]);
  });

  test("a start over without a reason", () => {
    const reset = { type: "reset", client: "a", room: "r", seq: 3, messages: [message("three", 3)] } as const;
    const entries = history(...good, reset, settled);
    expect(kinds(entries)).toEqual(["needless-reset"]);
    expect(kinds(entries, { ...promisedRules, resets: "allowed" })).toEqual([]);
  });

  test("who has left, or closed, need not see more", () => {
    const leave = { type: "unfollow", client: "b", room: "r" } as const;
    const close = { type: "offline", client: "b", user: "bob", why: "closed" } as const;
    for (const end of [leave, close]) {
      expect(kinds(history(follow("a"), follow("b"), end, shows("a", message("one", 1)), settled))).toEqual(
        [],
      );
    }
  });
});

test("what was not as it should be when all had the time for it", () => {
  const waits = "p1.2 has 2 messages to send";
  const entries = history(start, send("one", "ann/a"), { ...settled, missing: waits }, log());
  expect(check(entries)).toMatchObject([{ kind: "never-together", what: `in the end, ${waits}` }]);
});

describe("times", () => {
  const hourMs = 3_600_000;

  test("a message from before it was sent, and one from after it was acknowledged", () => {
    const taken = (at: number) =>
      kinds(history(start, send("one"), acknowledged("one", 1), settled, log(stored("one", 1, at))));
    expect(taken(25)).toEqual([]);
    expect(taken(25 - hourMs)).toEqual(["wrong-time"]);
    expect(taken(25 + hourMs)).toEqual(["wrong-time"]);
  });

  test("a node that tells those who come another time than it is", () => {
    const told = (clock: number) =>
      kinds(history({ type: "online", client: "a", user: "ann", node: "n1", t: 60_000, clock }, settled));
    expect(told(59_900)).toEqual([]);
    // It was under way while the node stood still.
    expect(told(30_000)).toEqual([]);
    expect(told(60_000 - hourMs)).toEqual(["wrong-time"]);
    expect(told(62_000)).toEqual(["wrong-time"]);
  });
});

describe("the user list", () => {
  const arriving = (client: string, user: string, t: number) =>
    ({ type: "arriving", client, user, t }) as const;
  const online = (client: string, user: string, t: number, node = "n1") =>
    ({ type: "online", client, user, node, t }) as const;
  const offline = (
    client: string,
    user: string,
    why: "cut" | "closed" | "signed-out" | "vanished",
    t: number,
  ) => ({ type: "offline", client, user, why, t }) as const;
  const list = (t: number, ...users: string[]) => ({ type: "list", client: "w", users, t }) as const;
  const change = (user: string, isOnline: boolean, t: number) =>
    ({ type: "list-change", client: "w", user, online: isOnline, t }) as const;
  const watching = [arriving("w", "wim", 0), online("w", "wim", 0), list(0, "wim")];
  const end = (t: number) => ({ type: "settled", t }) as const;
  const fault = (phase: "begin" | "end", t: number, disturbs: "all" | { nodes: string[] }) =>
    ({ type: "fault", phase, fault: 1, what: "a fault", disturbs, settleMs: 10_000, t }) as const;

  const lateBy = (ms: number) =>
    history(
      ...watching,
      arriving("a", "ann", 900),
      online("a", "ann", 1_000),
      change("ann", true, 1_000 + ms),
      end(20_000),
    );

  test("a sign-in that shows within a second, and one that does not", () => {
    expect(kinds(lateBy(900))).toEqual([]);
    expect(kinds(lateBy(1_100))).toEqual(["missing-user"]);
    expect(kinds(lateBy(1_100), { ...promisedRules, list: { ...promisedListRules, slackMs: 500 } })).toEqual(
      [],
    );
  });

  test("somebody who never shows", () => {
    const entries = history(...watching, arriving("a", "ann", 900), online("a", "ann", 1_000), end(20_000));
    expect(kinds(entries)).toEqual(["missing-user"]);
  });

  const gone = (why: "closed" | "signed-out" | "vanished", afterMs: number) =>
    history(
      ...watching,
      arriving("a", "ann", 900),
      online("a", "ann", 1_000),
      change("ann", true, 1_100),
      offline("a", "ann", why, 5_000),
      change("ann", false, 5_000 + afterMs),
      end(40_000),
    );

  test("a closed tab that stays on the list, and a sign-out that does", () => {
    expect(kinds(gone("closed", 6_900))).toEqual([]);
    expect(kinds(gone("closed", 7_100))).toEqual(["ghost"]);
    expect(kinds(gone("signed-out", 900))).toEqual([]);
    expect(kinds(gone("signed-out", 1_100))).toEqual(["ghost"]);
    expect(kinds(gone("vanished", 24_900))).toEqual([]);
    expect(kinds(gone("vanished", 25_100))).toEqual(["ghost"]);
  });

  test("a reload that flickers, and one that does not", () => {
    const reload = (...changes: ReturnType<typeof change>[]) =>
      history(
        ...watching,
        arriving("a", "ann", 900),
        online("a", "ann", 1_000),
        change("ann", true, 1_100),
        offline("a", "ann", "closed", 5_000),
        arriving("a2", "ann", 6_000),
        online("a2", "ann", 6_500),
        ...changes,
        end(20_000),
      );
    expect(kinds(reload())).toEqual([]);
    expect(kinds(reload(change("ann", false, 6_550), change("ann", true, 6_600)))).toEqual(["missing-user"]);
  });

  test("a sign-out whose answer comes later than the end of the connection", () => {
    const entries = (goneAt: number) =>
      history(
        ...watching,
        arriving("a", "ann", 900),
        online("a", "ann", 1_000),
        change("ann", true, 1_100),
        offline("a", "ann", "closed", 5_000),
        offline("a", "ann", "signed-out", 6_000),
        change("ann", false, goneAt),
        end(40_000),
      );
    expect(kinds(entries(5_050))).toEqual([]);
    expect(kinds(entries(6_900))).toEqual([]);
    expect(kinds(entries(7_100))).toEqual(["ghost"]);
  });

  test("somebody who signs out and in again may be away in between", () => {
    const entries = history(
      ...watching,
      arriving("a", "ann", 900),
      online("a", "ann", 1_000),
      change("ann", true, 1_100),
      offline("a", "ann", "signed-out", 5_000),
      change("ann", false, 5_100),
      arriving("a2", "ann", 7_000),
      online("a2", "ann", 7_100),
      change("ann", true, 7_200),
      end(20_000),
    );
    expect(kinds(entries)).toEqual([]);
  });

  test("with a second tab, nobody goes", () => {
    const entries = (...changes: ReturnType<typeof change>[]) =>
      history(
        ...watching,
        arriving("a", "ann", 900),
        online("a", "ann", 1_000),
        change("ann", true, 1_100),
        arriving("b", "ann", 2_000),
        online("b", "ann", 2_100),
        offline("a", "ann", "closed", 5_000),
        ...changes,
        end(30_000),
      );
    expect(kinds(entries())).toEqual([]);
    expect(kinds(entries(change("ann", false, 12_000)))).toEqual(["missing-user"]);
  });

  test("a fault excuses those whom it disturbs, for as long as it is said to", () => {
    const run = (disturbs: "all" | { nodes: string[] }, backAt: number) =>
      history(
        ...watching,
        arriving("a", "ann", 900),
        online("a", "ann", 1_000, "n2"),
        change("ann", true, 1_100),
        fault("begin", 5_000, disturbs),
        change("ann", false, 6_000),
        fault("end", 8_000, disturbs),
        change("ann", true, backAt),
        end(30_000),
      );
    expect(kinds(run("all", 17_900))).toEqual([]);
    expect(kinds(run({ nodes: ["n2"] }, 17_900))).toEqual([]);
    expect(kinds(run({ nodes: ["n3"] }, 17_900))).toEqual(["missing-user"]);
    expect(kinds(run("all", 18_100))).toEqual(["missing-user"]);
  });

  test("a fault that goes on excuses nobody who has left its node, nor longer than it may be felt", () => {
    const run = (about: object, backAt: number) =>
      history(
        ...watching,
        arriving("a", "ann", 900),
        online("a", "ann", 1_000, "n2"),
        change("ann", true, 1_100),
        { ...fault("begin", 5_000, { nodes: ["n2"] }), ...about },
        change("ann", false, 6_000),
        offline("a", "ann", "cut", 6_000),
        online("a", "ann", 6_500, "n3"),
        change("ann", true, backAt),
        { ...fault("end", 40_000, { nodes: ["n2"] }), ...about },
        end(60_000),
      );
    expect(kinds(run({}, 15_900))).toEqual([]);
    expect(kinds(run({}, 16_100))).toEqual(["missing-user"]);
    const everybody = { disturbs: "all" } as const;
    expect(kinds(run(everybody, 49_000))).toEqual([]);
    expect(kinds(run({ ...everybody, atMostMs: 12_000 }, 16_900))).toEqual([]);
    expect(kinds(run({ ...everybody, atMostMs: 12_000 }, 17_100))).toEqual(["missing-user"]);
  });

  test("a list in the end that has a ghost, lacks somebody, or counts wrongly", () => {
    const read = (count: number, ...users: string[]) =>
      ({ type: "users", from: "node 1", users, count, t: 30_000 }) as const;
    expect(kinds(history(...watching, end(20_000), read(1, "wim")))).toEqual([]);
    expect(kinds(history(...watching, end(20_000), read(2, "wim", "eve")))).toEqual(["ghost"]);
    expect(kinds(history(...watching, end(20_000), read(0)))).toEqual(["missing-user"]);
    expect(kinds(history(...watching, end(20_000), read(2, "wim")))).toEqual(["list-differs"]);
  });
});

test("a violation is told with its excerpt and the faults around it", () => {
  const entries = history(
    {
      type: "fault",
      phase: "begin",
      fault: 1,
      what: "kill -9 of chat-1",
      disturbs: "all",
      settleMs: 0,
      t: 100,
    },
    { ...start, t: 200 },
    { ...send("one"), t: 300 },
    { ...acknowledged("one", 1), t: 400 },
    { ...send("two"), t: 500 },
    { ...log(), t: 600 },
  );
  const [violation] = check(entries);
  if (!violation) throw new Error("nothing was found");
  const told = describeViolation(violation, entries);
  expect(told).toContain("acknowledged-lost: one was acknowledged at 1 and is not in r");
  expect(told).toContain("400 ms acknowledged");
  expect(told).toContain("100 ms fault");
  expect(told).toContain("kill -9 of chat-1");
  expect(told).not.toContain("text two");
});

test("the report at the end says what was broken, with the seed and the times of all faults", () => {
  const fault = { type: "fault", fault: 1, what: "kill -9 of chat-1", disturbs: "all", settleMs: 0 } as const;
  const entries = history(
    { ...fault, phase: "begin", t: 100 },
    { ...start, t: 200 },
    { ...send("one"), t: 300 },
    { ...acknowledged("one", 1), t: 400 },
    { ...fault, phase: "end", t: 50_000 },
    { ...settled, t: 60_000 },
    { ...log(), t: 60_001 },
  );
  const good = { seed: "a", summary: "seed a: 3 faults", violations: [], entries: [] };
  const broken = { seed: "b", summary: "seed b: 1 fault", violations: check(entries), entries };
  const told = reportOn([good, broken]);
  for (const part of [
    "seed a: 3 faults",
    "Broken with seed b",
    "acknowledged-lost: one",
    "100 ms to 50000 ms: kill -9 of chat-1",
    "1 violations",
  ])
    expect(told).toContain(part);
  expect(told).not.toContain("Broken with seed a");
  expect(reportOn([good])).toContain("every promise was kept");
});
