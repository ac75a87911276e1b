import { setTimeout as pause } from "node:timers/promises";
import { createSamples } from "../measure/samples.ts";
import { cpuShare } from "./cpu-share.ts";
import type { Group, User } from "./group.ts";
import { acknowledgementOf, eachMessage, markedText } from "./marks.ts";
import type { LoadRequest, LoadResult } from "./messages.ts";
import { nextNumbers, sendText } from "./sending.ts";

/** How long stragglers are waited for after the window. */
const patienceMs = 3_000;
/** What somebody who did not read finds then takes a moment to read, and at its end that they were cut. */
const readingUpMs = 1_500;

/**
 * Sends at a fixed rate without waiting for anything, so that a system that falls behind is seen to: latency counts from
 * the moment at which the message was due, not from when it could be written.
 *
 * @param silent users who do not read meanwhile
 * @param onWindow told when the time that is measured starts and ends
 */
export async function runFixedRate(
  group: Group,
  silent: readonly User[],
  request: LoadRequest,
  onWindow: (phase: "opens" | "closes") => void,
): Promise<LoadResult> {
  const { messagesPerSecond, warmSeconds, seconds } = request;
  const total = Math.round(messagesPerSecond * (warmSeconds + seconds));
  const firstMeasured = Math.round(messagesPerSecond * warmSeconds);
  const base = nextNumbers(total);
  const { attentive, inattentive } = divide(group.users, request);
  const attentiveIn = new Map<string, number>();
  for (const user of attentive)
    for (const room of user.rooms) attentiveIn.set(room, (attentiveIn.get(room) ?? 0) + 1);
  const roomOfMessage = (k: number) => {
    const sender = group.users[k % request.senders];
    if (!sender) throw new Error("there are fewer users than senders");
    return { sender, room: sender.rooms[Math.floor(k / request.senders) % sender.rooms.length] ?? "" };
  };

  const dueMs = new Float64Array(total);
  const latency = createSamples();
  const acks = createSamples();
  let failedSends = 0;
  let firstFailure: string | undefined;
  let windowOpen = false;
  let heard = 0;
  let heardMeasured = 0;
  let expectedMeasured = 0;
  let acknowledged = 0;

  for (const user of attentive) {
    user.client.onPayload = (payload) => {
      const now = performance.now();
      const ack = acknowledgementOf(payload);
      if (ack >= 0) {
        const k = ack - base;
        if (k < 0 || k >= total) return;
        acknowledged += 1;
        if (!payload.includes('"ok":true')) {
          failedSends += 1;
          firstFailure ??= payload.toString();
        } else if (k >= firstMeasured) acks.add(now - (dueMs[k] ?? 0));
        return;
      }
      eachMessage(payload, (number) => {
        const k = number - base;
        if (k < 0 || k >= total) return;
        if (windowOpen) heard += 1;
        if (k < firstMeasured) return;
        heardMeasured += 1;
        latency.add(now - (dueMs[k] ?? 0));
      });
    };
  }
  for (const user of silent) user.client.pause();
  const [openBefore, silentBefore] = [countOpen(group.users), countOpen(silent)];
  const bytesBefore = inattentive.map((user) => user.client.bytes);

  const startMs = performance.now() + 20;
  const windowOpensMs = startMs + warmSeconds * 1_000;
  const windowClosesMs = windowOpensMs + seconds * 1_000;
  let share = () => 0;
  let openedAtMs = 0;
  for (let k = 0; k < total; ) {
    const now = performance.now();
    if (!windowOpen && now >= windowOpensMs) {
      windowOpen = true;
      openedAtMs = now;
      share = cpuShare();
      onWindow("opens");
    }
    for (; k < total; k++) {
      const due = startMs + (k * 1_000) / messagesPerSecond;
      if (due > now) break;
      dueMs[k] = due;
      const { sender, room } = roomOfMessage(k);
      if (k >= firstMeasured) expectedMeasured += attentiveIn.get(room) ?? 0;
      sendText(sender, room, base + k, markedText(base + k, request.textBytes));
    }
    await pause(1);
  }
  await pause(Math.max(0, windowClosesMs - performance.now()));
  windowOpen = false;
  onWindow("closes");
  const generatorCpu = share();
  const openForMs = performance.now() - openedAtMs;

  const deadlineMs = performance.now() + patienceMs;
  // Also for those whose frames are only counted: a node writes to one after the other, and to some of them last.
  const unequal = () => differing(inattentive.map((user, i) => user.client.bytes - (bytesBefore[i] ?? 0)));
  while (
    (heardMeasured < expectedMeasured || acknowledged < total || unequal() > 0) &&
    performance.now() < deadlineMs
  )
    await pause(10);
  for (const user of attentive) user.client.onPayload = undefined;
  for (const user of silent) user.client.resume();
  const readUpMs = performance.now() + readingUpMs;
  while (countOpen(silent) > 0 && performance.now() < readUpMs) await pause(10);

  // Everybody in a room gets the same, so what those get who are listened to stands for all of them.
  const scale = [...group.members.values()].flat().length / Math.max(1, sum([...attentiveIn.values()]));
  return {
    offered: total - firstMeasured,
    seconds: openForMs / 1_000,
    deliveries: heard * (inattentive.length > 0 ? scale : 1),
    latencyMs: latency.percentiles(),
    ackMs: acks.percentiles(),
    missing: expectedMeasured === 0 ? 0 : 1 - heardMeasured / expectedMeasured,
    unequal: unequal(),
    failedSends,
    ...(firstFailure === undefined ? {} : { firstFailure }),
    closed: openBefore - countOpen(group.users),
    unreadClosed: silentBefore - countOpen(silent),
    generatorCpu,
  };
}

/** Senders are always listened to, for their acknowledgements; the others evenly. */
function divide(reading: readonly User[], { attentive, senders }: LoadRequest) {
  if (attentive === 0) return { attentive: reading, inattentive: [] };
  const every = Math.max(1, Math.floor(reading.length / attentive));
  const heeded = (user: User) => user.index < senders || user.index % every === 0;
  return {
    attentive: reading.filter(heeded),
    inattentive: reading.filter((user) => !heeded(user)),
  };
}

/** How many have another number than most. */
function differing(numbers: readonly number[]): number {
  const usual = [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
  return numbers.filter((one) => one !== usual).length;
}

function countOpen(users: readonly User[]): number {
  return users.filter((user) => user.client.open).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
