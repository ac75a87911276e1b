import { describe, expect, test } from "vitest";
import type { ConnectionState } from "../../web/client/contract.ts";
import { changeState, expectDrain, lineOf } from "../../web/src/state/link.ts";
import { initialState, type Link } from "../../web/src/state/model.ts";

const kindAt = (link: Link, nowMs: number) => lineOf(link, 0, nowMs).line.kind;

function run(...steps: readonly (readonly [ConnectionState, number])[]): Link {
  return steps.reduce((link, [state, atMs]) => changeState(link, state, atMs), initialState.link);
}

const online = run(["connecting", 100], ["online", 200]);

describe("the line about the connection", () => {
  test("says nothing of the first second, and when it will", () => {
    const link = run(["connecting", 100]);
    expect(lineOf(link, 0, 1_000)).toEqual({ line: { kind: "none" }, untilMs: 1_100 });
    expect(kindAt(link, 1_100)).toBe("connecting");
    expect(kindAt(online, 5_000)).toBe("none");
  });

  test("an interruption of less than a second is none", () => {
    const back = changeState(changeState(online, "offline", 10_000), "online", 10_900);
    expect(kindAt(back, 10_900)).toBe("none");
  });

  test("a longer one says how many messages wait, and once that it is over", () => {
    const away = changeState(online, "offline", 10_000);
    expect(lineOf(away, 3, 11_000).line).toEqual({ kind: "disconnected", waiting: 3 });
    const back = changeState(away, "online", 15_000);
    expect(lineOf(back, 0, 15_000)).toEqual({ line: { kind: "back" }, untilMs: 18_000 });
    expect(kindAt(back, 18_000)).toBe("none");
  });

  test("attempts do not start the second anew", () => {
    let link = changeState(online, "offline", 10_000);
    link = changeState(link, "connecting", 10_800);
    link = changeState(link, "offline", 10_900);
    expect(kindAt(link, 11_000)).toBe("disconnected");
  });

  test("a node that said that it goes away is left in silence", () => {
    const told = expectDrain(online, 3_000, 10_000);
    const moving = changeState(told, "connecting", 12_000);
    expect(kindAt(moving, 14_000)).toBe("none");
    expect(kindAt(changeState(moving, "online", 14_500), 14_500)).toBe("none");
    expect(kindAt(moving, 18_000)).toBe("disconnected");
  });

  test("trouble of the server is said as long as it lasts", () => {
    const degraded = { ...online, degraded: "redis" };
    expect(lineOf(degraded, 2, 20_000).line).toEqual({ kind: "degraded", waiting: 2 });
    expect(lineOf(degraded, 2, 20_000).untilMs).toBeNull();
  });
});
