import type { IncomingMessage } from "node:http";

/** Whether an address is that of a trusted proxy, `hop` counted from the node. */
export type TrustProxy = (address: string, hop: number) => boolean;

/**
 * The address that a request came from: the nearest one that is not a trusted proxy. What untrusted clients write into
 * `X-Forwarded-For` is never reached.
 */
export function addressOf(request: IncomingMessage, trust: TrustProxy): string {
  const forwarded = String(request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((address) => address.trim())
    .filter((address) => address !== "");
  const hops = [request.socket.remoteAddress ?? "unknown", ...forwarded.reverse()];
  const first = hops.findIndex((address, hop) => hop === hops.length - 1 || !trust(address, hop));
  return plain(hops[first] ?? "unknown");
}

/** An IPv4 address that came in over IPv6 is the IPv4 address. */
function plain(address: string): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
