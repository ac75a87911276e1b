import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createReplySplitter, publishedIn } from "./redis-replies.ts";
import { stopWhenDone } from "./started.ts";

/** Stands between one node and Redis, and does to the line what happens to lines. */
export interface RedisProxy {
  /** Where the node finds Redis, through here. */
  readonly url: string;
  /** From now on, messages of subscriptions are lost for which `lose` says so; the answer ends that. */
  lose(lose: (message: string, channel: string) => boolean): () => void;
  /** How many messages were lost so. */
  readonly lost: number;
  /** Cuts the connections on which the node is subscribed. */
  cutSubscriptions(): void;
  /** Nothing comes through any more on these connections, and neither side learns of it. New ones work. */
  deafenSubscriptions(): void;
  /** New connections wait until the answer is called. */
  holdConnections(): () => void;
  /** What the node asks does not reach Redis until the answer is called. */
  holdRequests(): () => void;
  /** The same, of what it asks on connections with subscriptions alone. */
  holdSubscribing(): () => void;
  /** What Redis answers does not reach the node until the answer is called. */
  holdReplies(): () => void;
  /** Bytes that are held at the moment, in both directions. */
  readonly held: number;
}

interface Line {
  readonly node: Socket;
  readonly redis: Socket;
  subscribed: boolean;
  deaf: boolean;
  readonly requests: Buffer[];
  readonly replies: Buffer[];
}

/** Closed when the test file is done. */
export async function startRedisProxy(redisUrl: string): Promise<RedisProxy> {
  const target = new URL(redisUrl);
  const lines = new Set<Line>();
  const losers = new Set<(message: string, channel: string) => boolean>();
  const waiting: Socket[] = [];
  let lost = 0;
  const holding = { connections: false, requests: false, subscribing: false, replies: false };

  function open(node: Socket): void {
    const redis = connect(Number(target.port), target.hostname);
    const line: Line = { node, redis, subscribed: false, deaf: false, requests: [], replies: [] };
    lines.add(line);
    node.on("data", (chunk: Buffer) => {
      if (chunk.includes("ssubscribe")) line.subscribed = true;
      if (line.deaf) return;
      if (holding.requests || (holding.subscribing && line.subscribed)) line.requests.push(chunk);
      else redis.write(chunk);
    });
    const split = createReplySplitter((reply) => {
      if (line.deaf || isLost(reply)) return;
      if (holding.replies) line.replies.push(reply);
      else node.write(reply);
    });
    redis.on("data", split);
    const end = () => {
      lines.delete(line);
      node.destroy();
      redis.destroy();
    };
    for (const socket of [node, redis]) socket.on("close", end).on("error", end);
  }

  function isLost(reply: Buffer): boolean {
    if (losers.size === 0) return false;
    const published = publishedIn(reply);
    if (!published) return false;
    for (const lose of losers) {
      if (lose(published.message, published.channel)) {
        lost += 1;
        return true;
      }
    }
    return false;
  }

  function hold(which: "requests" | "subscribing"): () => void {
    holding[which] = true;
    return () => {
      holding[which] = false;
      for (const { redis, requests } of lines) for (const chunk of requests.splice(0)) redis.write(chunk);
    };
  }

  const server = createServer((node) => {
    node.on("error", () => node.destroy());
    if (holding.connections) waiting.push(node);
    else open(node);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopWhenDone(async () => {
    for (const { node } of lines) node.destroy();
    for (const node of waiting) node.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  const url = new URL(redisUrl);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    lose(lose) {
      losers.add(lose);
      return () => losers.delete(lose);
    },
    get lost() {
      return lost;
    },
    cutSubscriptions() {
      for (const { node, subscribed } of lines) if (subscribed) node.destroy();
    },
    deafenSubscriptions() {
      for (const line of lines) if (line.subscribed) line.deaf = true;
    },
    holdConnections() {
      holding.connections = true;
      return () => {
        holding.connections = false;
        for (const node of waiting.splice(0)) if (!node.destroyed) open(node);
      };
    },
    holdRequests: () => hold("requests"),
    holdSubscribing: () => hold("subscribing"),
    holdReplies() {
      holding.replies = true;
      return () => {
        holding.replies = false;
        for (const { node, replies } of lines) for (const chunk of replies.splice(0)) node.write(chunk);
      };
    },
    get held() {
      let bytes = 0;
      for (const { requests, replies } of lines)
        for (const chunk of [...requests, ...replies]) bytes += chunk.length;
      return bytes;
    },
  };
}
