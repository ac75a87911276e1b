import type { Health, Logger } from "../platform/index.ts";
import type { Connection } from "./delivery/connection.ts";
import { encodeNotice } from "./delivery/frame.ts";
import type { Gateway } from "./gateway.ts";

/** The balancer checks twice a second and believes the second answer; by then it sends nobody here any more. */
const balancerNoticesMs = 2_000;
const waves = 10;

/**
 * Hands the clients of a stopping node over to others, in this order: unready; the balancer has seen it; new handshakes
 * are turned away; clients are told, in waves, when to come back elsewhere; what is left is closed. The other way round,
 * a balancer that counts connections would send everybody right back.
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
  const perWave = Math.ceil(all.length / waves);
  log.info({ connections: all.length, spreadMs }, "draining");
  for (let wave = 0; wave * perWave < all.length; wave++) {
    const these = all.slice(wave * perWave, (wave + 1) * perWave);
    await closeWave(these, Math.min(500, spreadMs / waves));
  }
  for (const connection of gateway.connections) connection.closeTransport();
}

async function closeWave(connections: readonly Connection[], withinMs: number): Promise<void> {
  const notice = encodeNotice("server:draining", {
    reconnectInMs: Math.round(withinMs),
  });
  for (const connection of connections) connection.send(notice);
  await wait(withinMs);
  for (const connection of connections) if (connection.open) connection.closeTransport();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
