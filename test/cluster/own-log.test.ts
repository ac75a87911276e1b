import { beforeAll, describe, expect, test } from "vitest";
import type { Cursor, Room } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let nodes: [TestService, TestService, TestService];

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
  nodes = cluster.nodes as typeof nodes;
});

/** One person's devices, one on each node. */
async function devices(): Promise<[ChatClient, ChatClient, ChatClient]> {
  const first = await signIn(nodes[0]);
  const { token } = first;
  return [first, await signIn(nodes[1], { token }), await signIn(nodes[2], { token })];
}

const idOf = (client: ChatClient) => ({ id: client.id as never });

function inWelcome(client: ChatClient, id: string): Room {
  const room = client.welcome.rooms.find((one) => one.id === id);
  if (!room) throw new Error("the room is not in the welcome");
  return room;
}

function added(client: ChatClient, id: string): Room | undefined {
  for (const event of client.ownEvents())
    if (event.type === "room_added" && event.room.id === id) return event.room;
  return undefined;
}

describe("what one has read", () => {
  test("on one device is known to the others, and after coming back on another node", async () => {
    const own = await devices();
    const [phone, desk, tablet] = own;
    const bob = await signIn(nodes[1]);
    const { room } = await bob.get("dm:open", { to: idOf(phone) });
    for (const text of ["one", "two", "three"]) await bob.say(text, room.id);
    for (const device of own) await eventually(() => device.texts(room.id).length === 3);

    await phone.get("room:read", { room: room.id, n: 2 });
    for (const device of [desk, tablet])
      await eventually(() =>
        device.ownEvents().some((event) => event.type === "read" && event.room === room.id && event.n === 2),
      );
    // A mark never goes back, and never beyond what is there.
    await desk.get("room:read", { room: room.id, n: 1 });
    const fresh = await signIn(nodes[2], { token: phone.token });
    expect(inWelcome(fresh, room.id)).toMatchObject({ n: 3, read: 2 });
    await tablet.get("room:read", { room: room.id, n: 99 });
    for (const node of nodes)
      expect(inWelcome(await signIn(node, { token: phone.token }), room.id)).toMatchObject({ n: 3, read: 3 });
    const marks = phone.ownEvents().flatMap((event) => (event.type === "read" ? [event.n] : []));
    expect(marks).toEqual([2, 3]);
    // The other person's marks are theirs.
    expect(inWelcome(await signIn(nodes[0], { token: bob.token }), room.id)).toMatchObject({ n: 3, read: 0 });
  });

  test("while a device was away is in what it missed of its own log", async () => {
    const [phone, desk] = await devices();
    const bob = await signIn(nodes[1]);
    const { room } = await bob.get("dm:open", { to: idOf(phone) });
    await bob.say("hello", room.id);
    await eventually(() => desk.texts(room.id).length === 1);
    const cursor = desk.of("me:events").at(-1)?.payload.cursor as Cursor;
    desk.leave();
    await phone.get("room:read", { room: room.id, n: 1 });
    const back = await signIn(nodes[2], { token: phone.token });
    const answer = await back.get("me:sync", { cursor });
    if ("reset" in answer) throw new Error("told to start over");
    expect(answer.events).toMatchObject([{ type: "read", room: room.id, n: 1 }]);
    expect(answer.cursor).toBe(back.welcome.me);
  });

  test("of the lobby starts with what is there when one first comes", async () => {
    const bob = await signIn(nodes[0]);
    await bob.say("before you came");
    const comer = await signIn(nodes[1]);
    const lobby = inWelcome(comer, "lobby");
    expect(lobby.read).toBe(lobby.n);
    await bob.say("after you came");
    const back = await signIn(nodes[2], { token: comer.token });
    expect(inWelcome(back, "lobby")).toMatchObject({ read: lobby.n, n: lobby.n + 1 });
  });
});

describe("an invitation to a private room", () => {
  test("reaches all devices on all nodes", async () => {
    const own = await devices();
    const owner = await signIn(nodes[0]);
    const { room } = await owner.get("room:create", { name: fresh("secret"), kind: "private" });
    await owner.say("not for you", room.id);
    const stranger = own[1];
    for (const request of ["room:history", "room:join", "room:members"] as const)
      expect(await stranger.refused(request, { room: room.id })).toMatchObject({ code: "forbidden" });
    const lobby = inWelcome(stranger, "lobby");
    const { rooms } = await stranger.get("room:sync", {
      rooms: { [room.id]: room.cursor, [lobby.id]: lobby.cursor } as Record<never, Cursor>,
    });
    expect(rooms[room.id]).toMatchObject({ error: { code: "forbidden" } });
    expect(rooms[lobby.id]).toHaveProperty("events");

    const { user } = await owner.get("room:invite", { room: room.id, to: { name: stranger.name } });
    expect(user).toMatchObject({ id: stranger.id, name: stranger.name });
    for (const device of own) {
      const shown = await eventually(() => added(device, room.id));
      expect(shown).toMatchObject({ kind: "private", name: room.name, members: 2 });
    }
    for (const device of own) await device.say("thank you", room.id);
    for (const client of [owner, ...own])
      await eventually(() => client.texts(room.id).filter((text) => text === "thank you").length === 3);
    const again = await signIn(nodes[1], { token: own[0].token });
    expect(inWelcome(again, room.id)).toMatchObject({ kind: "private", members: 2 });
  });

  test("is followed by what is said there, without a gap, however busy the room is", async () => {
    const owner = await signIn(nodes[0]);
    for (let round = 0; round < 4; round++) {
      const own = await devices();
      const { room } = await owner.get("room:create", { name: fresh("busy"), kind: "private" });
      let talking = true;
      // Several at a time, so that there is always something on its way while the devices learn of the room.
      const talks = Array.from({ length: 4 }, async () => {
        while (talking) await owner.say("noise", room.id);
      });
      await owner.get("room:invite", { room: room.id, to: idOf(own[0]) });
      for (const device of own) await eventually(() => device.events(room.id).length > 20);
      talking = false;
      await Promise.all(talks);
      const { seq: last } = await owner.say("enough", room.id);
      for (const device of own) {
        const first = added(device, room.id)?.seq ?? 0;
        await eventually(() => device.events(room.id).at(-1)?.seq === last);
        expect(device.events(room.id).map(({ seq }) => seq)).toEqual(
          Array.from({ length: last - first }, (_, i) => first + 1 + i),
        );
      }
    }
  });

  test("is only for members to give, and not in the directory", async () => {
    const owner = await signIn(nodes[0]);
    const [friend, stranger] = await Promise.all([signIn(nodes[1]), signIn(nodes[2])]);
    const name = fresh("hidden");
    const { room } = await owner.get("room:create", { name, kind: "private" });
    expect(await stranger.refused("room:invite", { room: room.id, to: idOf(stranger) })).toMatchObject({
      code: "forbidden",
    });
    expect((await stranger.get("room:list", { query: name })).rooms).toEqual([]);
    await owner.get("room:invite", { room: room.id, to: idOf(friend) });
    await friend.get("room:invite", { room: room.id, to: idOf(stranger) });
    await eventually(() => added(stranger, room.id));
    const { members, count } = await stranger.get("room:members", { room: room.id });
    expect(count).toBe(3);
    expect(members.map(({ id, online }) => [id, online]).toSorted()).toEqual(
      [owner, friend, stranger].map(({ id }) => [id, true]).toSorted(),
    );
  });
});

describe("leaving a room", () => {
  test("stops its events at once on all devices, and nothing can be read any more", async () => {
    const own = await devices();
    const [phone] = own;
    const [speaker, ...stayers] = await Promise.all([signIn(nodes[0]), ...nodes.map((node) => signIn(node))]);
    const { room } = await phone.get("room:create", { name: fresh("left"), kind: "channel" });
    for (const client of [speaker, ...stayers]) await client.get("room:join", { room: room.id });
    await speaker.say("before", room.id);
    for (const device of own) await eventually(() => device.texts(room.id).includes("before"));

    await phone.get("room:leave", { room: room.id });
    for (const device of own)
      await eventually(() =>
        device.ownEvents().some((event) => event.type === "room_removed" && event.room === room.id),
      );
    await speaker.say("after", room.id);
    // The nodes of all devices have delivered it by now to those who are still in the room.
    for (const stayer of stayers) await eventually(() => stayer.texts(room.id).includes("after"));
    await speaker.say("to everybody");
    for (const device of own) {
      await eventually(() => device.texts().includes("to everybody"));
      expect(device.texts(room.id)).not.toContain("after");
      expect(await device.refused("room:history", { room: room.id })).toMatchObject({ code: "forbidden" });
      const message = { room: room.id, id: crypto.randomUUID() as never, text: "let me in" };
      expect(await device.refused("message:send", message)).toMatchObject({ code: "forbidden" });
    }
    const back = await signIn(nodes[2], { token: phone.token });
    expect(back.welcome.rooms.map(({ id }) => id)).not.toContain(room.id);
  });

  test("and coming back shows it on all devices again", async () => {
    const own = await devices();
    const speaker = await signIn(nodes[0]);
    const { room } = await speaker.get("room:create", { name: fresh("again"), kind: "channel" });
    for (let round = 1; round <= 3; round++) {
      await own[0].get("room:join", { room: room.id });
      for (const device of own)
        await eventually(
          () => device.ownEvents().filter(({ type }) => type === "room_added").length === round,
        );
      await speaker.say(`round ${round}`, room.id);
      for (const device of own) await eventually(() => device.texts(room.id).at(-1) === `round ${round}`);
      await own[1].get("room:leave", { room: room.id });
      for (const device of own)
        await eventually(
          () => device.ownEvents().filter(({ type }) => type === "room_removed").length === round,
        );
    }
    for (const device of own) expect(device.texts(room.id)).toEqual(["round 1", "round 2", "round 3"]);
  });

  test("is not possible for the lobby", async () => {
    const person = await signIn(nodes[0]);
    expect(await person.refused("room:leave", { room: roomId("lobby") })).toMatchObject({
      code: "forbidden",
    });
  });
});

describe("rooms", () => {
  test("made twice with one id are one, and the directory shows channels to everybody", async () => {
    const [one, other] = await Promise.all([signIn(nodes[0]), signIn(nodes[1])]);
    const name = fresh("plaza");
    const id = roomId(crypto.randomUUID());
    const first = await one.get("room:create", { id, name, kind: "channel" });
    const again = await signIn(nodes[2], { token: one.token });
    const second = await again.get("room:create", { id, name, kind: "channel" });
    expect(second.room.id).toBe(first.room.id);
    expect((await again.get("room:members", { room: id })).count).toBe(1);
    expect(await other.refused("room:create", { id, name, kind: "channel" })).toMatchObject({
      code: "conflict",
    });
    const { rooms } = await other.get("room:list", { query: name.toUpperCase() });
    expect(rooms).toMatchObject([{ id, name, members: 1, joined: false }]);
    await other.get("room:join", { room: id });
    const joined = await other.get("room:list", { query: name });
    expect(joined.rooms).toMatchObject([{ id, members: 2, joined: true }]);
    await eventually(() => one.events(id).some((event) => event.type === "member" && event.joined));
  });

  test("of two people are one, whoever opens it, also both at once", async () => {
    const [one, other] = await Promise.all([signIn(nodes[0]), signIn(nodes[1])]);
    const [mine, theirs] = await Promise.all([
      one.get("dm:open", { to: idOf(other) }),
      other.get("dm:open", { to: { name: one.name } }),
    ]);
    expect(mine.room.id).toBe(theirs.room.id);
    expect(mine.user).toMatchObject({ id: other.id });
    expect(theirs.user).toMatchObject({ id: one.id });
    await one.say("hello", mine.room.id);
    await other.say("hello yourself", mine.room.id);
    for (const client of [one, other])
      await eventually(() => client.texts(mine.room.id).join() === "hello,hello yourself");
    const third = await signIn(nodes[2]);
    for (const request of ["room:history", "room:join"] as const)
      expect(await third.refused(request, { room: mine.room.id })).toMatchObject({ code: "forbidden" });
    expect(await one.refused("dm:open", { to: idOf(one) })).toMatchObject({ code: "invalid" });
  });
});
