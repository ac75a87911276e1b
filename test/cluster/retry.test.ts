import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { type RedisProxy, startRedisProxy } from "../support/tcp-proxy.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let line: RedisProxy;
/** The node whose line to Redis we hold. */
let doomed: TestService;
let safe: TestService;

beforeAll(async () => {
  // Without the limit, the first thing that a send asks of Redis is to store the message.
  const env = { LIMIT_MESSAGES_PER_SECOND: "0" };
  cluster = await startCluster({ nodes: 1, env });
  line = await startRedisProxy(cluster.redis.url);
  [safe] = cluster.nodes as [TestService];
  doomed = await cluster.addNode({ REDIS_URL: line.url });
});

afterEach(async () => {
  if (!doomed.running) await doomed.start();
  await cluster.ready();
});

async function timesStored(reader: ChatClient, text: string): Promise<number> {
  const { messages } = await reader.get("room:history", { room: roomId("lobby"), limit: 200 });
  return messages.filter((message) => message.text === text).length;
}

describe("the same message sent again", () => {
  test("is stored once when the node dies after Redis has it and before it is acknowledged", async () => {
    const hearer = await signIn(safe);
    const speaker = await signIn(doomed);
    // Redis knows the script from here on, so the next send is a single command.
    await speaker.say("all is well");
    const id = randomUUID();
    const message = { room: roomId("lobby"), id: id as never, text: `half way ${id}` };
    const release = line.holdReplies();
    let acknowledged = false;
    speaker.socket.emit("message:send", message, () => {
      acknowledged = true;
    });
    const heard = await eventually(() => hearer.events().find((event) => event.id === id));
    await doomed.kill();
    release();
    expect(acknowledged).toBe(false);

    const again = await signIn(safe, { token: speaker.token });
    const { text } = message;
    expect(await again.get("message:send", message)).toMatchObject({ seq: heard.seq, duplicate: true });
    expect(await timesStored(again, text)).toBe(1);
    expect(hearer.texts().filter((one) => one === text)).toEqual([text]);
  });

  test("is stored by another node when the first one died before Redis had it", async () => {
    const hearer = await signIn(safe);
    const speaker = await signIn(doomed);
    // Redis knows the script from here on, so the next send is a single command.
    await speaker.say("all is well");
    const id = randomUUID();
    const message = { room: roomId("lobby"), id: id as never, text: `on the way ${id}` };
    const release = line.holdRequests();
    const heldBefore = line.held;
    speaker.socket.emit("message:send", message, () => {});
    await eventually(() => line.held > heldBefore + message.text.length);
    await doomed.kill();
    release();

    const again = await signIn(safe, { token: speaker.token });
    const stored = await again.get("message:send", message);
    expect(stored.duplicate).toBeUndefined();
    const { text } = message;
    await eventually(() => hearer.texts().includes(text));
    expect(await timesStored(again, text)).toBe(1);
  });

  test("is stored once when two devices send it at the same time on two nodes", async () => {
    const here = await signIn(safe);
    const there = await signIn(doomed, { token: here.token });
    for (let i = 0; i < 10; i++) {
      const id = randomUUID();
      const text = `from two devices ${id}`;
      const [one, other] = await Promise.all([here.say(text, "lobby", id), there.say(text, "lobby", id)]);
      expect(one.seq).toBe(other.seq);
      expect(one.n).toBe(other.n);
      expect([one, other].filter(({ duplicate }) => duplicate)).toHaveLength(1);
      expect(await timesStored(here, text)).toBe(1);
    }
  });

  test("is a conflict with another text, and with another author", async () => {
    const speaker = await signIn(safe);
    const other = await signIn(doomed);
    const id = randomUUID() as never;
    const room = roomId("lobby");
    await speaker.get("message:send", { room, id, text: "first" });
    const again = await signIn(doomed, { token: speaker.token });
    expect(await again.refused("message:send", { room, id, text: "second" })).toMatchObject({
      code: "conflict",
      field: "id",
    });
    expect(await other.refused("message:send", { room, id, text: "first" })).toMatchObject({
      code: "conflict",
    });
    expect(await again.get("message:send", { room, id, text: "first" })).toMatchObject({ duplicate: true });
  });
});
