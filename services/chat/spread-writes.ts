import type { Connection } from "./delivery/connection.ts";
import type { Frame } from "./delivery/frame.ts";

/** What is written to some connections. */
export interface Write {
  /** Looked at when it is their turn: who was added meanwhile gets the frame, who was taken out does not. */
  readonly connections: Iterable<Connection>;
  readonly frame: Frame;
}

/** Connections written to in one turn of the event loop: a few milliseconds. */
const atOnce = 256;
/** When more changes wait for their turn, the oldest are written without waiting. */
const waitingAtMost = 64;

/**
 * Writes frames to many connections, some of them in each turn of the event loop: to thousands at once, whoever signs in or sends
 * a message meanwhile would wait for a tenth of a second. Changes are written in the order in which they came.
 *
 * @returns adds a change: all that is written because of it
 */
export function createSpreadWrites(
  send: (connection: Connection, frame: Frame) => void,
): (change: readonly Write[]) => void {
  const waiting: Iterator<readonly [Connection, Frame]>[] = [];
  /** How many may still be written to in this turn, however many changes come in it. */
  let left = atOnce;
  let turnAhead = false;

  function writeSome(): void {
    // First of all: whatever goes wrong below, the others have their turn.
    if (!turnAhead) setImmediate(startTurn);
    turnAhead = true;
    while (left > 0 || waiting.length > waitingAtMost) {
      const [first] = waiting;
      if (!first) return;
      const { done, value } = first.next();
      if (done) {
        waiting.shift();
      } else {
        left -= 1;
        send(...value);
      }
    }
  }

  function startTurn(): void {
    turnAhead = false;
    left = atOnce;
    if (waiting.length > 0) writeSome();
  }

  return (change) => {
    waiting.push(eachOf(change));
    writeSome();
  };
}

function* eachOf(change: readonly Write[]): Generator<readonly [Connection, Frame], undefined> {
  for (const { connections, frame } of change) {
    for (const connection of connections) yield [connection, frame];
  }
}
