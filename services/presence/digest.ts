/** Digest of a set of connections: the xor of their ids. The order in which they came and went does not matter. */
export const emptyDigest = "0000000000000000";

/**
 * Adds a connection to a digest, or takes it out again. One that is away counts with its halves swapped, so that the
 * digest tells a lost status as well. `state.lua` does the same.
 *
 * @param id 16 hexadecimal digits
 */
export function toggle(digest: string, id: string, status: "online" | "away"): string {
  const [high, low] = [id.slice(0, 8), id.slice(8)];
  return status === "online"
    ? xor(digest.slice(0, 8), high) + xor(digest.slice(8), low)
    : xor(digest.slice(0, 8), low) + xor(digest.slice(8), high);
}

function xor(a: string, b: string): string {
  const bits = (Number.parseInt(a, 16) ^ Number.parseInt(b, 16)) >>> 0;
  return bits.toString(16).padStart(8, "0");
}
