import type { NoticeName, NoticePayload } from "../../protocol/index.ts";

/**
 * What is written to clients, a notice encoded once for all who receive it: as the text of a Socket.IO packet, and as a
 * finished WebSocket frame.
 */
export interface Frame {
  /** Socket.IO packet: type 2 (event), main namespace. */
  readonly packet: string;
  /**
   * The packet as an unmasked WebSocket text frame (RFC 6455, 5.2) around an Engine.IO message (type 4). Header and payload
   * in one piece, so that a connection costs one write.
   */
  readonly webSocket: Buffer;
  /** Of the payload. */
  readonly bytes: number;
}

/** @param payloadJson the notice's payload, already JSON */
export function encodeFrame(notice: NoticeName, payloadJson: string): Frame {
  return frameOf(`2["${notice}",${payloadJson}]`);
}

/** The answer to a request. Socket.IO packet: type 3 (acknowledgement), with the number that the request came with. */
export function encodeAnswer(request: number, answer: object): Frame {
  return frameOf(`3${request}[${JSON.stringify(answer)}]`);
}

export function encodeNotice<N extends NoticeName>(notice: N, payload: NoticePayload<N>): Frame {
  return encodeFrame(notice, JSON.stringify(payload));
}

/** Says that the client is not to come back. Socket.IO packet: type 1 (disconnect). */
export const farewell = frameOf("1");

/** Turns away who wants to enter a namespace: there is but one. Socket.IO packet: type 4 (connection error). */
export function encodeNoNamespace(name: string): Frame {
  return frameOf(`4${name},{"message":"Invalid namespace"}`);
}

/** Engine.IO packet: type 2 (ping), as a WebSocket frame. */
export const pingFrame = textFrame("2", 1);

function frameOf(packet: string): Frame {
  const payload = `4${packet}`;
  const bytes = Buffer.byteLength(payload);
  return { packet, webSocket: textFrame(payload, bytes), bytes };
}

function textFrame(payload: string, length: number): Buffer {
  const finalText = 0x81;
  const start = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(start + length);
  frame[0] = finalText;
  if (start === 2) {
    frame[1] = length;
  } else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(payload, start);
  return frame;
}
