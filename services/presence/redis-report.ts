import { loadScript, type RedisConnection, runScript } from "../platform/index.ts";
import type { PageCursor } from "../protocol/index.ts";
import type { NodeVitals, PresenceReport } from "./contract.ts";
import { presenceKeys } from "./redis-keys.ts";
import { decodePageCursor, encodePageCursor, parseUser } from "./redis-list.ts";
import type { NodeIdentity } from "./redis-registry.ts";

const reportScript = loadScript("report.lua", import.meta.url);
const usersAPage = 100;
const noVitals: NodeVitals = {
  connections: 0,
  rooms: 0,
  messagesPerSecond: 0,
  eventLoopDelayMs: 0,
};

/** What the administrator sees. Rejects with `RequestError`. */
export function createReports(options: { redis: RedisConnection; prefix: string }): {
  report(cursor?: PageCursor): Promise<PresenceReport>;
} {
  const keys = presenceKeys(options.prefix).all;
  return {
    async report(cursor) {
      const [nodes, [id, pid, since], standbys, next, users] = (await runScript(
        options.redis,
        reportScript,
        keys,
        [decodePageCursor(cursor), usersAPage],
      )) as [string[], string[], number, string, (string | number)[]];
      return {
        nodes: parseNodes(nodes),
        leader:
          id === undefined
            ? null
            : {
                id,
                pid: Number(pid),
                since: new Date(Number(since)).toISOString(),
                standbys,
              },
        users: parseUsers(users),
        ...(next === "" ? {} : { cursor: encodePageCursor(next) }),
      };
    },
  };
}

/** For a moment after it registered again, a node has two leases: the newer one, which comes last, is the one that counts. */
function parseNodes(replies: readonly string[]): PresenceReport["nodes"] {
  const nodes = new Map<string, PresenceReport["nodes"][number]>();
  for (let i = 0; i < replies.length; i += 2) {
    const node = JSON.parse(String(replies[i])) as NodeIdentity;
    const vitals = replies[i + 1] ? (JSON.parse(String(replies[i + 1])) as NodeVitals) : noVitals;
    nodes.set(node.id, { ...vitals, ...node });
  }
  return [...nodes.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function parseUsers(replies: readonly (string | number)[]): PresenceReport["users"] {
  const users: PresenceReport["users"][number][] = [];
  for (let i = 0; i < replies.length; i += 4) {
    const [record, devices, address, node] = replies.slice(i, i + 4);
    if (!record) continue;
    users.push({
      ...parseUser(String(record)),
      devices: Number(devices),
      address: String(address),
      node: node ? (JSON.parse(String(node)) as NodeIdentity).id : "",
    });
  }
  return users;
}
