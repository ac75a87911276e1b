import { beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";

const large = 4;
let cluster: TestCluster;
let nodes: [TestService, TestService];

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    balancer: false,
    env: { LARGE_ROOM_MEMBERS: String(large), LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
  nodes = cluster.nodes as typeof nodes;
});

const seqs = (client: ChatClient) => client.events().map((event) => event.seq);
const heads = (client: ChatClient) =>
  client.of("room:head").flatMap(({ payload }) => (payload.room === "lobby" ? [payload] : []));

/** As many as make the lobby large, on both nodes; a node knows so when it has told a head. */
async function crowd(): Promise<{
  speaker: ChatClient;
  looker: ChatClient;
  other: ChatClient;
  bot: ChatClient;
}> {
  const [speaker, looker, other, bot] = (await Promise.all(
    Array.from({ length: large }, (_, i) => signIn(nodes[i % 2] as TestService)),
  )) as [ChatClient, ChatClient, ChatClient, ChatClient];
  await speaker.get("room:focus", { room: roomId("lobby") });
  await looker.get("room:focus", { room: roomId("lobby") });
  await other.get("room:focus", { room: null });
  await eventually(async () => {
    await speaker.say("is this large?");
    return heads(other).length > 0;
  });
  return { speaker, looker, other, bot };
}

describe("a large room", () => {
  test("tells those who do not look how far it is, and everything once they look, exactly once and in order", async () => {
    const { speaker, looker, other, bot } = await crowd();
    const before = seqs(other).length;
    for (let i = 0; i < 30; i++) await speaker.say(`message ${i}`);
    const { seq, n } = await speaker.say("the last one");
    for (const client of [speaker, looker, bot]) await eventually(() => seqs(client).at(-1) === seq);
    await eventually(() => heads(other).at(-1)?.seq === seq);
    expect(heads(other).at(-1)).toMatchObject({ n });
    expect(seqs(other)).toHaveLength(before);
    const atMs = other.of("room:head").map((head) => head.atMs);
    for (const [i, at] of atMs.slice(1).entries()) expect(at - (atMs[i] ?? 0)).toBeGreaterThan(1_900);

    // What is said while somebody looks again, and away, and again.
    const saying = (async () => {
      for (let i = 0; i < 40; i++) await speaker.say(`meanwhile ${i}`);
    })();
    for (const room of [roomId("lobby"), null, roomId("lobby"), null, roomId("lobby")])
      await other.get("room:focus", { room });
    await saying;
    const { seq: end } = await speaker.say("over");
    for (const client of [looker, other, bot]) await eventually(() => seqs(client).at(-1) === end);
    const told = seqs(other);
    expect(told).toEqual(Array.from({ length: told.length }, (_, i) => (told[0] ?? 0) + i));
    for (const client of [looker, bot]) expect(seqs(client).slice(-60)).toEqual(told.slice(-60));
  });

  test("is told in full to those who say that they look at a room when they are in it from the start", async () => {
    const { speaker } = await crowd();
    const comer = await signIn(nodes[1]);
    await comer.get("room:focus", { room: roomId("lobby") });
    const { seq } = await speaker.say("welcome");
    await eventually(() => seqs(comer).at(-1) === seq);
    expect(heads(comer)).toEqual([]);
  });
});
