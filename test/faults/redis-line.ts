import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createReplySplitter, publishedIn } from "../support/redis-replies.ts";
import type { Random } from "./random.ts";

/** Which connections of a service: all, or those on which it is subscribed. */
export type Which = "all" | "subscriber";

/** The line between one service and Redis, and what happens to lines. Each answer ends what was begun. */
export interface RedisLine {
  readonly url: string;
  /** Connections end, and new ones are refused. */
  cut(which: Which): () => void;
  /** Nothing comes through in either direction, and neither side learns of it. Afterwards what was held comes through. */
  blackHole(which: Which): () => void;
  /** Each direction takes half of this longer. */
  slow(delayMs: number): () => void;
  /** Published messages are lost with this probability. */
  lose(probability: number, random: Random): () => void;
  readonly lost: number;
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
  readonly to: Socket;
  readonly waiting: { readonly chunk: Buffer; readonly dueMs: number }[];
  timer: NodeJS.Timeout | undefined;
}

export async function startRedisLine(redisUrl: string): Promise<RedisLine> {
  const target = new URL(redisUrl);
  const pairs = new Set<Pair>();
  const cuts = new Set<Which>();
  const holes = new Set<Which>();
  let delayMs = 0;
  let losing: { probability: number; random: Random } | undefined;
  let lost = 0;

  const reaches = (which: Which, pair: Pair) => which === "all" || pair.subscribed;
  const swallowed = (pair: Pair) => [...holes].some((which) => reaches(which, pair));

  function drain(pair: Pair, way: Way): void {
    for (let next = way.waiting[0]; next && !swallowed(pair); next = way.waiting[0]) {
      const leftMs = next.dueMs - performance.now();
      if (leftMs > 0.5) {
        way.timer ??= setTimeout(() => {
          way.timer = undefined;
          drain(pair, way);
        }, leftMs);
        return;
      }
      way.waiting.shift();
      if (!way.to.destroyed) way.to.write(next.chunk);
    }
  }

  function pass(pair: Pair, way: Way, chunk: Buffer): void {
    way.waiting.push({ chunk, dueMs: performance.now() + delayMs / 2 });
    drain(pair, way);
  }

  function open(near: Socket): void {
    const far = connect(Number(target.port), target.hostname);
    const [there, back] = [far, near].map((to): Way => ({ to, waiting: [], timer: undefined })) as [Way, Way];
    const pair: Pair = { near, far, subscribed: false, ways: [there, back] };
    pairs.add(pair);
    near.on("data", (chunk: Buffer) => {
      if (!pair.subscribed && chunk.includes("ssubscribe")) {
        pair.subscribed = true;
        if (cuts.has("subscriber")) return near.destroy();
      }
      pass(pair, there, chunk);
    });
    far.on(
      "data",
      createReplySplitter((reply) => {
        if (losing && publishedIn(reply) && losing.random.chance(losing.probability)) lost += 1;
        else pass(pair, back, reply);
      }),
    );
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.setNoDelay(true).on("close", end).on("error", end);
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
      for (const pair of pairs) if (reaches(which, pair)) pair.near.destroy();
      return () => void cuts.delete(which);
    },
    blackHole(which) {
      holes.add(which);
      return () => {
        holes.delete(which);
        for (const pair of pairs) for (const way of pair.ways) drain(pair, way);
      };
    },
    slow(ms) {
      delayMs = ms;
      return () => {
        delayMs = 0;
      };
    },
    lose(probability, random) {
      losing = { probability, random };
      return () => {
        losing = undefined;
      };
    },
    get lost() {
      return lost;
    },
    close() {
      server.close();
      for (const { near } of pairs) near.destroy();
    },
  };
}
