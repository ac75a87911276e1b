import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  type Beating,
  createHeartbeats,
  type Heartbeats,
  heartbeat,
} from "../../services/chat/delivery/heartbeats.ts";

let heartbeats: Heartbeats;
let nowMs: number;

beforeEach(() => {
  vi.useFakeTimers();
  nowMs = 0;
  heartbeats = createHeartbeats(() => nowMs);
});

afterEach(() => {
  heartbeats.stop();
  vi.useRealTimers();
});

function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 250) {
    nowMs += 250;
    vi.advanceTimersByTime(250);
  }
}

/** Answers each ping for as long as `answers` says so. */
function client() {
  const wire = { bytesRead: 100 };
  const seen = { pings: 0, lost: 0, answers: true, there: true };
  const beating: Beating = {
    wire: () => (seen.there ? wire : undefined),
    ping() {
      seen.pings += 1;
      if (seen.answers) wire.bytesRead += 7;
    },
    lost() {
      seen.lost += 1;
    },
  };
  heartbeats.add(beating);
  return { seen, wire };
}

test("whoever answers is asked every ten seconds and never lost", () => {
  const { seen } = client();
  pass(4_000);
  expect(seen.pings).toBe(1);
  pass(9_750);
  expect(seen.pings).toBe(1);
  pass(250);
  expect(seen.pings).toBe(2);
  pass(50_000);
  expect(seen).toMatchObject({ pings: 7, lost: 0 });
});

test("a client that was asked ten seconds before is asked again before it gives up", () => {
  const { seen } = client();
  pass(heartbeat.answerWithinMs - 1_000);
  expect(seen.pings).toBe(1);
});

test("whoever is silent is lost eight seconds after being asked, once", () => {
  const { seen } = client();
  pass(6_000);
  seen.answers = false;
  pass(8_000);
  expect(seen).toMatchObject({ pings: 2, lost: 0 });
  pass(7_750);
  expect(seen.lost).toBe(0);
  pass(250);
  expect(seen.lost).toBe(1);
  pass(60_000);
  expect(seen).toMatchObject({ pings: 2, lost: 1 });
});

test("anything that is heard is an answer", () => {
  const { seen, wire } = client();
  seen.answers = false;
  pass(4_000);
  pass(4_000);
  wire.bytesRead += 1;
  pass(4_000);
  expect(seen.lost).toBe(0);
});

test("nobody is judged by a time in which this process did not run", () => {
  const { seen, wire } = client();
  seen.answers = false;
  pass(11_000);
  // Frozen for half a minute; the answer is there and has not been read yet when the timers run.
  nowMs += 30_000;
  vi.advanceTimersByTime(250);
  pass(500);
  wire.bytesRead += 7;
  pass(1_000);
  expect(seen.lost).toBe(0);
  // And those who really are silent are found in the next round.
  pass(20_000);
  expect(seen.lost).toBe(1);
});

test("whose wire is gone is forgotten", () => {
  const { seen } = client();
  seen.there = false;
  pass(30_000);
  expect(seen).toMatchObject({ pings: 0, lost: 0 });
});
