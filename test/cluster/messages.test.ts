import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { Message, Room } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
});

/** Comes in through the balancer until there is somebody on each node. */
async function onEveryNode(): Promise<ChatClient[]> {
  const found = new Map<string, ChatClient>();
  for (let tries = 0; found.size < cluster.nodes.length; tries++) {
    if (tries === 30) throw new Error(`the balancer uses ${found.size} nodes`);
    const client = await signIn(cluster);
    found.set(client.welcome.node, found.get(client.welcome.node) ?? client);
  }
  return [...found.values()];
}

async function wholeHistory(reader: ChatClient, room = "lobby"): Promise<Message[]> {
  const messages: Message[] = [];
  for (let more = true; more; ) {
    const page = await reader.get("room:history", {
      room: roomId(room),
      limit: 200,
      ...(messages[0] ? { before: messages[0].seq } : {}),
    });
    messages.unshift(...page.messages);
    more = page.more;
  }
  return messages;
}

/** Sends one after the other, each when the one before was acknowledged. */
async function talk(speaker: ChatClient, count: number, room = "lobby") {
  const said = [];
  for (let i = 0; i < count; i++) {
    const text = `${speaker.name} says ${i}`;
    said.push({ text, ...(await speaker.say(text, room)) });
  }
  return said;
}

describe("messages", () => {
  test("reach everybody on every node, the sender too", async () => {
    const people = await onEveryNode();
    const polling = await signIn(cluster, { transport: "polling" });
    for (const speaker of people) {
      const text = `hello from ${speaker.name}`;
      const { seq, n, at } = await speaker.say(text);
      for (const hearer of [...people, polling]) {
        const heard = await eventually(() => hearer.events().find((event) => event.seq === seq));
        expect(heard).toMatchObject({
          type: "message",
          n,
          at,
          text,
          by: { id: speaker.id, name: speaker.name },
        });
      }
    }
  });

  test("have one order for everybody, whoever sends at the same time", async () => {
    const speakers = [...(await onEveryNode()), ...(await onEveryNode())];
    const silent = await Promise.all(cluster.nodes.map((node) => signIn(node)));
    const polling = await signIn(cluster, { transport: "polling" });
    const hearers = [...speakers, ...silent, polling];
    const created = await speakers[0]?.get("room:create", { name: fresh("order"), kind: "channel" });
    const room = created?.room.id ?? "";
    const startsAfter = new Map<ChatClient, number>();
    for (const hearer of hearers)
      startsAfter.set(hearer, (await hearer.get("room:join", { room: roomId(room) })).room.seq);

    const count = 50;
    const said = (await Promise.all(speakers.map((speaker) => talk(speaker, count, room)))).flat();
    expect(said).toHaveLength(speakers.length * count);
    const last = Math.max(...said.map(({ seq }) => seq));
    const stored = await wholeHistory(silent[0] as ChatClient, room);
    expect(stored.map(({ text }) => text).toSorted()).toEqual(said.map(({ text }) => text).toSorted());
    // What each acknowledgement named is where the message is.
    for (const { text, seq, n, at } of said)
      expect(stored.find((message) => message.seq === seq)).toMatchObject({ text, n, at });
    for (const speaker of speakers) {
      const own = stored.filter(({ by }) => by.id === speaker.id).map(({ text }) => text);
      expect(own).toEqual(Array.from({ length: count }, (_, i) => `${speaker.name} says ${i}`));
    }
    for (const hearer of hearers) {
      await eventually(() => hearer.events(room).at(-1)?.seq === last);
      const first = startsAfter.get(hearer) ?? 0;
      expect(hearer.events(room).map(({ seq }) => seq)).toEqual(
        Array.from({ length: last - first }, (_, i) => first + 1 + i),
      );
      expect(hearer.texts(room)).toEqual(stored.map(({ text }) => text));
    }
  });

  test("are in the log on every node when they are acknowledged", async () => {
    const [speaker, ...others] = await onEveryNode();
    for (let i = 0; i < 10; i++) {
      const text = `acknowledged ${randomUUID()}`;
      const { seq } = (await speaker?.say(text)) ?? { seq: 0 };
      for (const reader of others) {
        const { messages } = await reader.get("room:history", { room: roomId("lobby"), limit: 1 });
        expect(messages).toMatchObject([{ seq, text }]);
      }
    }
  });

  test("start right after the position that the welcome names, however busy the room is", async () => {
    const speakers = await onEveryNode();
    let talking = true;
    const talks = speakers.map(async (speaker) => {
      while (talking) await speaker.say(`noise ${randomUUID()}`);
    });
    const comers: ChatClient[] = [];
    for (let i = 0; i < 12; i++) comers.push(await signIn(cluster));
    talking = false;
    await Promise.all(talks);
    const { seq: last } = (await speakers[0]?.say("enough")) ?? { seq: 0 };
    for (const comer of comers) {
      const [lobby] = comer.welcome.rooms.filter(({ id }) => id === "lobby");
      const first = lobby?.seq ?? 0;
      await eventually(() => comer.events().at(-1)?.seq === last);
      expect(comer.events().map(({ seq }) => seq)).toEqual(
        Array.from({ length: last - first }, (_, i) => first + 1 + i),
      );
    }
  });

  test("follow the answer that puts one into a room, however busy the room is", async () => {
    const [speaker, other, third] = await onEveryNode();
    const { room } = (await speaker?.get("room:create", { name: fresh("busy"), kind: "channel" })) ?? {};
    if (!room) throw new Error("there is no room");
    let talking = true;
    const talk = (async () => {
      while (talking) await speaker?.say(`noise ${randomUUID()}`, room.id);
    })();
    const comers = [other, third, await signIn(cluster), await signIn(cluster)] as ChatClient[];
    const answers = new Map<ChatClient, { seq: number; heardBefore: number }>();
    for (const comer of comers) {
      const answer = await new Promise<{ seq: number; heardBefore: number }>((resolve) => {
        comer.socket.emit("room:join", { room: room.id }, (reply: { room: Room }) =>
          resolve({ seq: reply.room.seq, heardBefore: comer.events(room.id).length }),
        );
      });
      answers.set(comer, answer);
    }
    talking = false;
    await talk;
    const { seq: last } = (await speaker?.say("enough", room.id)) ?? { seq: 0 };
    for (const comer of comers) {
      const { seq: first, heardBefore } = answers.get(comer) ?? { seq: 0, heardBefore: 0 };
      await eventually(() => comer.events(room.id).at(-1)?.seq === last);
      // One's own log may have brought the room, and events of it, before the answer did.
      const places = comer.events(room.id).map(({ seq }) => seq);
      expect(places.slice(0, heardBefore).every((seq) => seq <= first)).toBe(true);
      expect(places.slice(heardBefore)).toEqual(
        Array.from({ length: last - first }, (_, i) => first + 1 + i),
      );
    }
  });

  test("survive the balancer", async () => {
    const [speaker] = await onEveryNode();
    const { seq } = (await speaker?.say("before the balancer went")) ?? { seq: 0 };
    await cluster.balancer.restart();
    await cluster.ready();
    const later = await signIn(cluster);
    const { messages } = await later.get("room:history", { room: roomId("lobby"), limit: 1 });
    expect(messages).toMatchObject([{ seq, text: "before the balancer went" }]);
  });
});
