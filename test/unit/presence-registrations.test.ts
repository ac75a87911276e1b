import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import type { Registration, Registry } from "../../services/presence/redis-registry.ts";
import { createRegistrations } from "../../services/presence/registrations.ts";
import { presenceTimes } from "../../services/presence/times.ts";
import { connectionOf } from "../support/presence-cluster.ts";

/** A registry that answers when the test says so, and keeps what was asked of it, in order. */
function standIn() {
  const calls: string[] = [];
  const waiting: ((error?: Error) => void)[] = [];
  const names = new Map<string, string>();
  const answer = <T>(value: T) =>
    new Promise<T>((resolve, reject) => {
      waiting.push((error) => (error ? reject(error) : resolve(value)));
    });
  const registry: Registry = {
    async open() {
      calls.push("open");
    },
    refresh: () => Promise.reject(new Error("not in this test")),
    enter(_, registrations: readonly Registration[]) {
      for (const { connection, status } of registrations) {
        names.set(connection.id, connection.user.name);
        calls.push(`enter ${connection.user.name} ${status}`);
      }
      return answer({
        count: registrations.length,
        registered: registrations.map((_, i) => ({
          number: i + 1,
          status: { mode: "auto" as const, lastSeen: true },
        })),
      });
    },
    leave(_, ids) {
      for (const id of ids) calls.push(`leave ${names.get(id)}`);
      return answer<"ok" | "stale">("ok");
    },
    async retire() {
      calls.push("retire");
    },
    signOut: () => Promise.resolve(true),
  };
  return {
    registry,
    calls,
    /** Answers the call that is under way. */
    async answer(error?: Error) {
      await expect.poll(() => waiting.length).toBeGreaterThan(0);
      waiting.shift()?.(error);
    },
    async answerUntil(done: Promise<unknown>) {
      let waits = true;
      const over = done.finally(() => {
        waits = false;
      });
      while (waits) {
        waiting.shift()?.();
        await new Promise(setImmediate);
      }
      await over;
    },
  };
}

async function started() {
  const redis = standIn();
  const registrations = createRegistrations({
    registry: redis.registry,
    times: { ...presenceTimes, refreshEveryMs: 60_000, retryEveryMs: 20 },
    vitals: () => ({
      connections: 0,
      rooms: 0,
      messagesPerSecond: 0,
      eventLoopDelayMs: 0,
    }),
    log: pino({ level: "silent" }),
  });
  await registrations.start();
  onTestFinished(async () => {
    await redis.answerUntil(registrations.stop());
  });
  return { registrations, ...redis };
}

test("who leaves while entering is under way ends up gone", async () => {
  const { registrations, calls, answer } = await started();
  const ada = connectionOf("ada");
  const entering = registrations.enter(ada);
  const refused = expect(entering).resolves.toMatchObject({ number: 1 });
  await expect.poll(() => calls).toContain("enter ada online");
  const leaving = registrations.leave(ada.id);
  expect(calls).not.toContain("leave ada");
  await answer();
  await refused;
  await answer();
  await leaving;
  expect(calls).toEqual(["open", "enter ada online", "leave ada"]);
});

test("who leaves before entering was sent is never mentioned", async () => {
  const { registrations, calls, answer } = await started();
  const bob = connectionOf("bob");
  const first = registrations.enter(connectionOf("ada"));
  await expect.poll(() => calls).toContain("enter ada online");
  const entering = registrations.enter(bob);
  const leaving = registrations.leave(bob.id);
  await expect(entering).rejects.toMatchObject({ code: "unavailable" });
  await answer();
  await first;
  await leaving;
  expect(calls).toEqual(["open", "enter ada online"]);
});

test("an outcome that is unknown is made known by doing it again", async () => {
  const { registrations, calls, answer } = await started();
  const ada = connectionOf("ada");
  const entering = registrations.enter(ada);
  const failed = expect(entering).rejects.toThrow("no answer");
  await answer(new Error("no answer"));
  await failed;
  expect(registrations.trouble).toBe("no answer");
  await expect.poll(() => calls).toEqual(["open", "enter ada online", "enter ada online"]);
  await answer();
  await expect.poll(() => registrations.trouble).toBeUndefined();
});

test("one who leaves after an unknown outcome is taken back in Redis as well", async () => {
  const { registrations, calls, answer } = await started();
  const ada = connectionOf("ada");
  const entering = registrations.enter(ada);
  const failed = expect(entering).rejects.toThrow("no answer");
  await answer(new Error("no answer"));
  await failed;
  const leaving = registrations.leave(ada.id);
  await answer();
  await leaving;
  expect(calls.at(-1)).toBe("leave ada");
});

test("what gathers during one call is the batch of the next, and a status that changed is sent", async () => {
  const { registrations, calls, answer } = await started();
  const ada = connectionOf("ada");
  const first = registrations.enter(ada);
  await expect.poll(() => calls.length).toBe(2);
  const others = ["bob", "cy"].map((name) => registrations.enter(connectionOf(name)));
  const away = registrations.setStatus(ada.id, "away");
  await answer();
  await first;
  await answer();
  await Promise.all([...others, away]);
  expect(calls).toEqual([
    "open",
    "enter ada online",
    "enter bob online",
    "enter cy online",
    "enter ada away",
  ]);
});

test("departures that cannot be told are not kept for ever: rather all is registered anew", async () => {
  const { registrations, calls, answer, answerUntil } = await started();
  const people = Array.from({ length: 1_200 }, (_, i) => connectionOf(`user ${i}`));
  const [stays = connectionOf("ada"), ...others] = people;
  const entering = Promise.all(people.map((connection) => registrations.enter(connection)));
  await answerUntil(entering);
  const leaving = Promise.allSettled(others.map(({ id }) => registrations.leave(id)));
  await answer(new Error("no answer"));
  await leaving;
  await expect.poll(() => calls.slice(-2)).toEqual(["open", `enter ${stays.user.name} online`]);
  await answer();
  await expect.poll(() => calls.at(-1)).toBe("retire");
});
