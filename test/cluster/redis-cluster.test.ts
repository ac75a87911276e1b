import { beforeAll, expect, test } from "vitest";
import { fresh, roomId, signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { redisInfo } from "../support/redis-servers.ts";
import { moveIn } from "../support/resident.ts";
import { type RedisCluster, startRedisCluster } from "../support/topologies.ts";
import { eventually } from "../support/wait.ts";

let redis: RedisCluster;
let cluster: TestCluster;
let here: TestService;
let there: TestService;

beforeAll(async () => {
  redis = await startRedisCluster();
  cluster = await startCluster({
    presence: 2,
    nodes: 2,
    redisAt: redis,
    env: { LIMIT_MESSAGES_PER_SECOND: "0", LIMIT_EVENTS_PER_SECOND: "0" },
  });
  [here, there] = cluster.nodes as [TestService, TestService];
});

/** Messages that each master has taken so far, by what it counts itself. */
async function stored(): Promise<Map<number, number>> {
  const counts = (await redis.masters()).map(async ({ port }) => {
    const { cmdstat_xadd = "" } = await redisInfo(port, "commandstats");
    return [port, Number(/calls=(\d+)/.exec(cmdstat_xadd)?.[1] ?? 0)] as const;
  });
  return new Map(await Promise.all(counts));
}

test("the load of many rooms spreads over all masters", async () => {
  const speaker = await signIn(here);
  const rooms = await Promise.all(
    Array.from({ length: 60 }, () => speaker.get("room:create", { name: fresh("room"), kind: "channel" })),
  );
  const before = await stored();
  for (let said = 1; said <= 3; said++)
    await Promise.all(rooms.map(({ room }) => speaker.say(`message ${said}`, room.id)));
  const after = await stored();
  expect(after.size).toBe(3);
  const shares = [...after].map(([port, count]) => count - (before.get(port) ?? 0));
  expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThanOrEqual(180);
  // Sixty names on three masters: each gets a good part, whatever the names are.
  for (const share of shares) expect(share).toBeGreaterThan(180 / 10);
});

test("what is said while a slot moves and after a master died is heard within 5 s, each once and in order", async () => {
  const key = `${cluster.prefix}{room:lobby}:log`;
  const [speaker, hearer] = await Promise.all([moveIn(here.url), moveIn(there.url)]);
  let talking = true;
  const talk = (async () => {
    let last = 0;
    while (talking) last = (await speaker.say("on and on")).seq;
    return last;
  })();
  const from = (await redis.masterOf(key)).port;
  await redis.moveSlotOf(key);
  expect((await redis.masterOf(key)).port).not.toBe(from);
  await hearer.reached((await speaker.say("after the move")).seq, 5_000);
  talking = false;
  await hearer.reached(await talk, 5_000);

  // With everything that was acknowledged on its replica, the death of a master loses nothing.
  const dying = await redis.lag(key);
  await dying.failOver();
  const said = await speaker.say("after the failover");
  await hearer.reached(said.seq, 5_000);
  await dying.rejoin();
  const reader = await eventually(() => signIn(there), { timeoutMs: 20_000 });
  const { messages } = await reader.get("room:history", { room: roomId("lobby"), limit: 1 });
  expect(messages).toMatchObject([{ seq: said.seq, text: "after the failover" }]);
  for (const { faults } of [speaker, hearer]) expect(faults).toEqual([]);
});
