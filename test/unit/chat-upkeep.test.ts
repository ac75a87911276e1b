import { EventEmitter } from "node:events";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "../../services/chat/delivery/connection.ts";
import { createUpkeep, turnsARound } from "../../services/chat/upkeep.ts";
import { createRounds } from "../../services/platform/index.ts";
import { type ProtocolError, RequestError } from "../../services/protocol/index.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Upkeep of connections `s0`, `s1` and so on, of users of the same names. */
function start(count: number) {
  const connections = createRounds<Connection>(turnsARound);
  const ended: string[] = [];
  const connectionOf = (name: string, expiresAtMs = 86_400_000) =>
    ({
      user: { id: name, name },
      session: name,
      expiresAtMs,
      end: ({ code }: { code: string }) => void ended.push(`${name} ${code}`),
    }) as unknown as Connection;
  for (let i = 0; i < count; i++) {
    const name = `s${i}`;
    connections.add(connectionOf(name));
  }
  const asked: string[][] = [];
  const renewed: string[][] = [];
  const upkeep = createUpkeep({
    redis: new EventEmitter() as never,
    subscriber: { healthy: true } as never,
    clock: { nowMs: () => Date.now(), sample: async () => {} },
    users: {
      revoked: async (sessions: { session: string }[]) => {
        asked.push(sessions.map(({ session }) => session));
        return sessions.map(({ session }) => session === "s3");
      },
      holdAll: async (users: { name: string }[]) => {
        renewed.push(users.map(({ name }) => name));
        return users.map(({ name }) => (name === "s5" ? new RequestError("conflict", "taken") : undefined));
      },
    } as never,
    connections,
    behind: new Set(),
    keepUser: async () => {},
    bufferedBytes: 0,
    bufferedBytesPerNode: 0,
    log: pino({ level: "silent" }),
    onProbed: () => {},
    onSlowReader: () => {},
    onLimit: () => {},
  });
  const join = (name: string, expiresAtMs: number) => {
    const connection = connectionOf(name, expiresAtMs);
    const end = (reason: ProtocolError) => {
      connection.end(reason);
      connections.delete(here);
    };
    const here = { ...connection, end } as Connection;
    connections.add(here);
    upkeep.joined(here);
  };
  return { upkeep, asked, renewed, ended, join };
}

test("each session is looked up every 30 s and each name renewed every 60 s, some of them each second", async () => {
  const { upkeep, asked, renewed, ended } = start(90);
  const all = Array.from({ length: 90 }, (_, i) => `s${i}`).toSorted();
  for (let round = 0; round < 4; round++) {
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked.map((some) => some.length)).toEqual(Array(30).fill(3));
    expect(asked.splice(0).flat().toSorted()).toEqual(all);
  }
  expect(renewed.flat().toSorted()).toEqual([...all, ...all].toSorted());
  expect(new Set(renewed.map((some) => some.length))).toEqual(new Set([3]));
  expect(ended.filter((one) => one.startsWith("s3 "))).toEqual(Array(4).fill("s3 unauthorized"));
  expect(ended.filter((one) => one.startsWith("s5 "))).toEqual(Array(2).fill("s5 conflict"));
  upkeep.stop();
});

test("where nobody is, nothing is asked", async () => {
  const { upkeep, asked, renewed } = start(0);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([...asked, ...renewed]).toEqual([]);
  upkeep.stop();
});

test("a session is ended within a second of its end, whenever its connection came", async () => {
  const { upkeep, ended, join } = start(0);
  join("late", 5_000);
  join("later", 9_000);
  await vi.advanceTimersByTimeAsync(4_900);
  expect(ended).toEqual([]);
  join("soon", 5_500);
  await vi.advanceTimersByTimeAsync(1_100);
  expect(ended).toEqual(["late unauthorized", "soon unauthorized"]);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(ended.at(-1)).toBe("later unauthorized");
  upkeep.stop();
});
