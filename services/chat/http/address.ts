import type { IncomingMessage } from "node:http";
import { isIPv6 } from "node:net";

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

/**
 * What the limits of an address count by: an IPv4 address as it is, of an IPv6 address the first 64 bits, because that
 * is what one customer of a network is given.
 */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail = ""] = address.split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const missing = address.includes("::") ? Math.max(0, 8 - left.length - right.length) : 0;
  const groups = [...left, ...Array<string>(missing).fill("0"), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}

/** An IPv4 address that came in over IPv6 is the IPv4 address. */
function plain(address: string): string {
  return address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
}
