import type { Frame } from "./frame.ts";

/** The way to a signed-in client and from it: a WebSocket, or long polling. */
export interface Line {
  readonly open: boolean;
  /** Writes a finished frame. Answers how many bytes wait to be read. */
  send(frame: Frame): number;
  /** Bytes that wait because the client does not read as fast as it is written to. */
  buffered(): number;
  /**
   * After what waits, for which a WebSocket is given two seconds. Its user is told at once, why as well: "forced close" unless
   * told.
   */
  close(reason?: string): void;
  /** Without waiting for a client that does not read. */
  cut(): void;
}

/** Who is at this end of a line. */
export interface LineUser {
  /** A Socket.IO packet, or an attachment of one. */
  received(packet: string | Buffer): void;
  /** Once, and nothing after it. */
  closed(reason: string, cause?: Error): void;
}
