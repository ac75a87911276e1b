import { Decoder, type Packet } from "socket.io-parser";

/** For all connections: what it keeps is of a packet with attachments, and those have a decoder of their own. */
const plain = new Decoder();
let decoded: Packet | undefined;
const onDecoded = (packet: Packet) => {
  decoded = packet;
};
plain.on("decoded", onDecoded);

/** In place of each attachment: a packet of which not all come would hold those that came for as long as the connection lives. */
const attachment = Buffer.alloc(0);

/**
 * Reads the packets of one client by Socket.IO's protocol (version 5, https://github.com/socketio/socket.io-protocol).
 * No request takes anything binary; a packet with attachments is read all the same, without them, so that it is answered.
 */
export class PacketReader {
  #withAttachments: Decoder | undefined;

  /** @returns undefined: attachments are to come @throws Error: malformed */
  read(text: string | Buffer): Packet | undefined {
    decoded = undefined;
    if (!this.#withAttachments && hasAttachments(text))
      this.#withAttachments = new Decoder().on("decoded", onDecoded);
    (this.#withAttachments ?? plain).add(typeof text === "string" ? text : attachment);
    if (decoded) this.#withAttachments = undefined;
    return decoded;
  }
}

function hasAttachments(text: string | Buffer): boolean {
  return typeof text === "string" && (text.startsWith("5") || text.startsWith("6"));
}
