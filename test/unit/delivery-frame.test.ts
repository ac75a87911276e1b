import { describe, expect, it } from "vitest";
import { encodeFrame, encodeNotice } from "../../services/chat/delivery/frame.ts";

/** Reads one WebSocket frame as RFC 6455 (5.2) has it, as a client does. */
function readFrame(bytes: Buffer) {
  const first = bytes.readUInt8(0);
  const second = bytes.readUInt8(1);
  const short = second & 0x7f;
  const at = short === 126 ? 4 : short === 127 ? 10 : 2;
  const length =
    short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  return {
    final: (first & 0x80) !== 0,
    reserved: (first >> 4) & 7,
    opcode: first & 0x0f,
    masked: (second & 0x80) !== 0,
    // The shortest form that holds the length is the only valid one.
    minimal: short < 126 || (short === 126 ? length > 125 : length > 65_535),
    payload: bytes.subarray(at, at + length),
    rest: bytes.length - at - length,
  };
}

/** A notice whose WebSocket payload has exactly so many bytes. */
function frameOfLength(bytes: number, filler = "x") {
  const empty = encodeFrame("server:recovered", '""').bytes;
  const text = filler.repeat(Math.floor((bytes - empty) / Buffer.byteLength(filler)));
  return encodeFrame("server:recovered", `"${text}${"x".repeat(bytes - empty - Buffer.byteLength(text))}"`);
}

describe("a frame", () => {
  it.each([25, 60, 124, 125, 126, 127, 1_000, 65_534, 65_535, 65_536, 65_537, 300_000])(
    "of %d bytes is one whole WebSocket text message",
    (length) => {
      for (const filler of ["x", "é", "😀"]) {
        const frame = frameOfLength(length, filler);
        expect(frame.bytes).toBe(length);
        const { payload, ...form } = readFrame(frame.webSocket);
        expect(form).toEqual({ final: true, reserved: 0, opcode: 1, masked: false, minimal: true, rest: 0 });
        expect(payload.length).toBe(length);
        expect(payload.toString()).toBe(`4${frame.packet}`);
      }
    },
  );

  it("holds a Socket.IO event, with the same text for every transport", () => {
    const { packet, webSocket, bytes } = encodeNotice("room:reset", { room: "plaza" as never });
    expect(packet).toBe('2["room:reset",{"room":"plaza"}]');
    const { payload } = readFrame(webSocket);
    expect(payload.toString()).toBe('42["room:reset",{"room":"plaza"}]');
    expect(bytes).toBe(payload.length);
  });

  it("keeps what people wrote", () => {
    const reason = 'quote " backslash \\ line\u2028 NUL \u0000 é 😀 </script>';
    const { packet } = encodeNotice("server:degraded", { reason });
    expect(JSON.parse(packet.slice(1))).toEqual(["server:degraded", { reason }]);
  });
});
