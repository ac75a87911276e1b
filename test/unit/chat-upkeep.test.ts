import { EventEmitter } from "node:events";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Connection } from "../../services/chat/delivery/connection.ts";
import { createUpkeep, turnsARound } from "../../services/chat/upkeep.ts";
import { createRounds } from "../../services/platform/index.ts";
import { type ProtocolError, RequestError } from "../../services/protocol/index.ts";
import type { Users } from "../../services/users/index.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Upkeep of connections `s0`, `s1` and so on, of users of the same names. */
function start(count: number, users: Partial<Users> = {}) {
  const connections = createRounds<Connection>(turnsARound);
  const ended: string[] = [];
  const connect = (name: string, expiresAtMs = 86_400_000) => {
    const end = ({ code }: ProtocolError) => {
      ended.push(`${name} ${code}`);
      Object.assign(connection, { open: false });
      connections.delete(connection);
    };
    const user = { id: name, name };
    const connection = { user, session: name, expiresAtMs, open: true, end } as unknown as Connection;
    connections.add(connection);
    return connection;
  };
  for (let i = 0; i < count; i++) connect(`s${i}`);
  const asked: string[][] = [];
  const renewed: string[][] = [];
  const upkeep = createUpkeep({
    redis: new EventEmitter() as never,
    subscriber: { healthy: true } as never,
    clock: { nowMs: () => Date.now(), sample: async () => {} },
    users: {
      revoked: async (sessions: { session: string }[]) => {
        asked.push(sessions.map(({ session }) => session));
        return sessions.map(() => false);
      },
      holdAll: async (holders: { name: string }[]) => {
        renewed.push(holders.map(({ name }) => name));
        return holders.map(() => undefined);
      },
      ...users,
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
  const join = (name: string, expiresAtMs: number) => upkeep.joined(connect(name, expiresAtMs));
  return { upkeep, asked, renewed, ended, join };
}

test("each session is looked up every 30 s and each name renewed every 60 s, some of them each second", async () => {
  const { upkeep, asked, renewed } = start(90);
  const all = Array.from({ length: 90 }, (_, i) => `s${i}`).toSorted();
  for (let round = 0; round < 4; round++) {
    await vi.advanceTimersByTimeAsync(30_000);
    expect(asked.map((some) => some.length)).toEqual(Array(30).fill(3));
    expect(asked.splice(0).flat().toSorted()).toEqual(all);
  }
  expect(renewed.flat().toSorted()).toEqual([...all, ...all].toSorted());
  expect(new Set(renewed.map((some) => some.length))).toEqual(new Set([3]));
  upkeep.stop();
});

test("whose session was revoked is ended, and their name, which was given back, is not taken again", async () => {
  const { upkeep, renewed, ended } = start(90, {
    revoked: async (sessions) => sessions.map(({ session }) => session === "s3"),
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ended).toEqual(["s3 unauthorized"]);
  expect(renewed.flat()).toContain("s4");
  expect(renewed.flat()).not.toContain("s3");
  upkeep.stop();
});

test("whose name is somebody else's by now is ended", async () => {
  const { upkeep, ended } = start(90, {
    holdAll: async (holders) =>
      holders.map(({ name }) => (name === "s5" ? new RequestError("conflict", "taken") : undefined)),
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(ended).toEqual(["s5 conflict"]);
  upkeep.stop();
});

test("names are renewed where sessions cannot be looked up", async () => {
  const { upkeep, renewed, ended } = start(90, {
    revoked: () => Promise.reject(new RequestError("unavailable", "away")),
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(new Set(renewed.flat()).size).toBe(90);
  expect(ended).toEqual([]);
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
