/** Where Redis is and what kind it is, read from `REDIS_URL`. */
export type RedisAddress =
  | { readonly mode: "standalone"; readonly url: string }
  | {
      readonly mode: "sentinel";
      readonly sentinels: readonly HostAndPort[];
      /** Name of the master that the sentinels watch. */
      readonly master: string;
      readonly credentials: Credentials;
      readonly db: number;
      readonly tls: boolean;
    }
  | {
      readonly mode: "cluster";
      /** Some of the cluster's nodes; the others are learned from them. */
      readonly nodes: readonly HostAndPort[];
      readonly credentials: Credentials;
      readonly tls: boolean;
    };

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

export interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** What `REDIS_URL` may hold, in words. */
export const redisAddressForms =
  "redis://[user:password@]host:port[/db], redis+sentinel://[user:password@]host:port,host:port/master[/db], or " +
  "redis+cluster://[user:password@]host:port,host:port; with rediss instead of redis for TLS";

/** @returns undefined when the text has none of the forms */
export function parseRedisAddress(text: string): RedisAddress | undefined {
  if (/^rediss?:\/\//.test(text)) {
    return URL.canParse(text) && new URL(text).hostname !== ""
      ? { mode: "standalone", url: text }
      : undefined;
  }
  const form = /^(rediss?)\+(sentinel|cluster):\/\/(?:([^@/]*)@)?([^/@]+)(?:\/([^/]*))?(?:\/(\d+))?\/?$/.exec(
    text,
  );
  if (!form) return undefined;
  const [, scheme, mode, user, hostList = "", master = "", db = "0"] = form;
  const hosts = parseHosts(hostList, mode === "sentinel" ? 26_379 : 6_379);
  const credentials = parseCredentials(user);
  if (!hosts || !credentials) return undefined;
  const tls = scheme === "rediss";
  if (mode === "cluster") return master === "" ? { mode, nodes: hosts, credentials, tls } : undefined;
  return master === ""
    ? undefined
    : { mode: "sentinel", sentinels: hosts, master, credentials, db: Number(db), tls };
}

function parseHosts(list: string, defaultPort: number): HostAndPort[] | undefined {
  const hosts: HostAndPort[] = [];
  for (const entry of list.split(",")) {
    const found = /^(\[[0-9a-fA-F:]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(entry);
    const port = Number(found?.[2] ?? defaultPort);
    if (!found?.[1] || port < 1 || port > 65_535) return undefined;
    hosts.push({ host: found[1].replace(/^\[|\]$/g, ""), port });
  }
  return hosts;
}

function parseCredentials(user: string | undefined): Credentials | undefined {
  if (!user) return {};
  const colon = user.indexOf(":");
  try {
    const username = decodeURIComponent(colon < 0 ? user : user.slice(0, colon));
    const password = colon < 0 ? "" : decodeURIComponent(user.slice(colon + 1));
    return { ...(username === "" ? {} : { username }), ...(password === "" ? {} : { password }) };
  } catch {
    return undefined;
  }
}
