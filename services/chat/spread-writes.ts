import type { Connection } from "./delivery/connection.ts";
import type { Frame } from "./delivery/frame.ts";

/** Connections written to in one turn of the event loop: a few milliseconds. */
const atOnce = 256;
/** When so many frames wait for their turn, writing is all that helps. */
const waitingAtMost = 64;

/**
 * Writes frames to many connections, some of them in each turn of the event loop: to thousands at once, whoever signs in or sends
 * a message meanwhile would wait for a tenth of a second. Frames are written in the order in which they came.
 *
 * @returns adds a frame; who is added to or taken from `connections` before their turn gets it, or does not
 */
export function createSpreadWrites(
  send: (connection: Connection, frame: Frame) => void,
): (connections: Iterable<Connection>, frame: Frame) => void {
  const waiting: { rest: Iterator<Connection>; frame: Frame }[] = [];

  function writeSome(): void {
    const most = waiting.length > waitingAtMost ? Number.POSITIVE_INFINITY : atOnce;
    for (let written = 0; written < most; ) {
      const [first] = waiting;
      if (!first) return;
      const { done, value } = first.rest.next();
      if (done) {
        waiting.shift();
      } else {
        send(value, first.frame);
        written += 1;
      }
    }
    setImmediate(writeSome);
  }

  return (connections, frame) => {
    waiting.push({ rest: connections[Symbol.iterator](), frame });
    if (waiting.length === 1) writeSome();
  };
}
