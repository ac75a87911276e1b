import { beforeAll, describe, expect, test } from "vitest";
import type { Cursor, RequestAnswer, RoomEvent } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { moveIn } from "../support/resident.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
let here: TestService;
let there: TestService;

beforeAll(async () => {
  cluster = await startCluster({
    nodes: 3,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
  [here, there] = cluster.nodes as [TestService, TestService];
});

type SyncAnswer = RequestAnswer<"room:sync">["rooms"][string];

async function sync(client: ChatClient, room: string, cursor: Cursor): Promise<SyncAnswer> {
  const { rooms } = await client.get("room:sync", { rooms: { [room]: cursor } as Record<never, Cursor> });
  const answer = rooms[room];
  if (!answer) throw new Error("the room was not answered");
  return answer;
}

function missed(answer: SyncAnswer): { events: RoomEvent[]; cursor: Cursor; more: boolean } {
  if (!("events" in answer)) throw new Error(`not what was missed: ${JSON.stringify(answer)}`);
  return answer;
}

/** A channel of the speaker's own, the hearer in it and then away, with the cursor that they keep. */
async function leaveBehind(speaker: ChatClient) {
  const { room } = await speaker.get("room:create", { name: fresh("busy"), kind: "channel" });
  const hearer = await signIn(here);
  const { room: seen } = await hearer.get("room:join", { room: room.id });
  hearer.leave();
  return { room: room.id, hearer, cursor: seen.cursor, seq: seen.seq };
}

/** Many at once. Resolves with the texts in the order in which they were stored. */
async function sayAll(speaker: ChatClient, texts: readonly string[], room: string): Promise<string[]> {
  const said = await Promise.all(
    texts.map(async (text) => ({ text, seq: (await speaker.say(text, room)).seq })),
  );
  return said.toSorted((a, b) => a.seq - b.seq).map(({ text }) => text);
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `missed ${i + 1}`);

describe("somebody who comes back on another node", () => {
  test("gets exactly what they missed, and what follows", async () => {
    const speaker = await signIn(there);
    const { room, hearer, cursor, seq } = await leaveBehind(speaker);
    const texts = await sayAll(speaker, numbered(40), room);
    let talking = true;
    const talk = (async () => {
      for (let i = 1; talking; i++) await speaker.say(`live ${i}`, room);
    })();
    const back = await signIn(there, { token: hearer.token });
    expect(back.welcome.user.id).toBe(hearer.id);
    const answer = missed(await sync(back, room, cursor));
    talking = false;
    await talk;
    const { seq: last } = await speaker.say("over", room);
    await eventually(() => back.events(room).at(-1)?.seq === last);

    // What the client protocol asks for: the answer, then what came live, without what is in the answer already.
    const synced = answer.events.at(-1)?.seq ?? 0;
    const whole = [...answer.events, ...back.events(room).filter((event) => event.seq > synced)];
    expect(whole.map((event) => event.seq)).toEqual(
      Array.from({ length: last - seq }, (_, i) => seq + 1 + i),
    );
    const said = whole.flatMap((event) => (event.type === "message" ? [event.text] : []));
    expect(said.slice(0, texts.length)).toEqual(texts);
    expect(new Set(said).size).toBe(said.length);
    expect(answer.more).toBe(false);
  });

  test("gets nothing when nothing was missed", async () => {
    const speaker = await signIn(there);
    const { room, hearer } = await leaveBehind(speaker);
    const back = await signIn(there, { token: hearer.token });
    const kept = back.welcome.rooms.find(({ id }) => id === room)?.cursor;
    expect(missed(await sync(back, room, kept as Cursor))).toEqual({
      events: [],
      cursor: kept,
      more: false,
    });
  });

  test("gets 500 events, and is told to start over with a page when it were more", async () => {
    const speaker = await signIn(there);
    const { room, hearer, cursor, seq } = await leaveBehind(speaker);
    const texts: string[] = [];
    for (let i = 0; i < 500; i += 100)
      texts.push(...(await sayAll(speaker, numbered(500).slice(i, i + 100), room)));
    const back = await signIn(there, { token: hearer.token });
    const all: RoomEvent[] = [];
    let at = cursor;
    for (let more = true; more; ) {
      const answer = missed(await sync(back, room, at));
      all.push(...answer.events);
      ({ cursor: at, more } = answer);
    }
    expect(all.map((event) => (event.type === "message" ? event.text : event.type))).toEqual(texts);

    const { seq: head } = await speaker.say("one too many", room);
    expect(head).toBe(seq + 501);
    const answer = await sync(back, room, cursor);
    if (!("reset" in answer)) throw new Error("not told to start over");
    expect(answer.messages.at(-1)).toMatchObject({ seq: head, text: "one too many" });
    expect(answer.messages.map((message) => message.seq)).toEqual(
      Array.from({ length: 50 }, (_, i) => head - 49 + i),
    );
    // From the page's cursor it goes on.
    const next = await speaker.say("and on", room);
    expect(missed(await sync(back, room, answer.cursor)).events.map((event) => event.seq)).toEqual([
      next.seq,
    ]);
  });

  test("gets much in several answers", async () => {
    const speaker = await signIn(there);
    const { room, hearer, cursor } = await leaveBehind(speaker);
    const long = Array.from({ length: 40 }, (_, i) => `${i} `.padEnd(16_000, "long "));
    const texts = await sayAll(speaker, long, room);
    const back = await signIn(there, { token: hearer.token });
    const all: string[] = [];
    let answers = 0;
    let at = cursor;
    for (let more = true; more; answers++) {
      const answer = missed(await sync(back, room, at));
      for (const event of answer.events) all.push(event.type === "message" ? (event.text ?? "") : "");
      ({ cursor: at, more } = answer);
    }
    expect(all).toEqual(texts);
    expect(answers).toBeGreaterThan(1);
  });

  test("is told to start over with a cursor of another history", async () => {
    const speaker = await signIn(there);
    const { room, hearer, cursor, seq } = await leaveBehind(speaker);
    await sayAll(speaker, numbered(3), room);
    const back = await signIn(there, { token: hearer.token });
    const chain = cursor.slice(cursor.indexOf("-") + 1);
    const forged = [`${seq}-0123456789abcdef`, `${seq + 1}-${chain}`, `${seq + 1_000}-${chain}`];
    for (const wrong of forged)
      expect(await sync(back, room, wrong as Cursor)).toMatchObject({ reset: true });
  });

  test("gets several rooms at once", async () => {
    const speaker = await signIn(there);
    const one = await leaveBehind(speaker);
    const other = await leaveBehind(speaker);
    await sayAll(speaker, ["in one"], one.room);
    const away = await signIn(here, { token: one.hearer.token });
    const { room } = await away.get("room:join", { room: other.room });
    away.leave();
    await sayAll(speaker, ["in the other"], other.room);
    const back = await signIn(there, { token: one.hearer.token });
    const { rooms } = await back.get("room:sync", {
      rooms: { [one.room]: one.cursor, [other.room]: room.cursor } as Record<never, Cursor>,
    });
    const texts = Object.values(rooms).map((answer) =>
      missed(answer).events.map((event) => (event.type === "message" ? event.text : event.type)),
    );
    expect(texts).toEqual([["in one"], ["in the other"]]);
  });
});

describe("a node killed while people talk", () => {
  test("loses no acknowledged message, and nobody sees one twice or out of order", async () => {
    const residents = await Promise.all(Array.from({ length: 6 }, () => moveIn(cluster.url)));
    const spoken: { id: string; seq: number }[] = [];
    let talking = true;
    const talks = residents.map(async (resident) => {
      for (let i = 0; talking; i++) spoken.push(await resident.say(`${resident.name} says ${i}`));
    });
    const enough = (count: number) => eventually(() => spoken.length >= count, { timeoutMs: 20_000 });
    await enough(100);
    const [first] = residents[0]?.nodes ?? [];
    const victim = cluster.nodes.find((node) => node.logged("listening").at(-1)?.id === first);
    await victim?.kill();
    const moved = residents.filter(({ nodes }) => nodes[0] === first);
    expect(moved.length).toBeGreaterThan(0);
    await eventually(() => moved.every(({ nodes }) => nodes.length === 2));
    await enough(spoken.length + 100);
    talking = false;
    await Promise.all(talks);

    const last = Math.max(...spoken.map(({ seq }) => seq));
    for (const resident of residents) {
      await resident.reached(last);
      expect(resident.faults).toEqual([]);
    }
    // Everybody was there from before the first message on, so all of them tell the same.
    const ids = new Set(spoken.map(({ id }) => id));
    const [one, ...others] = residents.map(({ events }) => events.filter(({ id }) => ids.has(id)));
    expect(one?.map(({ seq }) => seq)).toEqual(spoken.map(({ seq }) => seq).toSorted((a, b) => a - b));
    for (const other of others) expect(other).toEqual(one);
    for (const { name } of residents) {
      const own = one?.flatMap((event) =>
        event.type === "message" && event.by.name === name ? [Number(event.text?.split(" ").at(-1))] : [],
      );
      expect(own).toEqual(own?.map((_, i) => i));
    }
    await victim?.start();
  });
});
