import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { MessageId } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
});

const on = (node: number, name: string) => {
  const at = cluster.nodes[node];
  if (!at) throw new Error("there is no such node");
  return signIn(at, { name: fresh(name) });
};
const to = (somebody: ChatClient) => ({ id: somebody.welcome.user.id });
const act = () => randomUUID() as string as MessageId;

/** A channel that ada owns on one node, with bob and carol on the other. */
async function start() {
  const [ada, bob, carol] = [await on(0, "ada"), await on(1, "bob"), await on(1, "carol")];
  const { room } = await ada.get("room:create", { name: fresh("plaza"), kind: "channel" });
  for (const other of [bob, carol]) await other.get("room:join", { room: room.id });
  return { ada, bob, carol, room: room.id };
}

describe("somebody who is banned", () => {
  test("gets nothing more on their live connections, on whatever node, while all others do", async () => {
    const { ada, bob, carol, room } = await start();
    const phone = await signIn(cluster.nodes[0] as { url: string }, { token: bob.token });
    let talking = true;
    const talk = (async () => {
      while (talking) await ada.say("secret", room);
    })();
    await eventually(() => phone.texts(room).length > 20 && bob.texts(room).length > 20);
    await ada.get("room:ban", { room, to: to(bob), seconds: 60, reason: "spam", id: act() });
    const { seq: later } = await ada.say("only for members", room);
    talking = false;
    await talk;
    await eventually(() => carol.events(room).some(({ seq }) => seq === later));
    const out = carol.events(room).find((event) => event.type === "member" && !event.joined);
    expect(out).toMatchObject({ user: { id: bob.id }, by: { id: ada.id }, banned: 60 });
    for (const device of [bob, phone]) {
      const told = await eventually(() => device.ownEvents().find(({ type }) => type === "room_removed"));
      expect(told).toMatchObject({ room, how: "banned", reason: "spam", by: { id: ada.id } });
      // Their own log may tell them before the room does: that they are out is the last that they may hear of it.
      expect(device.events(room).at(-1)?.seq).toBeLessThanOrEqual(out?.seq as number);
    }
  });

  test("is refused whatever they try, and comes back when it is lifted", async () => {
    const { ada, bob, carol, room } = await start();
    await ada.get("room:ban", { room, to: to(bob), seconds: null });
    const banned = { code: "forbidden", reason: "banned" };
    expect(await bob.refused("room:join", { room })).toMatchObject(banned);
    expect(await carol.refused("room:invite", { room, to: to(bob) })).toMatchObject(banned);
    for (const attempt of [
      bob.refused("message:send", { room, id: act(), text: "let me in" }),
      bob.refused("room:history", { room }),
      bob.refused("room:typing", { room, on: true }),
      bob.refused("room:members", { room }),
      bob.refused("room:unban", { room, to: to(bob) }),
      bob.refused("room:audit", { room }),
    ]) {
      expect(await attempt).toMatchObject({ code: "forbidden" });
    }
    const again = await signIn(cluster, { token: bob.token });
    expect(again.welcome.rooms.map(({ id }) => id)).not.toContain(room);
    await ada.get("room:unban", { room, to: to(bob) });
    await bob.get("room:join", { room });
    await bob.say("thank you", room);
    await eventually(() => ada.texts(room).includes("thank you"));
  });
});

describe("roles", () => {
  test("are what the server says, not what a client claims", async () => {
    const { ada, bob, carol, room } = await start();
    for (const attempt of [
      bob.refused("room:role", { room, to: to(bob), role: "owner" }),
      bob.refused("room:remove", { room, to: to(carol) }),
      bob.refused("room:ban", { room, to: to(ada), seconds: 60 }),
      bob.refused("room:mute", { room, to: to(carol), seconds: 60 }),
      bob.refused("room:slow", { room, seconds: 60 }),
      bob.refused("room:update", { room, topic: "mine" }),
      bob.refused("room:archive", { room, on: true }),
      bob.refused("room:bans", { room }),
    ]) {
      expect(await attempt).toMatchObject({ code: "forbidden" });
    }
    const { user } = await ada.get("room:role", { room, to: to(bob), role: "moderator" });
    expect(user.id).toBe(bob.id);
    for (const client of [ada, bob, carol]) {
      await eventually(() => client.events(room).some(({ type }) => type === "role"));
    }
    await bob.get("room:update", { room, topic: "ours" });
    expect(await bob.refused("room:archive", { room, on: true })).toMatchObject({ code: "forbidden" });
    const again = await signIn(cluster, { token: bob.token });
    const known = again.welcome.rooms.find(({ id }) => id === room);
    expect(known).toMatchObject({ role: "moderator", topic: "ours" });
    const { members } = await carol.get("room:members", { room });
    expect(members.find(({ id }) => id === ada.id)).toMatchObject({ role: "owner" });
  });

  test("in the lobby are given by administrators, over HTTP", async () => {
    const { ada, bob, carol } = await start();
    const grant = (token: string, body: object) =>
      fetch(`${cluster.url}/api/rooms/lobby/roles`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await grant(ada.token, { to: { id: ada.id }, role: "moderator" })).status).toBe(401);
    expect((await grant(cluster.adminToken, { to: { id: "nobody" }, role: "moderator" })).status).toBe(404);
    expect((await grant(cluster.adminToken, { to: { name: ada.name }, role: "moderator" })).status).toBe(200);
    const id = act();
    const { seq } = await bob.say("rude words", "lobby", id);
    await ada.get("message:delete", { room: roomId("lobby"), id: act(), of: { seq, id } });
    await ada.get("room:mute", { room: roomId("lobby"), to: { name: bob.name }, seconds: 60 });
    const refused = await bob.refused("message:send", { room: roomId("lobby"), id: act(), text: "more" });
    expect(refused).toMatchObject({ code: "forbidden", reason: "muted" });
    expect(Date.parse(refused.until ?? "")).toBeGreaterThan(Date.now());
    await carol.say("I may");
    const again = await signIn(cluster, { token: bob.token });
    const lobby = again.welcome.rooms.find(({ id: room }) => room === "lobby");
    expect(lobby?.muted?.until).toBe(refused.until);
    const page = await carol.get("room:history", { room: roomId("lobby"), around: seq, limit: 4 });
    expect(page.messages.find((message) => message.id === id)).toMatchObject({
      deleted: true,
      deletedBy: { id: ada.id },
    });
  });
});

describe("slow mode", () => {
  test("counts a person, not a device or a node", async () => {
    const { ada, bob, room } = await start();
    const phone = await signIn(cluster.nodes[0] as { url: string }, { token: bob.token });
    await ada.get("room:slow", { room, seconds: 60 });
    await bob.say("one", room);
    const refused = await phone.refused("message:send", { room, id: act(), text: "two" });
    expect(refused).toMatchObject({ code: "rate_limited", reason: "slow" });
    expect(refused.retryAfterMs).toBeGreaterThan(50_000);
    await ada.say("one", room);
    await ada.say("two", room);
  });
});

describe("what is done to a room", () => {
  test("reaches everybody on every node, and who moderates reads of it", async () => {
    const { ada, bob, carol, room } = await start();
    const name = fresh("market");
    await ada.get("room:update", { room, name, description: "fresh fish" });
    await ada.get("room:archive", { room, on: true });
    await eventually(() => bob.events(room).filter(({ type }) => type === "room").length === 2);
    expect(await bob.refused("message:send", { room, id: act(), text: "hm" })).toMatchObject({
      reason: "archived",
    });
    expect((await carol.get("room:list", { query: name })).rooms).toEqual([]);
    await ada.get("room:archive", { room, on: false });
    expect((await carol.get("room:list", { query: name })).rooms).toMatchObject([{ id: room, name }]);
    await ada.get("room:remove", { room, to: to(carol) });
    const { acts } = await ada.get("room:audit", { room });
    expect(acts).toMatchObject([
      { type: "remove", user: { id: carol.id } },
      { type: "room", archived: false },
      { type: "room", archived: true },
      { type: "room", name, description: "fresh fish" },
    ]);
    await carol.get("room:join", { room });
    await eventually(() => ada.events(room).some((event) => event.type === "member" && event.joined));
  });

  test("survives leaving and coming back at once: nothing is lost on the connection that did", async () => {
    const { ada, bob, room } = await start();
    for (let round = 0; round < 20; round++) {
      await bob.get("room:leave", { room });
      const { room: entered } = await bob.get("room:join", { room });
      const { seq } = await ada.say(`round ${round}`, room);
      await eventually(() => bob.events(room).some((event) => event.seq === seq));
      const heard = bob
        .events(room)
        .map((event) => event.seq)
        .filter((at) => at > entered.seq);
      expect(heard.at(-1)).toBe(seq);
    }
  });
});
