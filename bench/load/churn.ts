import { setTimeout as pause } from "node:timers/promises";
import { createSamples } from "../measure/samples.ts";
import { type Client, connectClient } from "./client.ts";
import { cpuShare } from "./cpu-share.ts";
import type { Group, User } from "./group.ts";
import type { ChurnRequest, ChurnResult, LeaveResult } from "./messages.ts";

/** A closed connection counts as gone after this: a reload takes less. Part of the product, so not of its latency. */
const graceMs = 5_000;
/** A watch names at most so many. */
const watchedAtMost = 200;

interface Changes {
  changes: { user: { id: string }; online: boolean }[];
}

/** Everybody looks at the first page of the list, as the page does. */
export async function watchFirstPage(group: Group): Promise<void> {
  for (const user of group.users) await user.client.request("users:watch", { limit: 100 });
}

/**
 * So many users a second go or come, in equal parts. Some clients watch those who do, to see when they are told; one client
 * watches a page, to see how much it is told.
 */
export async function runChurn(
  group: Group,
  request: ChurnRequest,
  onWindow: (phase: "opens" | "closes") => void,
): Promise<ChurnResult> {
  const { changesPerSecond, seconds } = request;
  const goingPerSecond = changesPerSecond / 2;
  const awayMs = graceMs + 2_000;
  const [watcher, reader] = group.users;
  if (!watcher || !reader) throw new Error("two users at least watch");
  // Enough of them that each has been away, and noticed, before it is their turn again.
  const pool = group.users.slice(2, 2 + Math.ceil(goingPerSecond * ((awayMs + 4_000) / 1_000)));
  if (pool.length < goingPerSecond) throw new Error("there are too few users to come and go");
  const watched = pool.slice(0, watchedAtMost);
  const idOf = (user: User) => (user.welcome.user as { id: string }).id;
  const expected = new Map<string, { online: boolean; fromMs: number }>();
  const told = createSamples();
  let untold = 0;

  await watcher.client.request("users:watch", { limit: 1, ids: watched.map(idOf) });
  const stopListening = listen(watcher.client, (change, now) => {
    const one = expected.get(change.user.id);
    if (!one || one.online !== change.online) return;
    expected.delete(change.user.id);
    told.add(Math.max(0, now - one.fromMs));
  });
  const expectChange = (user: User, online: boolean, fromMs: number) => {
    const id = idOf(user);
    if (!watched.includes(user)) return;
    if (expected.has(id)) untold += 1;
    expected.set(id, { online, fromMs });
  };

  const bytesBefore = reader.client.bytes;
  const share = cpuShare();
  onWindow("opens");
  const startMs = performance.now();
  let changes = 0;
  const returns: Promise<void>[] = [];
  for (let turn = 0; ; turn++) {
    const atMs = startMs + (turn * 1_000) / goingPerSecond;
    if (atMs - startMs >= seconds * 1_000) break;
    if (atMs > performance.now()) await pause(atMs - performance.now());
    const user = pool[turn % pool.length];
    if (!user?.client.open) continue;
    user.client.destroy();
    changes += 1;
    expectChange(user, false, performance.now() + graceMs);
    returns.push(
      pause(awayMs).then(async () => {
        const target = request.targets[user.index % request.targets.length];
        if (!target) return;
        // Told perhaps before the welcome is here, so it is expected from the first packet on.
        expectChange(user, true, performance.now());
        const { client } = await connectClient(target, { token: user.welcome.token });
        Object.assign(user, { client });
        changes += 1;
        await client.request("users:watch", { limit: 100 });
      }),
    );
  }
  const seen = { changes, bytes: reader.client.bytes - bytesBefore, ms: performance.now() - startMs };
  onWindow("closes");
  const generatorCpu = share();
  await Promise.all(returns);
  for (let waited = 0; expected.size > 0 && waited < 3_000; waited += 20) await pause(20);
  stopListening();
  return {
    changes: seen.changes,
    seconds: seen.ms / 1_000,
    toldMs: told.percentiles(),
    untold: untold + expected.size,
    bytesPerSecond: seen.bytes / (seen.ms / 1_000),
    generatorCpu,
  };
}

/** The last so many users leave in one moment; when is one who stays told the right number? */
export async function leaveAtOnce(group: Group, count: number): Promise<LeaveResult> {
  const reader = group.users[1];
  if (!reader) throw new Error("nobody stays");
  await reader.client.request("users:watch", { limit: 100 });
  const right = group.users.length - count;
  let rightAtMs = Number.NaN;
  let bytes = 0;
  let most = 0;
  let second = 0;
  let inSecond = 0;
  const startMs = performance.now();
  reader.client.onPayload = (payload) => {
    const now = performance.now();
    bytes += payload.length;
    const thisSecond = Math.floor((now - startMs) / 1_000);
    inSecond = thisSecond === second ? inSecond + payload.length : payload.length;
    second = thisSecond;
    most = Math.max(most, inSecond);
    const text = payload.toString();
    if (!text.startsWith('42["users:count"')) return;
    const [, { count: online }] = JSON.parse(text.slice(2)) as [string, { count: number }];
    if (online === right && Number.isNaN(rightAtMs)) rightAtMs = now;
  };
  for (const user of group.users.slice(group.users.length - count)) user.client.destroy();
  for (let waited = 0; Number.isNaN(rightAtMs) && waited < 20_000; waited += 20) await pause(20);
  const tookMs = performance.now() - startMs;
  reader.client.onPayload = undefined;
  return {
    rightAfterGraceMs: rightAtMs - startMs - graceMs,
    mostBytesInASecond: most,
    bytesPerSecond: bytes / (tookMs / 1_000),
  };
}

function listen(client: Client, onChange: (change: Changes["changes"][0], nowMs: number) => void) {
  client.onPayload = (payload) => {
    const now = performance.now();
    const text = payload.toString();
    if (!text.startsWith('42["users:changes"')) return;
    const [, { changes }] = JSON.parse(text.slice(2)) as [string, Changes];
    for (const change of changes) onChange(change, now);
  };
  return () => {
    client.onPayload = undefined;
  };
}
