import { describe, expect, it, vi } from "vitest";
import { watchIdle } from "../../web/src/idle.ts";
import type { OwnStatus } from "../../web/src/state/model.ts";
import {
  appearanceOf,
  lastSeenInWords,
  lineOf,
  ownAppearance,
  statusAt,
} from "../../web/src/state/status.ts";

const noon = Date.parse("2026-11-24T12:00:00.000Z");

describe("what one has set", () => {
  const set: OwnStatus = { mode: "dnd", text: "Lunch", until: "2026-11-24T12:30:00.000Z", lastSeen: false };

  it("holds until its time, and leaves the choice about last seen behind", () => {
    expect(statusAt(set, noon)).toBe(set);
    expect(statusAt(set, noon + 30 * 60_000)).toEqual({ mode: "auto", lastSeen: false });
  });

  it("decides how one is shown to oneself, before what the page knows of idleness", () => {
    expect(ownAppearance({ mode: "auto", lastSeen: true }, false)).toBe("online");
    expect(ownAppearance({ mode: "auto", lastSeen: true }, true)).toBe("away");
    expect(ownAppearance({ mode: "away", lastSeen: true }, false)).toBe("away");
    expect(ownAppearance(set, true)).toBe("dnd");
    expect(ownAppearance({ mode: "invisible", lastSeen: true }, false)).toBe("offline");
  });
});

describe("how others are shown", () => {
  it("not to be disturbed comes before away, and offline before both", () => {
    expect(appearanceOf({ status: "away", dnd: true })).toBe("dnd");
    expect(appearanceOf({ status: "offline", dnd: true })).toBe("offline");
    expect(appearanceOf({ status: "away" })).toBe("away");
  });

  it("with what they say in one line", () => {
    expect(lineOf({ emoji: "📅", text: "In a meeting" })).toBe("📅 In a meeting");
    expect(lineOf({ text: "Busy" })).toBe("Busy");
    expect(lineOf({})).toBe("");
  });

  it("and when they were last here, relative to now", () => {
    const ago = (ms: number) => lastSeenInWords(new Date(noon - ms).toISOString(), noon);
    expect(ago(10_000)).toBe("Last seen just now");
    expect(ago(5 * 60_000)).toBe("Last seen 5 minutes ago");
    expect(ago(3 * 3_600_000)).toBe("Last seen 3 hours ago");
    expect(ago(24 * 3_600_000)).toBe("Last seen yesterday");
    // Clocks differ: nobody was seen in the future.
    expect(ago(-5_000)).toBe("Last seen just now");
  });
});

it("idleness begins once after five minutes without a touch, and ends with the next one", () => {
  vi.useFakeTimers({ now: noon });
  const page = new EventTarget();
  const told: boolean[] = [];
  watchIdle(page, (idle) => told.push(idle));
  vi.advanceTimersByTime(4 * 60_000);
  page.dispatchEvent(new Event("keydown"));
  vi.advanceTimersByTime(4 * 60_000);
  expect(told).toEqual([]);
  vi.advanceTimersByTime(60_000);
  expect(told).toEqual([true]);
  vi.advanceTimersByTime(60 * 60_000);
  page.dispatchEvent(new Event("pointermove"));
  page.dispatchEvent(new Event("pointermove"));
  expect(told).toEqual([true, false]);
  vi.advanceTimersByTime(5 * 60_000);
  expect(told).toEqual([true, false, true]);
  vi.useRealTimers();
});
