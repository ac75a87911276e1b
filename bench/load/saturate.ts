import { setTimeout as pause } from "node:timers/promises";
import { createSamples } from "../measure/samples.ts";
import { cpuShare } from "./cpu-share.ts";
import type { Group, User } from "./group.ts";
import { acknowledgementOf, markedText } from "./marks.ts";
import type { SaturateRequest, SaturateResult } from "./messages.ts";
import { nextNumbers, sendText } from "./sending.ts";

/** As many sends as go: each sender has so many under way, and sends the next when one is acknowledged. */
export async function runSaturated(
  group: Group,
  request: SaturateRequest,
  onWindow: (phase: "opens" | "closes") => void,
): Promise<SaturateResult> {
  const senders = group.users.slice(0, request.senders);
  const sentAtMs = new Map<number, number>();
  const acks = createSamples();
  let windowOpen = false;
  let stopped = false;
  let acknowledged = 0;
  let failedSends = 0;
  let firstFailure: string | undefined;

  function sendOne(user: User): void {
    const number = nextNumbers(1);
    sentAtMs.set(number, performance.now());
    const room = user.rooms[number % user.rooms.length] ?? "";
    sendText(user, room, number, markedText(number, request.textBytes));
  }

  for (const user of senders) {
    user.client.onPayload = (payload) => {
      const number = acknowledgementOf(payload);
      const sentMs = sentAtMs.get(number);
      if (number < 0 || sentMs === undefined) return;
      sentAtMs.delete(number);
      if (!payload.includes('"ok":true')) {
        failedSends += 1;
        firstFailure ??= payload.toString();
      } else if (windowOpen) {
        acknowledged += 1;
        acks.add(performance.now() - sentMs);
      }
      if (!stopped) sendOne(user);
    };
    for (let i = 0; i < request.outstanding; i++) sendOne(user);
  }

  await pause(request.warmSeconds * 1_000);
  windowOpen = true;
  onWindow("opens");
  const openedMs = performance.now();
  const share = cpuShare();
  await pause(request.seconds * 1_000);
  windowOpen = false;
  onWindow("closes");
  const generatorCpu = share();
  const openForMs = performance.now() - openedMs;
  stopped = true;
  for (let waited = 0; sentAtMs.size > 0 && waited < 3_000; waited += 10) await pause(10);
  for (const user of senders) user.client.onPayload = undefined;
  return {
    acknowledged,
    seconds: openForMs / 1_000,
    ackMs: acks.percentiles(),
    failedSends,
    ...(firstFailure === undefined ? {} : { firstFailure }),
    generatorCpu,
  };
}
