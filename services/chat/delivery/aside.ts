import type { Position } from "../../logs/index.ts";
import type { Connection } from "./connection.ts";
import type { Frame } from "./frame.ts";

/** Somebody who follows a large room without looking at it. */
export interface Bystander {
  /** Up to where every event was sent. */
  told: { readonly seq: number; readonly chain: string };
  /** Looks again: what was missed is on its way. */
  looks: boolean;
}

/** Those of an audience who are told how far a large room is, not what is said in it. */
export interface Aside {
  get(connection: Connection): Bystander | undefined;
  put(connection: Connection, told: Bystander["told"]): void;
  delete(connection: Connection): void;
  /** The room is this far now: tells everybody, at most so often, the latest always. */
  tell(position: Pick<Position, "seq" | "n" | "chain">): void;
  /** What was told is void, and they go on from here. */
  startOver(position: Position, frame: Frame): void;
  readonly size: number;
  readonly connections: Iterable<Connection>;
}

const headEveryMs = 2_000;

export function createAside(
  headOf: (position: Pick<Position, "seq" | "n" | "chain">) => Frame | undefined,
): Aside {
  const bystanders = new Map<Connection, Bystander>();
  let resting = false;
  let latest: Pick<Position, "seq" | "n" | "chain"> | undefined;

  function flush(): void {
    if (latest === undefined || bystanders.size === 0) return;
    const frame = headOf(latest);
    latest = undefined;
    if (frame === undefined) return;
    for (const [connection, bystander] of bystanders) if (!bystander.looks) connection.send(frame);
    resting = true;
    setTimeout(() => {
      resting = false;
      flush();
    }, headEveryMs).unref();
  }

  return {
    get size() {
      return bystanders.size;
    },
    get connections() {
      return bystanders.keys();
    },
    get: (connection) => bystanders.get(connection),
    put: (connection, told) => void bystanders.set(connection, { told, looks: false }),
    delete: (connection) => void bystanders.delete(connection),
    tell(position) {
      if (bystanders.size === 0) return;
      latest = position;
      if (!resting) flush();
    },
    startOver(position, frame) {
      for (const [connection, bystander] of bystanders) {
        bystander.told = position;
        connection.send(frame);
      }
    },
  };
}
