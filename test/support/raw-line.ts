import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { stopWhenDone } from "./started.ts";

/** A TCP connection that says what a test writes, which need not be what any client would say. */
export interface RawLine {
  /** As a text or as bytes; unread answers are kept. */
  write(data: string | Buffer): void;
  /** A WebSocket text frame, after an upgrade. */
  frame(text: string): void;
  /** Everything that came back. */
  readonly answer: string;
  /** How long after it was opened the other side closed it, in ms; undefined: it has not. */
  readonly closedAfterMs: number | undefined;
  /** Resolves when the other side has closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Closed when the test file is done, if not before. */
export async function openLine(at: { url: string }): Promise<RawLine> {
  const { hostname, port } = new URL(at.url);
  const socket = connect(Number(port), hostname);
  const openedMs = performance.now();
  let answer = "";
  let closedAfterMs: number | undefined;
  socket.on("data", (chunk) => {
    answer += chunk.toString("latin1");
  });
  const closed = new Promise<void>((resolve) => {
    const end = () => {
      closedAfterMs ??= performance.now() - openedMs;
      socket.destroy();
      resolve();
    };
    socket.on("end", end).on("close", end);
  });
  socket.on("error", () => {});
  stopWhenDone(async () => void socket.destroy());
  await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  return {
    write: (data) => void (socket.writable && socket.write(data)),
    frame: (text) => void (socket.writable && socket.write(masked(text))),
    get answer() {
      return answer;
    },
    get closedAfterMs() {
      return closedAfterMs;
    },
    closed,
    close: () => void socket.destroy(),
  };
}

/** What asks a node to turn the connection into a WebSocket. */
export function upgradeRequest(path: string, headers: Record<string, string> = {}): string {
  const lines = [
    `GET ${path} HTTP/1.1`,
    "host: parley",
    "connection: upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    `sec-websocket-key: ${randomBytes(16).toString("base64")}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

export const engineUpgrade = "/socket.io/?EIO=4&transport=websocket";

/** A WebSocket text frame as a client sends it. */
export function masked(text: string): Buffer {
  const payload = Buffer.from(text);
  const mask = randomBytes(4);
  for (const [i, byte] of payload.entries()) payload[i] = byte ^ (mask[i % 4] ?? 0);
  const final = 0x81;
  if (payload.length < 126)
    return Buffer.concat([Buffer.from([final, 0x80 | payload.length]), mask, payload]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(payload.length));
  return Buffer.concat([Buffer.from([final, 0xff]), length, mask, payload]);
}
