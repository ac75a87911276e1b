import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { MessageId, Room, UserId } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let nodes: [TestService, TestService];

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 2,
    balancer: false,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0", MENTION_ALL_MEMBERS: "4" },
  });
  nodes = cluster.nodes as typeof nodes;
});

const idOf = (client: ChatClient) => client.id as UserId;
const newId = () => randomUUID() as string as MessageId;

/** The room as a device that connects now is shown it. */
async function asWelcomed(client: ChatClient, room: string): Promise<Room> {
  const device = await signIn(nodes[1], { token: client.token });
  const shown = device.welcome.rooms.find((one) => one.id === room);
  device.leave();
  if (!shown) throw new Error("the room is not in the welcome");
  return shown;
}

/** A channel with these in it. */
async function channelOf(first: ChatClient, ...others: ChatClient[]): Promise<Room["id"]> {
  const { room } = await first.get("room:create", { name: fresh("talk"), kind: "channel" });
  for (const other of others) await other.get("room:join", { room: room.id });
  return room.id;
}

/** Reads as far as that once it was told as much: what its node has not heard of yet, nobody can have read there. */
async function reads(client: ChatClient, room: Room["id"], n: number): Promise<void> {
  await eventually(() => client.texts(room).length >= n);
  await client.get("room:read", { room, n });
}

const mentionsOf = (client: ChatClient) =>
  client.ownEvents().flatMap((event) => (event.type === "mention" ? [event] : []));

describe("a mention", () => {
  test("is told to all devices of those mentioned, members only, and never to its author", async () => {
    const [ada, bob, eve] = [await signIn(nodes[0]), await signIn(nodes[1]), await signIn(nodes[1])];
    const desk = await signIn(nodes[0], { token: bob.token });
    const room = await channelOf(ada, bob);
    const { n } = await ada.get("message:send", {
      room,
      id: newId(),
      text: `@${bob.name} look`,
      mentions: [idOf(bob), idOf(bob), idOf(ada), idOf(eve), "u-nobody" as UserId],
    });
    for (const device of [bob, desk])
      expect(await eventually(() => mentionsOf(device)[0])).toMatchObject({
        room,
        n,
        on: true,
        mentions: 1,
        by: { id: ada.id },
      });
    expect(await asWelcomed(bob, room)).toMatchObject({ mentions: 1 });
    expect(await asWelcomed(ada, room)).not.toHaveProperty("mentions");
    expect([...mentionsOf(ada), ...mentionsOf(eve)]).toEqual([]);
    await reads(desk, room, n);
    await eventually(() =>
      bob.ownEvents().some((event) => event.type === "read" && event.room === room && event.mentions === 0),
    );
    expect(await asWelcomed(bob, room)).not.toHaveProperty("mentions");
  });

  test("is counted once when it is sent again, on another node too", async () => {
    const [ada, bob] = [await signIn(nodes[0]), await signIn(nodes[1])];
    const room = await channelOf(ada, bob);
    const again = await signIn(nodes[1], { token: ada.token });
    const message = { room, id: newId(), text: "hey", mentions: [idOf(bob)] };
    const answers = [await ada.get("message:send", message), await again.get("message:send", message)];
    expect(answers[1]).toMatchObject({ seq: answers[0]?.seq, duplicate: true });
    expect(await asWelcomed(bob, room)).toMatchObject({ mentions: 1 });
  });

  test("goes with the deletion of its message, and with an edit that mentions somebody else", async () => {
    const [ada, bob, kim] = [await signIn(nodes[0]), await signIn(nodes[1]), await signIn(nodes[1])];
    const room = await channelOf(ada, bob, kim);
    const send = async () => {
      const id = newId();
      const { seq } = await ada.get("message:send", { room, id, text: "hey", mentions: [idOf(bob)] });
      return { seq, id };
    };
    const [first, second] = [await send(), await send()];
    expect(await asWelcomed(bob, room)).toMatchObject({ mentions: 2 });
    await ada.get("message:delete", { room, id: newId(), of: first });
    expect(await asWelcomed(bob, room)).toMatchObject({ mentions: 1 });
    const edit = { room, id: newId(), of: second, text: "you", mentions: [idOf(kim)] };
    for (let times = 0; times < 2; times++) await ada.get("message:edit", edit);
    expect(await asWelcomed(bob, room)).not.toHaveProperty("mentions");
    expect(await asWelcomed(kim, room)).toMatchObject({ mentions: 1 });
    await eventually(() => mentionsOf(bob).length === 4);
    expect(mentionsOf(bob).map(({ on, mentions }) => [on, mentions])).toEqual([
      [true, 1],
      [true, 2],
      [false, 1],
      [false, 0],
    ]);
  });

  test("of all or of those who are here reaches them, and is refused in a room that is too large", async () => {
    const [ada, bob, kim] = [await signIn(nodes[0]), await signIn(nodes[1]), await signIn(nodes[0])];
    const room = await channelOf(ada, bob, kim);
    await kim.get("room:read", { room, n: 0 });
    kim.leave();
    await eventually(async () => {
      const { members } = await ada.get("room:members", { room });
      return members.some((member) => member.id === kim.id && !member.online);
    });
    await ada.get("message:send", { room, id: newId(), text: "@here", notify: "here" });
    expect(await asWelcomed(kim, room)).not.toHaveProperty("mentions");
    const all = { room, id: newId(), text: "@all", notify: "all" } as const;
    const { seq } = await ada.get("message:send", all);
    expect(await asWelcomed(bob, room)).toMatchObject({ mentions: 2 });
    expect(await asWelcomed(kim, room)).toMatchObject({ mentions: 1 });
    await eventually(() =>
      ada.events(room).some((event) => event.type === "message" && event.notify === "all"),
    );
    for (let i = 0; i < 2; i++) await (await signIn(nodes[1])).get("room:join", { room });
    expect(
      await ada.refused("message:send", { room, id: newId(), text: "@all", notify: "all" }),
    ).toMatchObject({ code: "forbidden", field: "notify" });
    // What was stored before is answered with its place all the same.
    expect(await ada.get("message:send", all)).toMatchObject({ seq, duplicate: true });
  });
});

describe("marking as unread", () => {
  test("is told to all devices, and not undone by a reading that was under way", async () => {
    const [ada, bob] = [await signIn(nodes[0]), await signIn(nodes[1])];
    const desk = await signIn(nodes[0], { token: bob.token });
    const { room } = await bob.get("dm:open", { to: { id: idOf(ada) } });
    for (const text of ["one", "two", "three"]) await ada.say(text, room.id);
    await reads(bob, room.id, 3);
    await bob.get("room:unread", { room: room.id, n: 2 });
    await desk.get("room:read", { room: room.id, n: 3 });
    const told = await eventually(() =>
      desk.ownEvents().find((event) => event.type === "read" && event.back && event.room === room.id),
    );
    expect(told).toMatchObject({ n: 1 });
    expect(await asWelcomed(bob, room.id)).toMatchObject({ read: 1, n: 3, back: told.seq });
    await desk.get("room:read", { room: room.id, n: 3, back: told.seq });
    expect(await asWelcomed(bob, room.id)).toMatchObject({ read: 3 });
  });

  test("is for members", async () => {
    const [ada, eve] = [await signIn(nodes[0]), await signIn(nodes[1])];
    const { room } = await ada.get("room:create", { name: fresh("den"), kind: "private" });
    for (const request of ["room:unread", "room:read"] as const)
      expect(await eve.refused(request, { room: room.id, n: 1 })).toMatchObject({ code: "forbidden" });
    expect(await eve.refused("room:receipts", { room: room.id })).toMatchObject({ code: "forbidden" });
  });
});

describe("how far others have read", () => {
  test("is told live and when one asks, in both directions or not at all", async () => {
    const [ada, bob, kim] = [await signIn(nodes[0]), await signIn(nodes[1]), await signIn(nodes[1])];
    const room = await channelOf(ada, bob, kim);
    const { n } = await ada.say("hello", room);
    await reads(bob, room, n);
    const heard = (client: ChatClient) => client.of("room:receipt").map(({ payload }) => payload);
    expect(await eventually(() => heard(ada)[0])).toEqual({ room, user: { id: bob.id, name: bob.name }, n });
    expect(heard(bob)).toEqual([]);
    expect((await ada.get("room:receipts", { room })).receipts).toContainEqual({
      user: { id: bob.id, name: bob.name },
      n,
    });

    await kim.get("me:prefer", { receipts: false });
    await eventually(() => kim.ownEvents().some((event) => event.type === "preferences"));
    const { n: next } = await ada.say("again", room);
    await reads(kim, room, next);
    await reads(bob, room, next);
    await eventually(() => heard(ada).some((receipt) => receipt.n === next));
    expect(heard(ada).map((receipt) => receipt.user.id)).not.toContain(kim.id);
    expect(heard(kim).map((receipt) => receipt.n)).not.toContain(next);
    const { receipts } = await ada.get("room:receipts", { room });
    expect(receipts.map(({ user }) => user.id)).toEqual([bob.id]);
    expect(await kim.get("room:receipts", { room })).toMatchObject({ receipts: [] });
    // Chosen once, for all devices, those to come included.
    const phone = await signIn(nodes[0], { token: kim.token });
    expect(phone.welcome.preferences).toEqual({ receipts: false });
    expect(await phone.get("room:receipts", { room })).toMatchObject({ receipts: [] });
  });
});

describe("that somebody types", () => {
  test("is told to others, once in three seconds a person, and stopping once for each start", async () => {
    const [ada, bob] = [await signIn(nodes[0]), await signIn(nodes[1])];
    const room = await channelOf(ada, bob);
    const tab = await signIn(nodes[1], { token: ada.token });
    await ada.get("room:typing", { room, on: false });
    await ada.get("room:typing", { room, on: true });
    expect(await tab.refused("room:typing", { room, on: true })).toMatchObject({ code: "rate_limited" });
    for (let i = 0; i < 2; i++) await ada.get("room:typing", { room, on: false });
    expect(await ada.refused("room:typing", { room, on: true })).toMatchObject({ code: "rate_limited" });
    await ada.say("done", room);
    await eventually(() => bob.texts(room).length === 1 && tab.texts(room).length === 1);
    const user = { id: ada.id, name: ada.name };
    expect(bob.of("room:typing").map(({ payload }) => payload)).toEqual([
      { room, user, on: true },
      { room, user, on: false },
    ]);
    expect(tab.of("room:typing")).toEqual([]);
    const eve = await signIn(nodes[0]);
    expect(await eve.refused("room:typing", { room, on: true })).toMatchObject({ code: "forbidden" });
  });
});

describe("in a large room", () => {
  /** Brings strangers into the room, until it has so many members on both nodes. */
  async function fill(room: Room["id"], owner: ChatClient, members: number): Promise<void> {
    const { count } = await owner.get("room:members", { room });
    for (let i = count; i < members; i++) {
      const response = await fetch(`${nodes[0].url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ name: fresh("crowd") }),
      });
      const { user } = (await response.json()) as { user: { id: UserId } };
      await owner.get("room:invite", { room, to: { id: user.id } });
    }
  }

  test("nobody is told who has read from 51 members on, nor who types from 101 on, whatever a client asks", async () => {
    const [ada, bob] = [await signIn(nodes[0]), await signIn(nodes[1])];
    const room = await channelOf(ada, bob);
    await fill(room, ada, 50);
    const first = await ada.say("one", room);
    await reads(bob, room, first.n);
    const heard = () => ada.of("room:receipt").map(({ payload }) => payload.n);
    await eventually(() => heard().includes(first.n));
    expect((await ada.get("room:receipts", { room })).receipts.length).toBeGreaterThan(0);

    await fill(room, ada, 51);
    const { n } = await ada.say("two", room);
    await reads(bob, room, n);
    for (const one of [ada, bob])
      expect(await one.refused("room:receipts", { room })).toMatchObject({
        code: "forbidden",
        field: "room",
      });
    await bob.get("room:typing", { room, on: true });
    await eventually(() => ada.of("room:typing").length === 1);
    expect(heard()).not.toContain(n);
    await bob.get("room:typing", { room, on: false });

    await fill(room, ada, 101);
    const { n: last } = await ada.say("three", room);
    await reads(bob, room, last);
    for (const one of [ada, bob])
      expect(await one.refused("room:typing", { room, on: true })).toMatchObject({ code: "forbidden" });
  });
});

describe("somebody invisible", () => {
  test("neither types nor reads for others to see, on any device, until they are shown again", async () => {
    const [ada, bob] = [await signIn(nodes[0]), await signIn(nodes[1])];
    const room = await channelOf(ada, bob);
    const first = await ada.say("first", room);
    await reads(bob, room, first.n);
    const device = await signIn(nodes[0], { token: bob.token });
    await bob.get("status:set", { mode: "invisible", lastSeen: true });
    const late = await signIn(nodes[0], { token: bob.token });
    for (const one of [device, bob]) {
      await eventually(() => one.ownEvents().some((event) => event.type === "status"));
    }
    const second = await ada.say("second", room);
    for (const one of [bob, device, late]) {
      await eventually(() => one.texts(room).includes("second"));
      await one.get("room:typing", { room, on: true });
      await one.get("room:read", { room, n: second.n });
    }
    const { receipts } = await ada.get("room:receipts", { room });
    expect(receipts).toEqual([{ user: { id: bob.id, name: bob.name }, n: first.n }]);
    // One's own devices know.
    expect((await asWelcomed(bob, room)).read).toBe(second.n);

    await bob.get("status:set", { mode: "auto", lastSeen: true });
    await eventually(() => bob.ownEvents().filter((event) => event.type === "status").length === 2);
    const third = await ada.say("third", room);
    await reads(bob, room, third.n);
    const told = () => ada.of("room:receipt").map(({ payload }) => payload.n);
    await eventually(() => told().includes(third.n));
    expect(told()).toEqual([first.n, third.n]);
    expect(ada.of("room:typing")).toEqual([]);
  });
});
