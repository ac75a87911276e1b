import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createReplySplitter, publishedIn } from "../support/redis-replies.ts";
import type { Random } from "./random.ts";

/** Which connections of a service: all, or those on which it is subscribed. */
export type Which = "all" | "subscriber";

/** Which way: what the service asks, what Redis answers and publishes, or both. */
export type Direction = "requests" | "answers" | "both";

/** The line between one service and Redis, and what happens to lines. Each answer ends what was begun. */
export interface RedisLine {
  readonly url: string;
  /** Connections end, and new ones are refused. */
  cut(which: Which): () => void;
  /**
   * Nothing comes through in that direction, and neither side learns of it. Afterwards what was held comes through, also
   * when the service has closed the connection meanwhile; or it is lost, together with its connection.
   */
  blackHole(which: Which, direction?: Direction): (isLost?: boolean) => void;
  /** Each direction takes half of this longer. */
  slow(delayMs: number): () => void;
  /** No more than so many bytes a second in each direction of each connection. */
  throttle(bytesPerSecond: number): () => void;
  /** Published messages are lost with this probability. */
  lose(probability: number, random: Random): () => void;
  close(): void;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  subscribed: boolean;
  readonly ways: readonly Way[];
}

/** One direction. Bytes stay in their order, whatever happens meanwhile. */
interface Way {
  readonly direction: Exclude<Direction, "both">;
  readonly to: Socket;
  readonly waiting: { readonly chunk: Buffer; readonly dueMs: number }[];
  /** When a throttled line has passed on what it took last. */
  freeMs: number;
  /** The other end is gone: this one follows when nothing waits any more. */
  ending: boolean;
  timer: NodeJS.Timeout | undefined;
}

interface Hole {
  readonly which: Which;
  readonly direction: Direction;
}

export async function startRedisLine(redisUrl: string): Promise<RedisLine> {
  const target = new URL(redisUrl);
  const pairs = new Set<Pair>();
  const cuts = new Set<Which>();
  const holes = new Set<Hole>();
  let delayMs = 0;
  let bytesPerSecond = Number.POSITIVE_INFINITY;
  let losing: { probability: number; random: Random } | undefined;

  const reaches = (which: Which, pair: Pair) => which === "all" || pair.subscribed;
  const swallowed = (pair: Pair, { direction }: Way) =>
    [...holes].some(
      (hole) => reaches(hole.which, pair) && (hole.direction === "both" || hole.direction === direction),
    );

  function drain(pair: Pair, way: Way): void {
    if (swallowed(pair, way)) return;
    for (let next = way.waiting[0]; next; next = way.waiting[0]) {
      const nowMs = performance.now();
      const leftMs = Math.max(next.dueMs, way.freeMs) - nowMs;
      if (leftMs > 0.5) {
        way.timer ??= setTimeout(() => {
          way.timer = undefined;
          drain(pair, way);
        }, leftMs);
        return;
      }
      way.waiting.shift();
      way.freeMs = nowMs + (next.chunk.length / bytesPerSecond) * 1_000;
      if (!way.to.destroyed) way.to.write(next.chunk);
    }
    if (way.ending) way.to.end();
  }

  function drainAll(): void {
    for (const pair of pairs) for (const way of pair.ways) drain(pair, way);
  }

  function pass(pair: Pair, way: Way, chunk: Buffer): void {
    if (way.to.destroyed) return;
    way.waiting.push({ chunk, dueMs: performance.now() + delayMs / 2 });
    drain(pair, way);
  }

  function open(near: Socket): void {
    const far = connect(Number(target.port), target.hostname);
    const way = (direction: Way["direction"], to: Socket): Way => ({
      direction,
      to,
      waiting: [],
      freeMs: 0,
      ending: false,
      timer: undefined,
    });
    const [there, back] = [way("requests", far), way("answers", near)];
    const pair: Pair = { near, far, subscribed: false, ways: [there, back] };
    pairs.add(pair);
    near.on("data", (chunk: Buffer) => {
      if (!pair.subscribed && chunk.includes("ssubscribe")) {
        pair.subscribed = true;
        if (cuts.has("subscriber")) return end(pair);
      }
      pass(pair, there, chunk);
    });
    far.on(
      "data",
      createReplySplitter((reply) => {
        if (!losing || !publishedIn(reply) || !losing.random.chance(losing.probability))
          pass(pair, back, reply);
      }),
    );
    for (const [socket, onward] of [
      [near, there],
      [far, back],
    ] as const) {
      socket.setNoDelay(true);
      socket.on("error", () => socket.destroy());
      // What one side has said last may still be on its way when it is gone.
      socket.on("close", () => {
        if (near.destroyed && far.destroyed) pairs.delete(pair);
        onward.ending = true;
        drain(pair, onward);
      });
    }
  }

  function end({ near, far }: Pair): void {
    near.destroy();
    far.destroy();
  }

  const server = createServer((near) => {
    near.on("error", () => near.destroy());
    if (cuts.has("all")) near.destroy();
    else open(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = new URL(redisUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);

  return {
    url: url.href,
    cut(which) {
      cuts.add(which);
      for (const pair of pairs) if (reaches(which, pair)) end(pair);
      return () => void cuts.delete(which);
    },
    blackHole(which, direction = "both") {
      const hole = { which, direction };
      holes.add(hole);
      return (isLost = false) => {
        for (const pair of pairs)
          if (isLost && pair.ways.some((way) => way.waiting.length > 0 && swallowed(pair, way))) end(pair);
        holes.delete(hole);
        drainAll();
      };
    },
    slow(ms) {
      delayMs = ms;
      return () => {
        delayMs = 0;
      };
    },
    throttle(rate) {
      bytesPerSecond = rate;
      return () => {
        bytesPerSecond = Number.POSITIVE_INFINITY;
        for (const { ways } of pairs) for (const way of ways) way.freeMs = 0;
        drainAll();
      };
    },
    lose(probability, random) {
      losing = { probability, random };
      return () => {
        losing = undefined;
      };
    },
    close() {
      server.close();
      for (const pair of pairs) end(pair);
    },
  };
}
