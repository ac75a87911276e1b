import type { Health, Logger } from "../platform/index.ts";
import type { Connection } from "./delivery/connection.ts";
import { encodeNotice } from "./delivery/frame.ts";
import type { Gateway } from "./gateway.ts";

/** The balancer checks twice a second and believes the second answer; by then it sends nobody here any more. */
const balancerNoticesMs = 2_000;
const waves = 10;
const waveEveryMs = 500;
/** So many may be on their way; more would only wait for each other at the nodes that take them in. */
const wavesAtOnce = 6;
const lookEveryMs = 50;
/**
 * From being told until the transport is closed: time to be welcomed elsewhere first. As long as others who were told are still
 * going, the nodes that take them in are busy with them, and it is longer.
 */
const moveMs = 3_000;

/**
 * Hands the clients of a stopping node over to others, in this order: unready; the balancer has seen it; new handshakes
 * are turned away; clients are told, in waves, to come back elsewhere; those who are still here after a while are
 * closed. The other way round, a balancer that counts connections would send everybody right back. Where it takes clients
 * long to be welcomed elsewhere, all of it takes longer, and nobody is cut for it before the time is up.
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
  const everyMs = Math.min(waveEveryMs, (spreadMs - closeInMs) / waves);
  const endsMs = performance.now() + spreadMs;
  const perWave = Math.ceil(all.length / waves);
  log.info({ connections: all.length, spreadMs }, "draining");
  let onTheirWay = 0;
  let lastWentMs = Number.NEGATIVE_INFINITY;

  /** Resolves when all of them are elsewhere, or closed: when nobody has gone for a while, or the time is up. */
  async function handOver(connections: readonly Connection[]): Promise<void> {
    const notice = encodeNotice("server:draining", { reconnectInMs: Math.round(closeInMs) });
    for (const connection of connections) connection.send(notice);
    const toldMs = performance.now();
    let here = connections;
    const closesMs = () => Math.min(Math.max(toldMs, lastWentMs) + closeInMs, endsMs);
    while (here.length > 0 && performance.now() < closesMs()) {
      await wait(lookEveryMs);
      const still = here.filter(({ open }) => open);
      if (still.length < here.length) lastWentMs = performance.now();
      here = still;
    }
    for (const connection of here) connection.closeTransport();
    onTheirWay -= 1;
  }

  const handedOver: Promise<void>[] = [];
  for (let wave = 0; wave * perWave < all.length; wave++) {
    // However long it takes those before them, the others are told as well.
    const latestMs = endsMs - closeInMs - (waves - 1 - wave) * everyMs;
    while (onTheirWay >= wavesAtOnce && performance.now() < latestMs) await wait(lookEveryMs);
    onTheirWay += 1;
    handedOver.push(handOver(all.slice(wave * perWave, (wave + 1) * perWave)));
    await wait(everyMs);
  }
  await Promise.all(handedOver);
  for (const connection of gateway.connections) connection.closeTransport();
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
