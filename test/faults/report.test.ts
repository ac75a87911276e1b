import { expect, test } from "vitest";
import { check, promisedRules } from "./checker.ts";
import { acknowledged, history, log, send, start, stored } from "./records.ts";
import { reportOn } from "./report.ts";

test("a report shows each kind of violation once, with the seed, its excerpt and the times of the faults", () => {
  const fault = { type: "fault", fault: 1, what: "kill -9 of node 1", disturbs: "all", settleMs: 0 } as const;
  const entries = history(
    start,
    { ...fault, phase: "begin", t: 100 },
    send("lost"),
    acknowledged("lost", 1),
    send("lost too"),
    acknowledged("lost too", 2),
    { ...fault, phase: "end", t: 2_000 },
    send("twice"),
    log(stored("twice", 1), stored("twice", 2)),
  );
  const violations = check(entries, promisedRules);
  const report = reportOn([{ seed: "some seed", summary: "how it went", violations, entries }]);
  expect(report).toContain("Broken with seed some seed");
  expect(report.match(/^acknowledged-lost: /gm)).toHaveLength(1);
  expect(report).toContain("and 1 more of this kind");
  expect(report).toContain("stored-twice: twice is in r at 1 and at 2");
  expect(report).toContain('110 ms send         {"client":"a","user":"ann","room":"r","id":"lost"');
  expect(report).toContain("100 ms to 2000 ms: kill -9 of node 1");
  expect(report).toContain(`${violations.length} violations`);
});

test("a report of rounds that went well says so", () => {
  const round = { seed: "a", summary: "how it went", violations: [], entries: [] };
  expect(reportOn([round])).toBe("Report\nhow it went\n\nevery promise was kept");
  expect(reportOn([round], ["nobody came back"])).toBe(
    "Report\nhow it went\nBroken: nobody came back\n\n1 violations",
  );
});
