import type { Health, Logger } from "../platform/index.ts";
import type { Connection } from "./delivery/connection.ts";
import { encodeNotice } from "./delivery/frame.ts";
import type { Gateway } from "./gateway.ts";

/** The balancer checks twice a second and believes the second answer; by then it sends nobody here any more. */
const balancerNoticesMs = 2_000;
const waves = 10;
const lookEveryMs = 50;
/** From being told until the transport is closed: time to be welcomed elsewhere first, also by nodes that are busy with the others. */
const moveMs = 3_000;

/**
 * Hands the clients of a stopping node over to others, in this order: unready; the balancer has seen it; new handshakes
 * are turned away; clients are told, in waves, to come back elsewhere; those who are still here after a while are
 * closed. The other way round, a balancer that counts connections would send everybody right back.
 *
 * @param withinMs the time that all of it may take; 0: close at once
 */
export async function drain(deps: {
  health: Health;
  gateway: Gateway;
  withinMs: number;
  log: Logger;
}): Promise<void> {
  const { health, gateway, withinMs, log } = deps;
  health.drain();
  if (gateway.connections.size > 0 && withinMs > 0) await wait(Math.min(balancerNoticesMs, withinMs / 2));
  gateway.refuse();
  const all = [...gateway.connections];
  const spreadMs = Math.max(0, withinMs - balancerNoticesMs);
  const closeInMs = Math.min(moveMs, spreadMs / 2);
  const perWave = Math.ceil(all.length / waves);
  log.info({ connections: all.length, spreadMs }, "draining");
  const closed: Promise<void>[] = [];
  for (let wave = 0; wave * perWave < all.length; wave++) {
    closed.push(handOver(all.slice(wave * perWave, (wave + 1) * perWave), closeInMs));
    await wait((spreadMs - closeInMs) / waves);
  }
  await Promise.all(closed);
  for (const connection of gateway.connections) connection.closeTransport();
}

/** Resolves when all of them are elsewhere, or closed. */
async function handOver(connections: readonly Connection[], closeInMs: number): Promise<void> {
  const notice = encodeNotice("server:draining", {
    reconnectInMs: Math.round(closeInMs),
  });
  for (const connection of connections) connection.send(notice);
  const untilMs = performance.now() + closeInMs;
  while (performance.now() < untilMs && connections.some(({ open }) => open)) await wait(lookEveryMs);
  for (const connection of connections) if (connection.open) connection.closeTransport();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
