import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { readMetrics } from "../support/metrics.ts";
import { engineUpgrade, openLine, upgradeRequest } from "../support/raw-line.ts";
import { startSlowLine } from "../support/slow-line.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let nodes: TestService[];
/** Has little memory, and is abused. */
let poor: TestService;

const perSecond = 40;
const burst = 40;
const mebibyte = 2 ** 20;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    env: {
      LIMIT_MESSAGES_PER_SECOND: String(perSecond),
      LIMIT_MESSAGES_BURST: String(burst),
      LIMIT_EVENTS_PER_SECOND: "0",
    },
  });
  nodes = [...cluster.nodes];
  poor = await cluster.addNode({
    NODE_OPTIONS: "--max-old-space-size=80",
    LIMIT_MESSAGES_PER_SECOND: "0",
    LIMIT_EVENTS_PER_SECOND: "100",
    LIMIT_EVENTS_BURST: "1000",
    LIMIT_BUFFERED_BYTES: "262144",
    LIMIT_AUTH_SECONDS: "3",
  });
});

let addresses = 0;
function elsewhere(): { headers: Record<string, string> } {
  addresses += 1;
  return { headers: { "x-forwarded-for": `203.0.113.${addresses}` } };
}

const message = (text: string) => ({ room: roomId("lobby"), id: randomUUID() as never, text });

describe("one user who floods through all nodes", () => {
  test("gets as much as one who floods through one, within a tenth", async () => {
    const first = await signIn(nodes[0] as TestService);
    const others = await Promise.all(
      [...nodes, ...nodes].slice(1).map((node) => signIn(node, { token: first.token })),
    );
    const devices = [first, ...others];
    let granted = 0;
    const startedMs = performance.now();
    const seconds = () => (performance.now() - startedMs) / 1_000;
    const flood = async (device: ChatClient) => {
      while (seconds() < 5) if ((await device.ask("message:send", message("again"))).ok) granted += 1;
    };
    await Promise.all(devices.flatMap((device) => [flood(device), flood(device), flood(device)]));
    const due = burst + perSecond * seconds();
    expect(granted).toBeGreaterThan(due * 0.9);
    expect(granted).toBeLessThan(due * 1.1);
  });
});

/** All kinds of abuse at the same time; everybody in it is gone when it resolves. */
async function abuse(): Promise<void> {
  const here: ChatClient[] = [];
  const come = async (at: { url: string } = poor) => {
    // A node that is busy with the others may cut somebody before the welcome, as when Redis is away: come again.
    const client = await eventually(() => signIn(at, elsewhere()));
    here.push(client);
    return client;
  };
  const times = (count: number, act: (i: number) => void) => {
    for (let i = 0; i < count; i++) act(i);
  };

  async function neverSignIn() {
    const { headers } = elsewhere();
    const url = `${poor.url}/socket.io/?EIO=4&transport=polling`;
    await Promise.all(
      Array.from({ length: 200 }, () => fetch(url, { headers }).then((answer) => answer.text())),
    );
    const lines = await Promise.all(Array.from({ length: 100 }, () => openLine(poor)));
    for (const line of lines) line.write(upgradeRequest(engineUpgrade, headers));
    // Other namespaces are refused, each with an answer that nobody reads.
    for (const line of lines.slice(0, 5)) times(1_000, () => line.frame("40/nowhere"));
    await Promise.all(lines.map((line) => line.closed));
  }

  async function askAndNeverRead() {
    const line = await startSlowLine(poor);
    const client = await come(line);
    line.stall();
    times(150, () => client.socket.emit("room:history", { room: "lobby", limit: 200 }, () => {}));
    const { id } = client;
    const gone = () => poor.logged("disconnected").some(({ user }) => user === id);
    // The kernel's buffers hold some of it; when they are full, the node has had enough.
    await eventually(
      () => {
        times(10, () => client.socket.emit("room:history", { room: "lobby", limit: 200 }, () => {}));
        return gone();
      },
      { timeoutMs: 20_000 },
    );
    line.goOn();
  }

  async function askForTheMost() {
    const client = await come();
    const rooms = Object.fromEntries(Array.from({ length: 200 }, () => [randomUUID(), "0-0"]));
    times(20, () => client.socket.emit("room:sync", { rooms }, () => {}));
    const ids = Array.from({ length: 200 }, () => randomUUID());
    times(100, (i) => client.socket.emit("users:watch", { query: `a${i}`, ids }, () => {}));
    times(3_000, () => client.socket.emit("nothing:such", { x: "x".repeat(1_000) }));
    // Refused or granted: everything before has been taken in.
    await client.ask("presence:set", { status: "online" });
  }

  async function makeRoomsAndTalk() {
    const client = await come();
    times(500, () => client.socket.emit("room:create", { name: fresh("room"), kind: "channel" }, () => {}));
    times(1_000, () => client.socket.emit("message:send", message("x".repeat(1_000)), () => {}));
    await client.ask("presence:set", { status: "online" });
  }

  async function tooLarge() {
    const clients = await Promise.all(Array.from({ length: 10 }, () => come()));
    for (const client of clients) client.socket.emit("message:send", { text: "x".repeat(100_000) });
    await eventually(() => clients.every(({ connected }) => !connected));
  }

  async function comeAndGo() {
    const once = async () => (await come()).leave();
    for (let i = 0; i < 3; i++) await Promise.all(Array.from({ length: 10 }, once));
  }

  // Requests that never end, all the while.
  const slow = await Promise.all(Array.from({ length: 100 }, () => openLine(poor)));
  for (const line of slow) line.write(`GET /readyz HTTP/1.1\r\nhost: parley\r\nx-long: ${"x".repeat(4_000)}`);
  await Promise.all([
    neverSignIn(),
    askAndNeverRead(),
    askForTheMost(),
    makeRoomsAndTalk(),
    tooLarge(),
    comeAndGo(),
  ]);
  for (const line of slow) line.close();
  for (const client of here) client.leave();
}

describe("the memory of a node", () => {
  test("stays where it is, however long it is abused", async () => {
    const speaker = await signIn(poor, elsewhere());
    for (let i = 0; i < 200; i++) await speaker.say(`${i} `.padEnd(16_000, "x"));
    const resident = async () => (await readMetrics(poor)).value("process_resident_memory_bytes") / mebibyte;
    let watching = true;
    let most = 0;
    const watch = (async () => {
      while (watching) most = Math.max(most, await resident());
    })();
    watch.catch(() => {});
    const before = await resident();
    const peaks: number[] = [];
    for (let round = 0; round < 4; round++) {
      most = 0;
      await abuse();
      peaks.push(Math.round(most));
    }
    watching = false;
    await watch;
    expect(poor.running).toBe(true);
    const said = JSON.stringify({ before: Math.round(before), peaks });
    // A heap of 80 MiB, what waits for readers, and what Node itself needs.
    expect(Math.max(...peaks), said).toBeLessThan(before + 150);
    expect(Math.max(...peaks.slice(2)), said).toBeLessThan(Math.max(...peaks.slice(0, 2)) + 24);
    await speaker.say("still here");
    expect((await signIn(poor, { ...elsewhere(), name: fresh("newcomer") })).connected).toBe(true);
    await eventually(async () => (await readMetrics(poor)).value("parley_transports") === 2);
  }, 120_000);
});
