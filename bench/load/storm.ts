import { setTimeout as pause } from "node:timers/promises";
import { createSamples } from "../measure/samples.ts";
import { type Address, connectClient, TurnedAway } from "./client.ts";
import { cpuShare } from "./cpu-share.ts";
import type { Group, User } from "./group.ts";
import { markedText } from "./marks.ts";
import type { ResumeResult } from "./messages.ts";
import { nextNumbers, uniqueId } from "./sending.ts";

/** What a user holds who was cut off: enough to come back and to ask for what they missed. */
interface Held {
  readonly token: string;
  readonly cursors: Record<string, string>;
}

interface Synced {
  rooms: Record<string, { reset?: boolean; events?: { seq: number; type: string }[]; cursor: string }>;
}

const held = new WeakMap<Group, Held[]>();

/** Brings everybody to the newest position of their rooms and has them remember it. */
export async function rememberPositions(group: Group): Promise<void> {
  const all: Held[] = [];
  for (const user of group.users) {
    const cursors: Record<string, string> = {};
    for (const room of user.rooms) cursors[room] = user.positions.get(room) ?? "0-0";
    const answer = (await user.client.request("room:sync", { rooms: cursors })) as unknown as Synced;
    for (const [room, { cursor }] of Object.entries(answer.rooms)) cursors[room] = cursor;
    all.push({ token: String(user.welcome.token), cursors });
  }
  held.set(group, all);
}

/** Sends so many messages into each room, and resolves when all are acknowledged. */
export async function sendIntoEachRoom(group: Group, messages: number): Promise<void> {
  await Promise.all(
    [...group.members].map(async ([room, [author]]) => {
      if (!author) return;
      for (let i = 0; i < messages; i++) {
        const number = nextNumbers(1);
        await author.client.request("message:send", {
          room,
          id: uniqueId(number),
          text: markedText(number, 100),
        });
      }
    }),
  );
}

/**
 * Everybody comes back as stock clients do, at random moments within a second, and asks for what they missed. A handshake
 * that is turned away is tried again after a second.
 */
export async function resume(
  group: Group,
  through: Address,
  expected: number,
  withinMs: number,
): Promise<ResumeResult> {
  const all = held.get(group);
  if (!all) throw new Error("nobody remembered a position");
  const startedMs = performance.now();
  const deadlineMs = startedMs + withinMs;
  const share = cpuShare();
  const caughtUp = createSamples();
  let retries = 0;
  let wrong = 0;
  let late = 0;
  let failure: string | undefined;

  async function comeBack(user: User, { token, cursors }: Held): Promise<void> {
    await pause(Math.random() * 1_000);
    while (performance.now() < deadlineMs) {
      try {
        const { client } = await connectClient(through, { token });
        Object.assign(user, { client });
        const answer = (await client.request("room:sync", { rooms: cursors })) as unknown as Synced;
        for (const room of user.rooms) if (missedIn(answer, room) !== expected) wrong += 1;
        caughtUp.add(performance.now() - startedMs);
        return;
      } catch (error) {
        if (!(error instanceof TurnedAway)) failure = (error as Error).message;
        retries += 1;
        await pause(500 + Math.random() * 1_000);
      }
    }
    late += 1;
  }

  await Promise.all(group.users.map((user, i) => comeBack(user, all[i] ?? { token: "", cursors: {} })));
  const lost = group.users.filter(({ client }) => !client.open).length;
  return { caughtUpMs: caughtUp.percentiles(), retries, wrong, late, lost, failure, generatorCpu: share() };
}

/** How many messages the answer brings, or -1 when they are not consecutive or the room starts over. */
function missedIn(answer: Synced, room: string): number {
  const events = answer.rooms[room]?.events;
  if (!events) return -1;
  const consecutive = events.every((event, i) => i === 0 || event.seq === (events[i - 1]?.seq ?? 0) + 1);
  return consecutive ? events.filter((event) => event.type === "message").length : -1;
}
