import { randomUUID } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import type { Cursor } from "../../services/protocol/index.ts";
import { type ChatClient, fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { redisCli, redisInfo } from "../support/redis-servers.ts";
import { moveIn } from "../support/resident.ts";
import { type Sentinels, startSentinels } from "../support/topologies.ts";
import { eventually } from "../support/wait.ts";

let redis: Sentinels;
let cluster: TestCluster;
let here: TestService;
let there: TestService;

beforeAll(async () => {
  redis = await startSentinels();
  cluster = await startCluster({ nodes: 2, presence: 2, redisAt: redis });
  [here, there] = cluster.nodes as [TestService, TestService];
});

const lobby = roomId("lobby");

async function texts(client: ChatClient): Promise<(string | undefined)[]> {
  const { messages } = await client.get("room:history", { room: lobby, limit: 200 });
  return messages.map(({ text }) => text);
}

/** As a client does that was told `unavailable`: again with the same id. */
async function sayUntilStored(client: ChatClient, text: string, id = randomUUID()) {
  return eventually(() => client.say(text, "lobby", id), { timeoutMs: 20_000, everyMs: 100 });
}

describe("a failover to a replica that lagged", () => {
  test("is noticed by all, also when the very same message is at the very same place; what authors hold comes back", async () => {
    const [speaker, hearer, leaver] = await Promise.all([signIn(here), signIn(there), signIn(there)]);
    const author = await moveIn(cluster.url);
    await speaker.say("both have it");
    const lagging = await redis.lag("lobby");
    const id = randomUUID();
    await speaker.say("only the master has it");
    const { seq } = await speaker.say("sent again", "lobby", id);
    await author.say("held by its author");
    await eventually(() => leaver.texts().includes("sent again"));
    const { cursor: old } = await leaver.get("room:history", { room: lobby, around: seq, limit: 1 });
    leaver.leave();

    await lagging.failOver();
    await sayUntilStored(speaker, "something else");
    expect(await sayUntilStored(speaker, "sent again", id)).toMatchObject({ seq });
    for (const client of [speaker, hearer])
      await eventually(() => client.of("room:reset").some(({ payload }) => payload.room === lobby));
    await eventually(() => author.told.some(({ type }) => type === "reset"));
    await eventually(() => author.client.outbox.length === 0);

    const back = await eventually(() => signIn(here, { token: leaver.token }));
    const { rooms } = await back.get("room:sync", { rooms: { [lobby]: old } as Record<never, Cursor> });
    expect(rooms[lobby]).toMatchObject({ reset: true });
    await eventually(async () => {
      const all = await texts(back);
      expect(all.slice(all.indexOf("both have it")).toSorted()).toEqual(
        ["both have it", "something else", "sent again", "held by its author"].toSorted(),
      );
      return true;
    });
    await lagging.rejoin();
  });
});

describe("min-replicas-to-write", () => {
  test("refuses what no replica would get, reading goes on, and a failover then loses nothing", async () => {
    for (const { port } of [await redis.master(), await redis.replica()])
      await redisCli(port, "config", "set", "min-replicas-to-write", "1");
    const [speaker, hearer] = await Promise.all([signIn(here), signIn(there)]);
    const author = await moveIn(cluster.url);
    const mark = fresh("mark");
    await speaker.say(`${mark} acknowledged`);
    await author.say(`${mark} by the author`);

    const alone = await redis.lag("lobby");
    const { code, retryAfterMs } = await speaker.refused("message:send", {
      room: lobby,
      id: randomUUID() as never,
      text: `${mark} refused`,
    });
    expect({ code, retryAfterMs }).toEqual({ code: "unavailable", retryAfterMs: 2_000 });
    expect(await texts(hearer)).toContain(`${mark} acknowledged`);
    const waiting = author.say(`${mark} waits`);

    await alone.failOver();
    // The new master has no replica yet, and is as strict.
    const { port } = await redis.master();
    await eventually(async () => (await redisInfo(port, "errorstats")).errorstat_NOREPLICAS !== undefined);
    await alone.rejoin();
    await waiting;
    const reader = await eventually(() => signIn(there), { timeoutMs: 20_000 });
    expect((await texts(reader)).filter((text) => text?.startsWith(mark))).toEqual([
      `${mark} acknowledged`,
      `${mark} by the author`,
      `${mark} waits`,
    ]);
    expect(author.faults).toEqual([]);
  });
});
