import type { NoticeName, NoticePayload } from "../../protocol/index.ts";

/**
 * A notice encoded once for all who receive it: as the text of a Socket.IO packet, and as a finished WebSocket frame.
 */
export interface Frame {
  /** Socket.IO packet: type 2 (event), main namespace. */
  readonly packet: string;
  /** The packet as an unmasked WebSocket text frame (RFC 6455, 5.2) around an Engine.IO message (type 4). */
  readonly webSocket: readonly [header: Buffer, payload: Buffer];
  readonly bytes: number;
}

/** @param payloadJson the notice's payload, already JSON */
export function encodeFrame(notice: NoticeName, payloadJson: string): Frame {
  const packet = `2["${notice}",${payloadJson}]`;
  const payload = Buffer.from(`4${packet}`);
  return {
    packet,
    webSocket: [textFrameHeader(payload.length), payload],
    bytes: payload.length,
  };
}

export function encodeNotice<N extends NoticeName>(notice: N, payload: NoticePayload<N>): Frame {
  return encodeFrame(notice, JSON.stringify(payload));
}

function textFrameHeader(length: number): Buffer {
  const finalText = 0x81;
  if (length < 126) return Buffer.from([finalText, length]);
  if (length < 65_536) return Buffer.from([finalText, 126, length >> 8, length & 0xff]);
  const header = Buffer.alloc(10);
  header[0] = finalText;
  header[1] = 127;
  header.writeBigUInt64BE(BigInt(length), 2);
  return header;
}
