import { beforeAll, expect, test } from "vitest";
import { fresh, signIn } from "../support/chat-client.ts";
import { startCluster, type TestService } from "../support/cluster.ts";
import { readMetrics, timesReached } from "../support/metrics.ts";
import { openLine } from "../support/raw-line.ts";
import { startSlowLine } from "../support/slow-line.ts";
import { eventually } from "../support/wait.ts";

let node: TestService;

const bytesPerNode = 2 ** 20;
const connections = 30;
const roomsPerUser = 500;
/** Within so long Redis answers, or it is said to be away. */
const deadlineMs = 1_800;

beforeAll(async () => {
  const cluster = await startCluster({
    nodes: 1,
    env: {
      LIMIT_CONNECTIONS: String(connections),
      LIMIT_BUFFERED_BYTES: "0",
      LIMIT_BUFFERED_BYTES_PER_NODE: String(bytesPerNode),
      LIMIT_MESSAGES_PER_SECOND: "0",
      LIMIT_EVENTS_PER_SECOND: "0",
      LIMIT_ROOM_CHANGES_PER_MINUTE: "0",
    },
  });
  [node] = cluster.nodes as [TestService];
});

test("too much for all readers of a node together: those are cut for whom most waits, and nobody else", async () => {
  const lines = [await startSlowLine(node), await startSlowLine(node)] as const;
  const [slowest, slow, speaker, hearer] = await Promise.all([
    signIn(lines[0]),
    signIn(lines[1]),
    signIn(node),
    signIn(node),
  ]);
  const { room } = await speaker.get("room:create", { name: fresh("room"), kind: "channel" });
  await slowest.get("room:join", { room: room.id });
  const text = "a lot to read ".repeat(1_000);
  const said: string[] = [];
  const speak = async () => {
    said.push(`${said.length} ${text}`);
    await speaker.say(said.at(-1) as string);
  };
  const gone = ({ id }: { id: string }) => node.logged("disconnected").some(({ user }) => user === id);
  for (const line of lines) line.stall();
  // The kernel holds some megabytes for each before anything waits in the node.
  const speakMoreToOne = async () => {
    for (let i = 0; i < 19; i++) await speaker.say(text, room.id);
    await speak();
    return gone(slowest);
  };
  await eventually(speakMoreToOne, { timeoutMs: 30_000, everyMs: 0 });
  expect(gone(slow)).toBe(false);
  expect(await timesReached(node, "buffered_bytes_per_node")).toBe(1);
  // Alone, it is the one for whom most waits.
  await eventually(() => speak().then(() => gone(slow)), { timeoutMs: 30_000, everyMs: 0 });
  expect(await timesReached(node, "buffered_bytes_per_node")).toBe(2);
  await eventually(() => hearer.events().length >= said.length);
  for (const reader of [speaker, hearer]) {
    expect(reader.texts()).toEqual(said);
    reader.leave();
  }
  for (const line of lines) line.goOn();
});

test("more TCP connections than twice the clients are closed at once, and those that were there go on", async () => {
  const bystander = await signIn(node);
  const lines = await Promise.all(Array.from({ length: 3 * connections }, () => openLine(node)));
  const closed = () => lines.filter(({ closedAfterMs }) => closedAfterMs !== undefined);
  await eventually(() => closed().length >= connections);
  expect(closed().length).toBeLessThan(2 * connections);
  for (const { answer, closedAfterMs } of closed()) {
    expect(answer).toBe("");
    expect(closedAfterMs).toBeLessThan(2_000);
  }
  await bystander.say("still here");
  const refused = closed().length;
  for (const line of lines) line.close();
  await eventually(async () => (await timesReached(node, "tcp_connections")) >= refused);
  await signIn(node).then((newcomer) => newcomer.leave());
  bystander.leave();
});

test("somebody in as many rooms as one may be in comes to no more, and signs in and has all of them in time", async () => {
  const person = await signIn(node);
  const make = () => person.ask("room:create", { name: fresh("room"), kind: "channel" });
  for (let made = 0; made < roomsPerUser; made += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, make));
    expect(answers.filter(({ ok }) => !ok)).toEqual([]);
  }
  // By the thousand, by those who make them and by those who come into what others made.
  const other = await signIn(node);
  const { room } = await other.get("room:create", { name: fresh("room"), kind: "channel" });
  const more = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => (i % 2 ? make() : person.ask("room:join", { room: room.id }))),
  );
  expect(new Set(more.map((answer) => (answer.ok ? "granted" : answer.error.code)))).toEqual(
    new Set(["conflict"]),
  );
  expect(await timesReached(node, "rooms")).toBe(1_000);

  let askedMs = performance.now();
  const back = await signIn(node, { token: person.token });
  expect(performance.now() - askedMs).toBeLessThan(deadlineMs);
  const known = new Set(back.welcome.rooms.map(({ id }) => id));
  expect(known.size).toBe(101);
  for (let cursor = back.welcome.moreRooms; cursor !== undefined; ) {
    askedMs = performance.now();
    const page = await back.get("rooms:mine", { cursor });
    expect(performance.now() - askedMs).toBeLessThan(deadlineMs);
    for (const { id } of page.rooms) known.add(id);
    cursor = page.moreRooms;
  }
  // And the lobby.
  expect(known.size).toBe(roomsPerUser + 1);
  await other.say("still here");
  expect((await readMetrics(node)).value("parley_handshakes_refused_total")).toBe(0);
});
