import { randomUUID } from "node:crypto";
import { io } from "socket.io-client";
import { beforeAll, describe, expect, test } from "vitest";
import { presenceTimes } from "../../services/presence/times.ts";
import type { User } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, refusedAt, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { clusterReport } from "../support/report.ts";
import { startRedisProxy } from "../support/tcp-proxy.ts";
import { eventually } from "../support/wait.ts";
import { watch } from "../support/watcher.ts";

let cluster: TestCluster;
let nodes: [TestService, TestService, TestService];

const promised = { signInMs: 1_000, signOutMs: 1_000, closedMs: 7_000 };

beforeAll(async () => {
  cluster = await startCluster({ nodes: 3, presence: 2 });
  nodes = cluster.nodes as typeof nodes;
});

async function list(client: ChatClient, query?: string): Promise<User[]> {
  const users: User[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.get("users:list", {
      limit: 4,
      ...(query === undefined ? {} : { query }),
      ...(cursor === undefined ? {} : { cursor: cursor as never }),
    });
    users.push(...page.users);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return users;
}

function signOut(client: ChatClient, at: { url: string }): Promise<Response> {
  return fetch(`${at.url}/api/session`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${client.token}` },
  });
}

describe("the list of who is here", () => {
  test("is the same on every node, by name, with numbers of their own", async () => {
    const people = await Promise.all(
      Array.from({ length: 9 }, (_, i) => signIn(nodes[i % 3] as TestService, { name: fresh("many") })),
    );
    const [first, ...others] = await Promise.all(people.slice(0, 3).map((person) => list(person)));
    for (const other of others) expect(other).toEqual(first);
    const ids = first?.map(({ id }) => id);
    for (const person of people) {
      expect(ids?.filter((id) => id === person.id)).toHaveLength(1);
      expect(first?.find(({ id }) => id === person.id)).toMatchObject({
        name: person.name,
        number: person.welcome.user.number,
        status: "online",
      });
    }
    const numbers = first?.map(({ number }) => number) ?? [];
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((number) => Number.isInteger(number) && (number ?? 0) >= 1)).toBe(true);
    const names = first?.map(({ name }) => name.toLowerCase());
    expect(names).toEqual(names?.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
    for (const person of people) {
      const { users, count } = await person.get("users:list", { limit: 1 });
      expect(users).toHaveLength(1);
      expect(count).toBe(first?.length);
    }
  });

  test("shows a sign-in within a second, and a sign-out at once, on every node", async () => {
    const watchers = await Promise.all(nodes.map((node) => watch(node)));
    for (const node of nodes) {
      const askedMs = performance.now();
      const comer = await signIn(node);
      for (const watcher of watchers) {
        const { user, atMs } = await watcher.sees(comer, true, { withinMs: promised.signInMs });
        expect(user).toMatchObject({ name: comer.name, number: comer.welcome.user.number, status: "online" });
        expect(atMs - askedMs).toBeLessThan(promised.signInMs);
      }
      const outMs = performance.now();
      expect((await signOut(comer, nodes[0])).status).toBe(204);
      for (const watcher of watchers) {
        const { atMs } = await watcher.sees(comer, false, { withinMs: promised.signOutMs });
        expect(atMs - outMs).toBeLessThan(promised.signOutMs);
      }
      expect((await list(watchers[0]?.client as ChatClient)).map(({ id }) => id)).not.toContain(comer.id);
    }
  });

  test("stays when one of two tabs signs out of its own session", async () => {
    const watcher = await watch(nodes[0]);
    const one = await signIn(nodes[1]);
    // The same person with a session of its own: the same name with the same key.
    const other = await signIn(nodes[2], { name: one.name, key: one.key });
    expect(other.welcome.user).toEqual(one.welcome.user);
    await watcher.sees(one, true, { withinMs: promised.signInMs });
    await signOut(one, nodes[1]);
    await eventually(() => !one.connected);
    expect(other.connected).toBe(true);
    expect((await list(watcher.client)).map(({ id }) => id as string)).toContain(one.id);
    await signOut(other, nodes[1]);
    await watcher.sees(one, false, { withinMs: promised.signOutMs });
    expect(watcher.seen(one)).toHaveLength(2);
  });

  test("says who is away: when all of their devices are", async () => {
    const watcher = await watch(nodes[0]);
    const phone = await signIn(nodes[1]);
    const desk = await signIn(nodes[2], { token: phone.token });
    await phone.get("presence:set", { status: "away" });
    expect((await list(watcher.client)).find(({ id }) => id === phone.id)?.status).toBe("online");
    await desk.get("presence:set", { status: "away" });
    await eventually(() => watcher.seen(phone).at(-1)?.user.status === "away", { timeoutMs: 1_000 });
    expect((await list(watcher.client)).find(({ id }) => id === phone.id)?.status).toBe("away");
    await phone.get("presence:set", { status: "online" });
    await eventually(() => watcher.seen(phone).at(-1)?.user.status === "online", { timeoutMs: 1_000 });
    expect(watcher.seen(phone).every(({ online }) => online)).toBe(true);
  });

  test("says what they set about themselves, on all of their devices; the invisible are not on it", async () => {
    const watcher = await watch(nodes[0]);
    const phone = await signIn(nodes[1]);
    const desk = await signIn(nodes[2], { token: phone.token });
    const latest = () => watcher.seen(phone).at(-1);
    const said = { mode: "dnd", text: "Writing", emoji: "✍️", lastSeen: true } as const;
    expect(await phone.get("status:set", said)).toMatchObject({ status: said });
    await eventually(() => latest()?.user.dnd === true && latest()?.user.statusText === "Writing", {
      timeoutMs: 1_000,
    });
    const onDesk = () =>
      desk
        .of("me:events")
        .flatMap(({ payload }) => payload.events)
        .filter((event) => event.type === "status");
    await eventually(() => onDesk().some(({ status }) => status.text === "Writing"));
    const later = await signIn(nodes[0], { token: phone.token });
    expect(later.welcome.status).toEqual(said);

    await desk.get("status:set", { mode: "invisible" });
    await watcher.sees(phone, false, { withinMs: 1_000 });
    expect((await list(watcher.client)).map(({ id }) => id as string)).not.toContain(phone.id);
    const { seen } = await watcher.client.get("users:seen", { ids: [phone.id] });
    expect(Object.keys(seen)).toEqual([phone.id]);
    expect(phone.connected && desk.connected).toBe(true);
  });

  test("tells how many there are", async () => {
    const watcher = await watch(nodes[0]);
    const { count: before } = await watcher.client.get("users:list", { limit: 1 });
    const comers = await Promise.all([signIn(nodes[1]), signIn(nodes[2])]);
    await eventually(() =>
      watcher.client.of("users:count").some(({ payload }) => payload.count >= before + 2),
    );
    for (const comer of comers) await signOut(comer, nodes[0]);
    const { count: after } = await watcher.client.get("users:list", { limit: 1 });
    await eventually(() => watcher.client.of("users:count").at(-1)?.payload.count === after);
    const times = watcher.client.of("users:count").map(({ atMs }) => atMs);
    // At most once a second, to the precision of timers.
    for (const [i, atMs] of times.entries())
      if (i > 0) expect(atMs - (times[i - 1] ?? 0)).toBeGreaterThan(900);
  });
});

describe("numbers", () => {
  test("find the person on whatever node they are", async () => {
    const asker = await signIn(nodes[0]);
    for (const node of nodes) {
      const target = await signIn(node);
      const { number } = target.welcome.user;
      const { user, room } = await asker.get("dm:open", { to: { number } });
      expect(user).toMatchObject({ id: target.id, name: target.name, number });
      expect(room).toMatchObject({ kind: "direct", name: target.name, peer: { id: target.id } });
      await asker.say("hello, number", room.id);
      await eventually(() => target.texts(room.id).includes("hello, number"));
      const added = target.ownEvents().find(({ type }) => type === "room_added");
      expect(added).toMatchObject({ room: { id: room.id, kind: "direct", name: asker.name } });
    }
    expect(await asker.refused("dm:open", { to: { number: 999_999 } })).toMatchObject({ code: "not_found" });
  });

  test("rest before they are given to somebody else", async () => {
    const asker = await signIn(nodes[0]);
    const gone = await signIn(nodes[1]);
    const { number } = gone.welcome.user;
    await signOut(gone, nodes[1]);
    const error = await eventually(async () => {
      const reply = await asker.ask("dm:open", { to: { number } });
      return !reply.ok && reply.error;
    });
    expect(error).toMatchObject({ code: "not_found", field: "to" });
    const comers = await Promise.all(nodes.map((node) => signIn(node)));
    for (const comer of comers) expect(comer.welcome.user.number).not.toBe(number);
    expect(await asker.refused("dm:open", { to: { number } })).toMatchObject({ code: "not_found" });
  });
});

describe("a watch", () => {
  test("tells what changes in its range and of its ids, and nothing else", async () => {
    const mark = fresh("w");
    const name = (letter: string) => `${mark} ${letter}`;
    const early = await watch(nodes[0], { query: mark });
    const inside = await Promise.all(["b", "d", "f"].map((l) => signIn(nodes[1], { name: name(l) })));
    const beyond = await signIn(nodes[2], { name: name("x") });
    const byId = await signIn(nodes[2], { name: name("y") });
    // What comes in while a page is read is told, in its range or not.
    await early.sees(byId, true, { withinMs: 2_000 });
    const page = await watch(nodes[0], { query: mark, limit: 3 });
    const withId = await watch(nodes[0], { query: mark, limit: 3, ids: [byId.id as never] });
    const next = await watch(nodes[0], {
      query: mark,
      limit: 3,
      ...(await page.client.get("users:list", { query: mark, limit: 3 }).then(({ cursor }) => ({ cursor }))),
    } as never);
    expect(page.users.map(({ id }) => id)).toEqual(inside.map(({ id }) => id));
    expect(withId.users.map(({ id }) => id)).toEqual([...inside, byId].map(({ id }) => id));
    expect(next.users.map(({ id }) => id)).toEqual([beyond, byId].map(({ id }) => id));

    const between = await signIn(nodes[1], { name: name("c") });
    const after = await signIn(nodes[1], { name: name("g") });
    const elsewhere = await signIn(nodes[1], { name: fresh("v") });
    for (const who of [beyond, byId, inside[1] as ChatClient]) await signOut(who, nodes[2]);
    const within = { withinMs: 2_000 };
    await page.sees(between, true, within);
    await page.sees(inside[1] as ChatClient, false, within);
    await withId.sees(byId, false, within);
    await next.sees(after, true, within);
    await next.sees(beyond, false, within);
    await next.sees(byId, false, within);
    // Deltas come in one order: what is not there by now was not told.
    for (const watcher of [page, withId]) {
      for (const who of [after, beyond, elsewhere]) expect(watcher.seen(who)).toEqual([]);
    }
    expect(page.seen(byId)).toEqual([]);
    for (const who of [between, elsewhere]) expect(next.seen(who)).toEqual([]);
  });

  test("is replaced by the next one of the connection", async () => {
    const mark = fresh("r");
    const watcher = await watch(nodes[0], { query: mark });
    await watcher.client.get("users:watch", { query: `${mark} new` });
    const old = await signIn(nodes[1], { name: `${mark} old` });
    const wanted = await signIn(nodes[1], { name: `${mark} new` });
    await watcher.sees(wanted, true, { withinMs: 2_000 });
    expect(watcher.seen(old)).toEqual([]);
  });

  test("and a list find names by how they begin, in any case and script", async () => {
    const mark = fresh("q");
    const names = [`${mark} Zoë`, `${mark} zoltan`, `${mark} 李雷`, `${mark} Élan`];
    const people = await Promise.all(names.map((name, i) => signIn(nodes[i % 3] as TestService, { name })));
    const reader = people[0] as ChatClient;
    const found = async (query: string) => (await list(reader, query)).map(({ name }) => name).toSorted();
    expect(await found(mark)).toEqual(names.toSorted());
    expect(await found(`${mark.toUpperCase()} ZO`)).toEqual([`${mark} Zoë`, `${mark} zoltan`].toSorted());
    expect(await found(`${mark} éL`)).toEqual([`${mark} Élan`]);
    expect(await found(`${mark} 李`)).toEqual([`${mark} 李雷`]);
    expect(await found(`${mark} nobody`)).toEqual([]);
    // A name is one person's, in whatever case it is written.
    expect(await refusedAt(nodes[1], { name: `${mark} ZOË` })).toMatchObject({
      code: "conflict",
      field: "name",
    });
  });
});

describe("a tab", () => {
  test("that is closed is seen within 7 s; a reload and a second tab change nothing at all", async () => {
    // A leader that is new waits for a lease before it takes anybody off; this is about the time after that.
    await eventually(async () => {
      const { presence } = await clusterReport(cluster);
      return Date.now() - Date.parse(presence?.since ?? "") > presenceTimes.leaseTtlMs + 1_000;
    });
    const watchers = await Promise.all(nodes.map((node) => watch(node)));
    const reloader = await signIn(nodes[0]);
    const leaver = await signIn(nodes[1]);
    for (const watcher of watchers)
      for (const who of [reloader, leaver]) await watcher.sees(who, true, { withinMs: promised.signInMs });

    // A second tab elsewhere; then both are closed, and the page comes back on a third node: a slow reload.
    const secondTab = await signIn(nodes[1], { token: reloader.token });
    secondTab.leave();
    reloader.leave();
    const closedMs = performance.now();
    await eventually(async () => {
      const { users } = await clusterReport(cluster);
      return users.find(({ id }) => id === reloader.id)?.devices === 0;
    });
    // Whatever the presence service does about that, it has done once a later change is told.
    const later = await signIn(nodes[0]);
    await watchers[0]?.sees(later, true, { withinMs: promised.signInMs });
    const reloaded = await signIn(nodes[2], { token: reloader.token });
    expect(reloaded.welcome.user).toEqual(reloader.welcome.user);
    // Closes for good, later than the others: when this is seen, their time is over as well.
    leaver.leave();
    for (const watcher of watchers) {
      const { atMs, user } = await watcher.sees(leaver, false, { withinMs: promised.closedMs });
      expect(atMs - closedMs).toBeLessThan(promised.closedMs);
      expect(user).toMatchObject({ id: leaver.id, name: leaver.name, status: "offline" });
      expect(watcher.seen(reloader)).toHaveLength(1);
      expect(watcher.seen(leaver)).toHaveLength(2);
    }
    for (const watcher of watchers) {
      const ids = (await list(watcher.client)).map(({ id }) => id as string);
      expect(ids).toContain(reloader.id);
      expect(ids).not.toContain(leaver.id);
    }
  });

  test("that is closed before it was welcomed leaves nobody behind on the list", async () => {
    const line = await startRedisProxy(cluster.redis.url);
    const node = await cluster.addNode({ REDIS_URL: line.url });
    const name = fresh("hasty");
    // It is let in, put on the list, and waits until its own log is followed.
    const release = line.holdSubscribing();
    const hasty = io(node.url, {
      auth: { name, key: randomUUID() },
      transports: ["websocket"],
      forceNew: true,
    });
    await new Promise<void>((resolve) => hasty.once("connect", resolve));
    hasty.disconnect();
    await eventually(() => node.logged("disconnected").length > 0, { everyMs: 5 });
    release();
    // Whoever comes after it is welcomed after the node was done with it: it has left, as one who was welcomed has.
    const later = await signIn(node);
    await eventually(async () => (await list(later, name)).length === 0);
  });
});
