import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { stopWhenDone } from "../support/started.ts";
import { eventually } from "../support/wait.ts";
import { startClientLine } from "./client-line.ts";
import { fillRedis } from "./redis-admin.ts";
import { type RedisLine, startRedisLine } from "./redis-line.ts";

// Faults of the line to Redis that no other test meets alone. `npm run faults -- --each` meets every kind alone, with a crowd and its checker.

let cluster: TestCluster;
/** Has a line to Redis that the tests hold. */
let held: TestService;
let whole: TestService;
let line: RedisLine;
/** Takes its time, in which the other tests run: none of them touches that node's line. */
let offTheList: Promise<string>;

const lobby = roomId("lobby");
/** A send is answered within this time, whatever Redis does. */
const answeredWithinMs = 2_000;
/** What was lost or late is with everybody by then. */
const repairedWithinMs = 10_000;
const halfOpenWithinMs = 25_000;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    env: { LIMIT_MESSAGES_PER_SECOND: "0" },
    async redisUrlFor(name, url) {
      if (name !== "chat-1") return url;
      line = await startRedisLine(url);
      stopWhenDone(async () => line.close());
      return line.url;
    },
  });
  [held, whole] = cluster.nodes as [TestService, TestService];
  offTheList = vanish().catch(String);
});

const message = () => {
  const id = randomUUID();
  return { room: lobby, id: id as never, text: `said ${id}` };
};

/** Somebody at the node whose line is held, and somebody at the other one; both have spoken, so that Redis knows the scripts. */
async function pair(): Promise<{ speaker: ChatClient; hearer: ChatClient }> {
  await cluster.ready();
  const [speaker, hearer] = await Promise.all([signIn(held), signIn(whole)]);
  await speaker.say("all is well");
  await eventually(() => hearer.texts().includes("all is well"));
  return { speaker, hearer };
}

/** How often the other node has it in the log. */
async function stored(reader: ChatClient, text: string): Promise<number> {
  const { messages } = await reader.get("room:history", { room: lobby, limit: 200 });
  return messages.filter((one) => one.text === text).length;
}

/** As a client does that was told `unavailable`: again with the same id, and everybody has it once. */
async function storedOnceInTheEnd(
  { speaker, hearer }: Awaited<ReturnType<typeof pair>>,
  sent: ReturnType<typeof message>,
): Promise<void> {
  await eventually(async () => (await speaker.ask("message:send", sent)).ok, {
    timeoutMs: repairedWithinMs,
    everyMs: 100,
  });
  for (const client of [speaker, hearer])
    await eventually(() => client.texts().includes(sent.text), { timeoutMs: repairedWithinMs });
  expect(await stored(hearer, sent.text)).toBe(1);
  for (const client of [speaker, hearer])
    expect(client.texts().filter((text) => text === sent.text)).toHaveLength(1);
}

async function refusedInTime(speaker: ChatClient, sent: ReturnType<typeof message>): Promise<void> {
  const startedMs = performance.now();
  expect(await speaker.refused("message:send", sent)).toMatchObject({ code: "unavailable" });
  expect(performance.now() - startedMs).toBeLessThan(answeredWithinMs);
}

describe("Redis", () => {
  test.each([5, 200])("%i ms away takes messages, each once", async (delayMs) => {
    const both = await pair();
    const mend = line.slow(delayMs);
    try {
      for (let i = 0; i < 3; i++) {
        const sent = message();
        const startedMs = performance.now();
        expect((await both.speaker.get("message:send", sent)).duplicate).toBeUndefined();
        expect(performance.now() - startedMs).toBeLessThan(answeredWithinMs);
        await eventually(() => both.speaker.texts().includes(sent.text));
        await storedOnceInTheEnd(both, sent);
      }
    } finally {
      mend();
    }
  });

  test("2,000 ms away: a send is refused in time, and is there once when it was sent again", async () => {
    const both = await pair();
    const mend = line.slow(2_000);
    const sent = message();
    try {
      await refusedInTime(both.speaker, sent);
    } finally {
      mend();
    }
    await storedOnceInTheEnd(both, sent);
  });

  test.each(["requests", "answers", "both"] as const)(
    "that loses %s: a send is refused in time, and is there once when it was sent again",
    async (direction) => {
      const both = await pair();
      const mend = line.blackHole("all", direction);
      const sent = message();
      try {
        await refusedInTime(both.speaker, sent);
        // What was asked has been done; only nobody was told.
        expect(await stored(both.hearer, sent.text)).toBe(direction === "answers" ? 1 : 0);
      } finally {
        mend(true);
      }
      await storedOnceInTheEnd(both, sent);
    },
  );

  test("that is full refuses messages and says so, is read as ever, and takes them when there is room again", async () => {
    const both = await pair();
    const empty = await fillRedis(cluster.redis.url);
    const sent = message();
    try {
      await refusedInTime(both.speaker, sent);
      expect(await stored(both.speaker, "all is well")).toBeGreaterThan(0);
    } finally {
      await empty();
    }
    expect(await stored(both.hearer, sent.text)).toBe(0);
    await storedOnceInTheEnd(both, sent);
  });
});

test("a node that starts while its line lets hardly anything through is there, and well when the line is", async () => {
  const mend = line.throttle(1_000);
  try {
    await held.kill();
    await held.start();
    expect((await fetch(`${held.url}/healthz`)).status).toBe(200);
  } finally {
    mend();
  }
  await storedOnceInTheEnd(await pair(), message());
});

test("a client whose line is dead, which nobody is told of, is off the list in time", async () => {
  expect(await offTheList).toBe("in time");
});

/** Somebody comes to the node that is left alone, and from then on no end of their connection reaches anybody. */
async function vanish(): Promise<string> {
  const watcher = await signIn(whole);
  const far = await startClientLine(whole.url);
  stopWhenDone(async () => far.close());
  const person = await signIn(far);
  const listed = async () => {
    const { users } = await watcher.get("users:list", { limit: 200 });
    return users.some(({ id }) => id === person.id);
  };
  await eventually(listed);
  far.vanish();
  await eventually(async () => !(await listed()), { timeoutMs: halfOpenWithinMs, everyMs: 100 });
  return "in time";
}
