import { bytesWaiting, cutAfterFarewell, cutTransport, packetsWaiting, type Transport } from "./engine.ts";
import type { Frame } from "./frame.ts";
import type { Line, LineUser } from "./line.ts";

/** Long polling, which Engine.IO carries, until it becomes a WebSocket. */
export class PollingLine implements Line {
  readonly #transport: Transport;
  readonly #user: LineUser;
  readonly #onClose = (reason: string) => this.#user.closed(reason);
  #queuedBytes = 0;

  constructor(transport: Transport, user: LineUser, onUpgrade: () => void) {
    this.#transport = transport;
    this.#user = user;
    transport.on("data", (packet: string | Buffer) => user.received(packet));
    transport.once("close", this.#onClose);
    transport.once("upgrade", () => {
      // To be closed: Engine.IO does so now.
      if (!this.open) return cutAfterFarewell(this);
      transport.off("close", this.#onClose);
      onUpgrade();
    });
  }

  get open(): boolean {
    return this.#transport.readyState === "open";
  }

  send(frame: Frame): number {
    this.#transport.write(frame.packet, { compress: false });
    const waiting = packetsWaiting(this.#transport);
    if (waiting === 0) this.#queuedBytes = 0;
    else this.#queuedBytes = waiting === 1 ? frame.bytes : this.#queuedBytes + frame.bytes;
    return this.#queuedBytes;
  }

  buffered(): number {
    return bytesWaiting(this.#transport);
  }

  close(reason = "forced close"): void {
    if (!this.open) return;
    // What waits is there for the next poll, which may never come: nobody is here any more all the same.
    this.#transport.off("close", this.#onClose);
    this.#transport.close();
    this.#user.closed(reason);
  }

  cut(): void {
    cutTransport(this.#transport);
  }
}
