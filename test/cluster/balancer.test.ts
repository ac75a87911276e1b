import { io, type Socket } from "socket.io-client";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { startBalancer } from "../../script/cluster/balancer.ts";
import { freePort } from "../../script/cluster/loopback.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { stopWhenDone } from "../support/started.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
const sockets: Socket[] = [];

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3 });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.disconnect();
  for (const node of cluster.nodes) if (!node.running) await node.start();
  await cluster.ready();
});

/** A browser's cookies, for a stock client that polls. */
interface Guest {
  readonly socket: Socket;
  /** The nodes that welcomed it, in that order. */
  readonly nodes: string[];
}

function connect(name: string, transports: ("websocket" | "polling")[], cookies = false): Guest {
  const socket = io(cluster.url, {
    auth: { name },
    transports,
    forceNew: true,
    withCredentials: cookies,
    reconnectionDelay: 50,
    reconnectionDelayMax: 200,
  });
  const nodes: string[] = [];
  socket.on("welcome", ({ node, token }: { node: string; token?: string }) => {
    nodes.push(node);
    if (token) socket.auth = { token };
  });
  sockets.push(socket);
  return { socket, nodes };
}

/** The id under which a node presents itself. */
function idOf(node: TestCluster["nodes"][number]): unknown {
  return node.logged("listening").at(-1)?.id;
}

function nodeCalled(id: string | undefined) {
  const node = cluster.nodes.find((one) => idOf(one) === id);
  if (!node) throw new Error(`no node is called ${id}`);
  return node;
}

describe("the balancer", () => {
  test("spreads connections over the nodes", async () => {
    const guests = Array.from({ length: 9 }, (_, index) => connect(`spread ${index}`, ["websocket"]));
    await eventually(() => guests.every(({ nodes }) => nodes.length === 1));
    const counts = cluster.nodes.map((node) => guests.filter(({ nodes }) => nodes[0] === idOf(node)).length);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(2);
  });

  test("keeps a session that polls on its node, by a cookie", async () => {
    const guests = Array.from({ length: 4 }, (_, index) => connect(`poller ${index}`, ["polling"], true));
    await eventually(() => guests.every(({ nodes }) => nodes.length === 1));
    for (const { socket, nodes } of guests) {
      for (let i = 0; i < 5; i++)
        expect(await socket.emitWithAck("users:list", {})).toMatchObject({ ok: true });
      expect(nodes).toHaveLength(1);
    }
  });

  test("gives nobody an error when a node is killed", async () => {
    const answers: number[] = [];
    const victim = cluster.nodes[1];
    const killed = victim?.kill();
    for (let i = 0; i < 150; i++) answers.push((await fetch(cluster.url)).status);
    await killed;
    expect(answers.filter((status) => status !== 200)).toEqual([]);
  });

  test("moves the people of a killed node to others at once", async () => {
    const guests = Array.from({ length: 6 }, (_, index) => connect(`moved ${index}`, ["websocket"]));
    await eventually(() => guests.every(({ nodes }) => nodes.length === 1));
    const victim = nodeCalled(guests[0]?.nodes[0]);
    const moved = guests.filter(({ nodes }) => nodes[0] === idOf(victim));
    const dead = idOf(victim);
    await victim.kill();
    await eventually(() => moved.every(({ nodes }) => nodes.length === 2), { timeoutMs: 3_000 });
    for (const { nodes } of moved) expect(nodes[1]).not.toBe(dead);
  });

  test.for(["websocket", "polling"] as const)(
    "sends nobody back to a node that drains (%s)",
    async (transport) => {
      const guests = Array.from({ length: 6 }, (_, index) =>
        connect(`drained ${transport} ${index}`, [transport], true),
      );
      await eventually(() => guests.every(({ nodes }) => nodes.length === 1));
      const leaving = nodeCalled(guests[0]?.nodes[0]);
      const moved = guests.filter(({ nodes }) => nodes[0] === idOf(leaving));
      const gone = idOf(leaving);
      const stopped = leaving.stop();
      await eventually(() => moved.every(({ nodes }) => nodes.length >= 2));
      expect(moved.flatMap(({ nodes }) => nodes.slice(1))).not.toContain(gone);
      expect(moved.every(({ nodes }) => nodes.length === 2)).toBe(true);
      expect(await stopped).toEqual({ code: 0, signal: null });
    },
  );

  test("gives a browser whose cookie names a node that drains another one at once", async () => {
    const path = `${cluster.url}/socket.io/?EIO=4&transport=polling`;
    const handshake = async (cookie?: string) => {
      const response = await fetch(path, cookie === undefined ? {} : { headers: { cookie } });
      expect(response.status).toBe(200);
      const { sid } = JSON.parse((await response.text()).slice(1));
      return { sid: String(sid), cookie: response.headers.get("set-cookie")?.split(";")[0] };
    };
    const { sid, cookie = "" } = await handshake();
    const session = { headers: { cookie } };
    const body = '40{"name":"with a cookie"}';
    expect((await fetch(`${path}&sid=${sid}`, { method: "POST", body, ...session })).status).toBe(200);
    const node = await eventually(async () => {
      const packets = await (await fetch(`${path}&sid=${sid}`, session)).text();
      return /"welcome".*?"node":"([^"]+)"/.exec(packets)?.[1];
    });
    const again = await handshake(cookie);
    expect(again.cookie).toBeUndefined();

    const leaving = nodeCalled(node);
    const stopped = leaving.stop();
    await eventually(async () => (await fetch(`${leaving.url}/lb`)).status === 404);
    const elsewhere = await handshake(cookie);
    expect(elsewhere.cookie).toMatch(/^parley_node=/);
    expect(elsewhere.cookie).not.toBe(cookie);
    expect(leaving.running).toBe(true);
    await stopped;
  });

  test("lets go of a node that hangs", async () => {
    const guests = Array.from({ length: 6 }, (_, index) => connect(`hung ${index}`, ["websocket"]));
    await eventually(() => guests.every(({ nodes }) => nodes.length === 1));
    const hung = nodeCalled(guests[0]?.nodes[0]);
    await hung.kill("SIGSTOP");
    try {
      const held = guests.filter(({ nodes }) => nodes[0] === idOf(hung));
      await eventually(() => held.every(({ nodes }) => nodes.length === 2), { timeoutMs: 15_000 });
    } finally {
      await hung.kill("SIGCONT");
    }
  });

  test("finds a node that was added, and serves while all the others go", async () => {
    const added = await cluster.addNode();
    const others = cluster.nodes.filter((node) => node !== added);
    for (const node of others) await node.kill();
    expect((await fetch(cluster.url)).status).toBe(200);
    const guest = connect("alone", ["websocket"]);
    await eventually(() => guest.nodes[0] === idOf(added));
  });

  test("says where people come from, whatever they claim", async () => {
    const guest = connect("honest", ["websocket"]);
    await eventually(() => guest.nodes.length === 1);
    const liar = io(cluster.url, {
      auth: { name: "liar" },
      transports: ["websocket"],
      forceNew: true,
      extraHeaders: { "x-forwarded-for": "203.0.113.9" },
    });
    sockets.push(liar);
    await new Promise<void>((resolve) => liar.once("welcome", () => resolve()));
    const report = await fetch(`${cluster.url}/api/cluster`, {
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    const { users } = (await report.json()) as { users: { name: string; address: string }[] };
    expect(users.find(({ name }) => name === "liar")?.address).toBe("127.0.0.1");
  });

  test("compresses text", async () => {
    const response = await fetch(cluster.url, { headers: { "accept-encoding": "gzip" } });
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect(await response.text()).toContain("<html");
  });

  test("may itself die: people are back as soon as it is", async () => {
    const guest = connect("patient", ["websocket"]);
    await eventually(() => guest.nodes.length === 1);
    await cluster.balancer.restart();
    await eventually(() => guest.nodes.length === 2);
  });
});

describe("the figures of a node", () => {
  test("are shown through the balancer to those nearby, and to nobody else", async () => {
    expect(await (await fetch(`${cluster.url}/metrics`)).text()).toContain("parley_connections");
    const port = await freePort();
    const strict = await startBalancer({
      host: "127.0.0.1",
      port,
      chatName: "nobody.parley.internal",
      nameServer: "127.0.0.1:1",
      chatPort: 1,
      metricsFrom: ["203.0.113.0/24"],
    });
    stopWhenDone(async () => void strict.kill("SIGKILL"));
    const status = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    // There are no nodes behind it: what is not refused is not served either.
    await eventually(async () => (await status("/readyz")) === 503);
    expect(await status("/metrics")).toBe(404);
    expect(await status("/metrics?name=parley_connections")).toBe(404);
  });
});
