import { bytesWaiting, cutTransport, packetsWaiting, type Transport } from "./engine.ts";
import type { Frame } from "./frame.ts";
import type { Line, LineUser } from "./line.ts";

/** Long polling, which Engine.IO carries, until it becomes a WebSocket. */
export class PollingLine implements Line {
  readonly #transport: Transport;
  #queuedBytes = 0;

  constructor(transport: Transport, user: LineUser, onUpgrade: () => void) {
    this.#transport = transport;
    const onClose = (reason: string) => user.closed(reason);
    transport.on("data", (packet: string | Buffer) => user.received(packet));
    transport.once("close", onClose);
    transport.once("upgrade", () => {
      // To be closed: Engine.IO does so now.
      if (!this.open) return;
      transport.off("close", onClose);
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

  close(): void {
    this.#transport.close();
  }

  cut(): void {
    cutTransport(this.#transport);
  }
}
