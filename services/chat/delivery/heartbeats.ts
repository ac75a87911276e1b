import type { Socket } from "node:net";

/** How long a client may be silent, in milliseconds: it is asked so often whether it is there, and has so long to answer. */
export const heartbeat = { everyMs: 10_000, answerWithinMs: 8_000 };

/** Whoever can be asked whether they are there. */
export interface Beating {
  /** The TCP socket, whose count of bytes read tells whether anything was heard; undefined: it is gone. */
  wire(): Pick<Socket, "bytesRead"> | undefined;
  ping(): void;
  /** Nothing was heard in time. */
  lost(): void;
}

export interface Heartbeats {
  /** From now on asked again and again, until its wire is gone: a first time early enough for a client that was asked by Engine.IO before. */
  add(one: Beating): void;
  stop(): void;
}

const tickMs = 250;
const ticksARound = heartbeat.everyMs / tickMs;
/**
 * A client closes when it has not been asked for as long as both take, and Engine.IO may have opened the connection, or asked
 * last, as long ago as `everyMs`.
 */
const ticksToFirst = heartbeat.answerWithinMs / 2 / tickMs;
const ticksToAnswer = heartbeat.answerWithinMs / tickMs;
/** Whoever was silent while this process did not run may have spoken: it has only not been read yet. */
const sleptMs = 2_000;

interface Member {
  readonly one: Beating;
  /** Bytes that had been read when it was asked; anything that comes after that is an answer. */
  heard: number;
}

/**
 * Asks all connections of a node in turn whether they are still there, in place of Engine.IO's two timers a connection,
 * which cost ten thousand silent connections more than all else together: whether something was heard is read off the TCP
 * socket.
 */
export function createHeartbeats(nowMs: () => number = () => performance.now()): Heartbeats {
  const slots = Array.from({ length: ticksARound }, () => new Set<Member>());
  let tick = 0;
  let lastMs = nowMs();
  let judgeFromTick = 0;

  function ask(slot: Set<Member>): void {
    for (const member of slot) {
      const wire = member.one.wire();
      if (!wire) {
        slot.delete(member);
        continue;
      }
      member.heard = wire.bytesRead;
      member.one.ping();
    }
  }

  function judge(slot: Set<Member>): void {
    for (const member of slot) {
      if (member.one.wire()?.bytesRead !== member.heard) continue;
      slot.delete(member);
      member.one.lost();
    }
  }

  const timer = setInterval(() => {
    const now = nowMs();
    tick += 1;
    if (now - lastMs > sleptMs) judgeFromTick = tick + ticksToAnswer;
    lastMs = now;
    ask(slotAt(tick));
    if (tick >= judgeFromTick) judge(slotAt(tick - ticksToAnswer));
  }, tickMs);
  timer.unref();

  const slotAt = (at: number) =>
    slots[((at % ticksARound) + ticksARound) % ticksARound] as (typeof slots)[number];

  return {
    add(one) {
      // Until it was asked, nothing is an answer.
      slotAt(tick + ticksToFirst).add({ one, heard: -1 });
    },
    stop() {
      clearInterval(timer);
    },
  };
}
