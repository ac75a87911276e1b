import { beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { type RedisProxy, startRedisProxy } from "../support/tcp-proxy.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
/** The line between Redis and the node on which the hearers are. */
let line: RedisProxy;
let whole: TestService;
let lossy: TestService;

/** Within so long, a lost message is delivered, whatever happens in the room. */
const promisedMs = 10_000;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 1,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
  line = await startRedisProxy(cluster.redis.url);
  [whole] = cluster.nodes as [TestService];
  lossy = await cluster.addNode({ REDIS_URL: line.url });
});

/** Two in a room of their own, the hearer behind the lossy line. */
async function pair(): Promise<{ speaker: ChatClient; hearer: ChatClient; room: string }> {
  const [speaker, hearer] = await Promise.all([signIn(whole), signIn(lossy)]);
  const { room } = await speaker.get("room:create", { name: fresh("gap"), kind: "channel" });
  await hearer.get("room:join", { room: room.id });
  return { speaker, hearer, room: room.id };
}

function heardWithin(hearer: ChatClient, room: string, texts: readonly string[], timeoutMs: number) {
  return eventually(
    () => {
      expect(hearer.texts(room)).toEqual(texts);
      return true;
    },
    { timeoutMs },
  );
}

/** Each once, in order: nothing but consecutive places. */
function expectDense(hearer: ChatClient, room: string): void {
  const places = hearer.events(room).map(({ seq }) => seq);
  expect(places).toEqual(places.map((_, i) => (places[0] ?? 0) + i));
  expect(hearer.of("room:reset")).toEqual([]);
  expect(hearer.connected).toBe(true);
}

async function repairedEvents(): Promise<number> {
  const metrics = await (await fetch(`${lossy.url}/metrics`)).text();
  return Number(/^parley_gap_events_repaired_total\S* (\d+)/m.exec(metrics)?.[1]);
}

describe("a message that is lost between Redis and a node", () => {
  test("in the middle is delivered as soon as the next one shows that it is missing", async () => {
    const { speaker, hearer, room } = await pair();
    const before = await repairedEvents();
    const lostBefore = line.lost;
    const mend = line.lose((message) => message.includes("second"));
    const said: string[] = [];
    const rounds = 6;
    for (let round = 0; round < rounds; round++) {
      for (const text of ["first", "second", "third"]) {
        said.push(`${text} of round ${round}`);
        await speaker.say(said.at(-1) as string, room);
      }
      // Too soon for the next look at the head of the log, which mends all that nothing else does.
      await heardWithin(hearer, room, said, 500);
    }
    mend();
    expect(line.lost).toBe(lostBefore + rounds);
    expectDense(hearer, room);
    expect(await repairedEvents()).toBeGreaterThanOrEqual(before + rounds);
  });

  test("several times, here and there, under way of a lively talk", async () => {
    const { speaker, hearer, room } = await pair();
    const lostBefore = line.lost;
    const mend = line.lose((message) => /lively \d*[37]"/.test(message));
    const texts = Array.from({ length: 100 }, (_, i) => `lively ${i}`);
    for (const text of texts) await speaker.say(text, room);
    await heardWithin(hearer, room, texts, promisedMs);
    mend();
    expect(line.lost).toBeGreaterThan(lostBefore + 5);
    expectDense(hearer, room);
  });

  // Nothing ever comes after these: somebody must look.
  test.concurrent("as the last one is delivered all the same", async () => {
    const { speaker, hearer, room } = await pair();
    const mend = line.lose((message) => message.includes("the very last"));
    await speaker.say("before", room);
    await speaker.say("the very last", room);
    await heardWithin(hearer, room, ["before", "the very last"], promisedMs);
    mend();
    expectDense(hearer, room);
  });

  test.concurrent("of the lobby, as the last one, reaches every hearer on the node", async () => {
    const speaker = await signIn(whole);
    const hearers = await Promise.all([signIn(lossy), signIn(lossy), signIn(lossy)]);
    const mend = line.lose((message) => message.includes("last in the lobby"));
    await speaker.say("last in the lobby");
    await Promise.all(
      hearers.map((hearer) => heardWithin(hearer, "lobby", ["last in the lobby"], promisedMs)),
    );
    mend();
    for (const hearer of hearers) expectDense(hearer, "lobby");
  });

  test.concurrent("of one's own log brings the room, and what is said there", async () => {
    const [speaker, hearer] = await Promise.all([signIn(whole), signIn(lossy)]);
    const { room } = await speaker.get("room:create", { name: fresh("secret"), kind: "private" });
    const mend = line.lose(
      (message, channel) => channel.includes(hearer.id) && message.includes("room_added"),
    );
    await speaker.get("room:invite", { room: room.id, to: { id: hearer.id as never } });
    await speaker.say("come in", room.id);
    await heardWithin(hearer, room.id, ["come in"], promisedMs);
    mend();
    expect(hearer.ownEvents()).toMatchObject([{ type: "room_added", room: { id: room.id } }]);
  });
});

describe("a subscription", () => {
  test("that is cut is made again, and what was said meanwhile is delivered", async () => {
    const { speaker, hearer, room } = await pair();
    await speaker.say("before", room);
    await heardWithin(hearer, room, ["before"], 2_000);
    const release = line.holdConnections();
    line.cutSubscriptions();
    await speaker.say("meanwhile", room);
    await speaker.say("and more", room);
    release();
    await heardWithin(hearer, room, ["before", "meanwhile", "and more"], promisedMs);
    await speaker.say("after", room);
    await heardWithin(hearer, room, ["before", "meanwhile", "and more", "after"], 2_000);
    expectDense(hearer, room);
  });

  test("that has gone deaf is noticed, and what was said meanwhile is delivered", async () => {
    const { speaker, hearer, room } = await pair();
    line.deafenSubscriptions();
    await speaker.say("into the void", room);
    await heardWithin(hearer, room, ["into the void"], promisedMs);
    // Heard by a new subscription, and not only found by looking.
    await eventually(() => lossy.logged("subscription is deaf, connecting again").length > 0);
    await eventually(() => lossy.logged("subscriptions restored, checking every feed").length > 1);
    await speaker.say("heard again", room);
    await heardWithin(hearer, room, ["into the void", "heard again"], 1_000);
    expectDense(hearer, room);
    const later = await signIn(lossy);
    expect(later.welcome.rooms.map(({ id }) => id)).toContain(roomId("lobby"));
  });
});
