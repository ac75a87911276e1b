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

const headEveryMs = 2_000;

/** Those of an audience who are told how far a large room is, not what is said in it. */
export class Aside {
  readonly #headOf: (position: Pick<Position, "seq" | "n" | "chain">) => Frame | undefined;
  /** Most logs never have any, and cost no map. */
  #bystanders: Map<Connection, Bystander> | undefined;
  #resting = false;
  #latest: Pick<Position, "seq" | "n" | "chain"> | undefined;

  constructor(headOf: (position: Pick<Position, "seq" | "n" | "chain">) => Frame | undefined) {
    this.#headOf = headOf;
  }

  get size(): number {
    return this.#bystanders?.size ?? 0;
  }

  get connections(): Iterable<Connection> {
    return this.#bystanders?.keys() ?? [];
  }

  get(connection: Connection): Bystander | undefined {
    return this.#bystanders?.get(connection);
  }

  put(connection: Connection, told: Bystander["told"]): void {
    this.#bystanders ??= new Map();
    this.#bystanders.set(connection, { told, looks: false });
  }

  delete(connection: Connection): void {
    this.#bystanders?.delete(connection);
  }

  /** The room is this far now: tells everybody, at most so often, the latest always. */
  tell(position: Pick<Position, "seq" | "n" | "chain">): void {
    if (this.size === 0) return;
    this.#latest = position;
    if (!this.#resting) this.#flush();
  }

  /** What was told is void, and they go on from here. */
  startOver(position: Position, frame: Frame): void {
    for (const [connection, bystander] of this.#bystanders ?? []) {
      bystander.told = position;
      connection.send(frame);
    }
  }

  #flush(): void {
    if (this.#latest === undefined || this.size === 0) return;
    const frame = this.#headOf(this.#latest);
    this.#latest = undefined;
    if (frame === undefined) return;
    for (const [connection, bystander] of this.#bystanders ?? [])
      if (!bystander.looks) connection.send(frame);
    this.#resting = true;
    setTimeout(() => {
      this.#resting = false;
      this.#flush();
    }, headEveryMs).unref();
  }
}
