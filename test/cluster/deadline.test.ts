import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
/** Keeps the rate of messages in Redis, so that a send asks it twice. */
let limiting: TestService;
/** Keeps none: the first thing that a send asks is to store the message. */
let unlimited: TestService;

const promisedMs = 2_000;
const lobby = roomId("lobby");

beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
  [limiting] = cluster.nodes as [TestService];
  unlimited = await cluster.addNode({ LIMIT_MESSAGES_PER_SECOND: "0" });
});

afterEach(async () => {
  cluster.redis.resume();
  await cluster.ready();
});

const named = () => {
  const id = randomUUID();
  return { room: lobby, id: id as never, text: `paused ${id}` };
};

/** All that is in the lobby, read through the very connection on which a send of this client would still wait. */
async function stored(reader: ChatClient): Promise<(string | undefined)[]> {
  const messages = await eventually(async () => {
    const reply = await reader.ask("room:history", { room: lobby, limit: 200 });
    return reply.ok && reply.messages;
  });
  return messages.map(({ text }) => text);
}

/** Resolves when Redis has stood still for longer than a send may wait: its deadline is over. */
async function untilDeadlineHasPassed(sinceMs: number): Promise<void> {
  await eventually(() => performance.now() - sinceMs > promisedMs);
}

describe("a send while Redis stands still", () => {
  test.each(["unlimited", "limiting"] as const)(
    "is answered within 2 s, never surfaces, and is stored once when sent again (%s)",
    async (which) => {
      const node = which === "unlimited" ? unlimited : limiting;
      const hearer = await signIn(limiting);
      const speakers = await Promise.all([signIn(node), signIn(node), signIn(node)]);
      // Redis knows the scripts from here on.
      for (const speaker of speakers) await speaker.say("all is well");
      cluster.redis.pause();
      const pausedMs = performance.now();
      const sends = speakers.map((speaker) => ({ speaker, message: named() }));
      await Promise.all(
        sends.map(async ({ speaker, message }) => {
          const error = await speaker.refused("message:send", message);
          expect(error.code).toBe("unavailable");
          expect(error.retryAfterMs).toBeGreaterThan(0);
          expect(performance.now() - pausedMs).toBeLessThan(promisedMs);
        }),
      );
      await untilDeadlineHasPassed(pausedMs);
      cluster.redis.resume();

      const texts = sends.map(({ message }) => message.text);
      // What waited in Redis' queue on these connections has run before this read does.
      for (const { speaker } of sends)
        for (const text of texts) expect(await stored(speaker)).not.toContain(text);
      await eventually(async () => (await hearer.ask("message:send", named())).ok);

      for (const { speaker, message } of sends) {
        const again = await speaker.get("message:send", message);
        expect(again.duplicate).toBeUndefined();
        expect(await speaker.get("message:send", message)).toMatchObject({ seq: again.seq, duplicate: true });
      }
      await eventually(() => texts.every((text) => hearer.texts().includes(text)));
      for (const text of texts) {
        expect((await stored(hearer)).filter((one) => one === text)).toHaveLength(1);
        expect(hearer.texts().filter((one) => one === text)).toHaveLength(1);
      }
    },
  );

  test("is stored when that was a short moment", async () => {
    const speaker = await signIn(unlimited);
    await speaker.say("all is well");
    cluster.redis.pause();
    const sent = speaker.say("a hiccup");
    // By the time that it answers this, the node has sent what it was asked before.
    expect((await fetch(`${unlimited.url}/healthz`)).status).toBe(200);
    cluster.redis.resume();
    expect((await sent).duplicate).toBeUndefined();
    expect(await stored(speaker)).toContain("a hiccup");
  });

  test("over HTTP says so, and when to try again", async () => {
    const speaker = await signIn(unlimited);
    await speaker.say("all is well");
    const post = (id: string) =>
      fetch(`${unlimited.url}/api/rooms/lobby/messages`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${speaker.token}`,
          "content-type": "application/json",
          "idempotency-key": id,
        },
        body: JSON.stringify({ text: `over HTTP ${id}` }),
      });
    const id = randomUUID();
    cluster.redis.pause();
    const response = await post(id);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({ error: { code: "unavailable" } });
    cluster.redis.resume();
    expect(await stored(speaker)).not.toContain(`over HTTP ${id}`);
    expect((await post(id)).status).toBe(201);
    expect((await stored(speaker)).filter((text) => text === `over HTTP ${id}`)).toHaveLength(1);
  });
});
