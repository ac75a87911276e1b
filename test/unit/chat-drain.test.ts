import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "../../services/chat/delivery/connection.ts";
import { drain } from "../../services/chat/drain.ts";
import type { Gateway } from "../../services/chat/gateway.ts";
import { createHealth, createLogger } from "../../services/platform/index.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/**
 * People at a node that drains, who are welcomed elsewhere one after the other, every so many milliseconds.
 *
 * @param takesMs Infinity: they only go when they are cut, as stock clients do
 */
async function drained(options: { people: number; takesMs: number; withinMs: number }) {
  const { people, takesMs, withinMs } = options;
  const told: { connection: Connection; atMs: number }[] = [];
  let cut = 0;
  const connections = Array.from({ length: people }, () => {
    const connection = {
      open: true as boolean,
      send: () =>
        void told.push({ connection: connection as unknown as Connection, atMs: performance.now() }),
      closeTransport() {
        if (connection.open) cut += 1;
        connection.open = false;
      },
    };
    return connection;
  });
  const moving = Number.isFinite(takesMs)
    ? setInterval(() => {
        const next = connections.find(
          (one) => one.open && told.some(({ connection }) => connection === (one as unknown)),
        );
        if (next) next.open = false;
      }, takesMs)
    : undefined;
  const startedMs = performance.now();
  let endedMs: number | undefined;
  void drain({
    health: createHealth(),
    gateway: { connections: new Set(connections), refuse() {} } as unknown as Gateway,
    withinMs,
    log: createLogger({ level: "silent", service: "test", id: "test" }),
  }).then(() => {
    endedMs = performance.now();
  });
  await vi.advanceTimersByTimeAsync(withinMs + 1_000);
  clearInterval(moving);
  expect(connections.every(({ open }) => !open)).toBe(true);
  return { tookMs: (endedMs ?? Number.POSITIVE_INFINITY) - startedMs, cut, told };
}

test("people who are taken in quickly are gone in a few seconds, however long it may take", async () => {
  const { tookMs, cut } = await drained({ people: 300, takesMs: 5, withinMs: 30_000 });
  expect(cut).toBe(0);
  expect(tookMs).toBeLessThan(8_000);
});

test("people who are taken in slowly make it take longer, and nobody is cut", async () => {
  const { tookMs, cut } = await drained({ people: 300, takesMs: 70, withinMs: 30_000 });
  expect(cut).toBe(0);
  expect(tookMs).toBeGreaterThan(20_000);
});

test("those who stay are cut after what they were told, wave by wave", async () => {
  const { tookMs, cut, told } = await drained({
    people: 300,
    takesMs: Number.POSITIVE_INFINITY,
    withinMs: 30_000,
  });
  expect(cut).toBe(300);
  expect(tookMs).toBeLessThan(12_000);
  expect(new Set(told.map(({ atMs }) => atMs)).size).toBe(10);
});

test("when the time is up, everybody has been told, and whoever is left is cut", async () => {
  const { tookMs, cut, told } = await drained({ people: 300, takesMs: 200, withinMs: 10_000 });
  expect(told).toHaveLength(300);
  expect(cut).toBeGreaterThan(0);
  expect(tookMs).toBeLessThanOrEqual(10_100);
});
