import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";

/**
 * A chat client as cheap as it gets, so that the generator stays below one core: a TCP socket that speaks WebSocket frames
 * with Engine.IO and Socket.IO text in them. It answers heartbeats; what else comes is counted, and handed on only where
 * somebody listens.
 */
export interface Client {
  /** Frames other than heartbeats, and their payload bytes. */
  readonly frames: number;
  readonly bytes: number;
  readonly open: boolean;
  /** Gets the payload of every frame, which is valid only during the call; undefined: frames are counted unread. */
  onPayload: ((payload: Buffer) => void) | undefined;
  onClose: (() => void) | undefined;
  /** Writes an Engine.IO packet. */
  write(text: string): void;
  /** Sends a Socket.IO event and resolves with the acknowledgement's first argument; rejects when the connection closes before. */
  request(event: string, payload: unknown): Promise<Record<string, unknown>>;
  /** Stops or goes on reading from the network. */
  pause(): void;
  resume(): void;
  destroy(): void;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What setup waits for at most. */
const answerWithinMs = 30_000;
/** Above the numbers of measured messages, which are acknowledgement ids as well. */
let nextRequest = 1_000_000_000;

// One buffer for all sockets: what is read is used up before the next read.
const readBuffer = Buffer.allocUnsafe(256 * 1024);

/** Somebody who waits for an answer. */
interface Asked {
  heard(answer: Record<string, unknown>): void;
  closed(): void;
}

export interface Greeting {
  readonly client: Client;
  /** The payload of `welcome`. */
  readonly welcome: Record<string, unknown>;
}

/** Too many came at once: the server asks to come again. */
export class TurnedAway extends Error {}

/**
 * Connects and signs in, once. Resolves with the `welcome` that both Parley and the peers send; rejects on a refusal, with
 * `TurnedAway` where that is for the moment.
 */
export function connectClient(address: Address, auth: object): Promise<Greeting> {
  return new Promise((resolve, reject) => {
    const answers = new Map<number, Asked>();
    let upgraded = false;
    let carry: Buffer | undefined;
    let skip = 0;
    let greeted = false;
    const timer = setTimeout(() => fail("was not welcomed in time"), answerWithinMs);

    const socket: Socket = connect({
      ...address,
      noDelay: true,
      onread: {
        buffer: readBuffer,
        callback(length, buffer) {
          take((buffer as Buffer).subarray(0, length));
          return true;
        },
      },
    });
    const client = {
      frames: 0,
      bytes: 0,
      open: true as boolean,
      onPayload: undefined as Client["onPayload"],
      onClose: undefined as Client["onClose"],
      write: (text: string) => {
        socket.write(maskedFrame(text));
      },
      request(event: string, payload: unknown) {
        const id = nextRequest++;
        return new Promise<Record<string, unknown>>((answered, refused) => {
          const late = setTimeout(() => {
            answers.delete(id);
            refused(new Error(`${event} was not answered`));
          }, answerWithinMs);
          answers.set(id, {
            heard(answer) {
              clearTimeout(late);
              if (answer.ok === true) answered(answer);
              else refused(new Error(`${event} was answered ${JSON.stringify(answer)}`));
            },
            closed() {
              clearTimeout(late);
              refused(new Error(`the connection was closed before ${event} was answered`));
            },
          });
          client.write(`42${id}${JSON.stringify([event, payload])}`);
        });
      },
      pause: () => {
        socket.pause();
      },
      resume: () => {
        socket.resume();
      },
      destroy: () => {
        socket.destroy();
      },
    } satisfies Client;

    function fail(why: string, Kind: typeof Error | typeof TurnedAway = Error): void {
      clearTimeout(timer);
      socket.destroy();
      if (!greeted) reject(new Kind(`${address.host}:${address.port}: the client ${why}`));
    }

    socket.on("connect", () => {
      socket.write(
        `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: ${address.host}:${address.port}\r\n` +
          "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" +
          `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
      );
    });
    socket.on("error", (error) => fail(error.message));
    socket.on("close", () => {
      client.open = false;
      fail("was closed before it was welcomed");
      for (const { closed } of answers.values()) closed();
      answers.clear();
      client.onClose?.();
    });

    function take(chunk: Buffer): void {
      let data = chunk;
      let at = 0;
      if (skip > 0) {
        at = Math.min(skip, data.length);
        skip -= at;
        if (at === data.length) return;
      }
      if (carry) {
        data = Buffer.concat([carry, at === 0 ? data : data.subarray(at)]);
        at = 0;
        carry = undefined;
      }
      if (!upgraded) {
        const end = data.indexOf("\r\n\r\n");
        if (end < 0) {
          carry = Buffer.from(data);
          return;
        }
        const status = data.toString("latin1", 0, data.indexOf("\r\n"));
        if (!status.includes("101")) {
          fail(`was refused with ${status}`, / (429|503) /.test(status) ? TurnedAway : Error);
          return;
        }
        upgraded = true;
        at = end + 4;
      }
      while (at < data.length) {
        const end = frameEnd(data, at);
        // Whoever is not listened to needs only the header; the rest of the frame passes by.
        const heeded = !greeted || answers.size > 0 || client.onPayload !== undefined;
        if (end.start === 0 || (end.end > data.length && (heeded || end.end - end.start < 8))) {
          carry = Buffer.from(data.subarray(at));
          return;
        }
        takeFrame(data, end.start, end.end, heeded);
        if (end.end > data.length) {
          skip = end.end - data.length;
          return;
        }
        at = end.end;
      }
    }

    function takeFrame(data: Buffer, start: number, end: number, heeded: boolean): void {
      const ping = 0x32;
      if (end - start === 1 && data[start] === ping) {
        client.write("3");
        return;
      }
      client.frames += 1;
      client.bytes += end - start;
      if (!heeded) return;
      const payload = data.subarray(start, end);
      if (!greeted) greet(payload.toString());
      else if (answers.size === 0 || !answer(payload)) client.onPayload?.(payload);
    }

    function greet(text: string): void {
      if (text.startsWith("0{")) client.write(`40${JSON.stringify(auth)}`);
      else if (text.startsWith("44")) fail(`was refused: ${text.slice(2)}`);
      else if (text.startsWith('42["welcome"')) {
        greeted = true;
        clearTimeout(timer);
        const [, welcome] = JSON.parse(text.slice(2)) as [string, Record<string, unknown>];
        resolve({ client, welcome });
      }
    }

    function answer(payload: Buffer): boolean {
      if (payload[0] !== 0x34 || payload[1] !== 0x33) return false;
      const text = payload.toString();
      const bracket = text.indexOf("[");
      const id = Number(text.slice(2, bracket));
      const asked = answers.get(id);
      if (!asked) return false;
      answers.delete(id);
      const [reply] = JSON.parse(text.slice(bracket)) as [Record<string, unknown>];
      asked.heard(reply);
      return true;
    }
  });
}

/** Where a frame's payload starts and ends; a start of 0: its header has not arrived yet. */
function frameEnd(data: Buffer, at: number): { start: number; end: number } {
  const short = data[at + 1];
  if (short === undefined) return { start: 0, end: 0 };
  if (short < 126) return { start: at + 2, end: at + 2 + short };
  if (short === 126) {
    if (at + 4 > data.length) return { start: 0, end: 0 };
    return { start: at + 4, end: at + 4 + data.readUInt16BE(at + 2) };
  }
  if (at + 10 > data.length) return { start: 0, end: 0 };
  return { start: at + 10, end: at + 10 + Number(data.readBigUInt64BE(at + 2)) };
}

/** Clients must mask; a mask of zeros leaves the bytes as they are, and costs the server what any other does. */
function maskedFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const start = length < 126 ? 6 : 8;
  if (length > 65_535) throw new Error("the generator writes no frame as long as this");
  const frame = Buffer.alloc(start + length);
  frame[0] = 0x81;
  if (start === 6) frame[1] = 0x80 | length;
  else {
    frame[1] = 0x80 | 126;
    frame.writeUInt16BE(length, 2);
  }
  frame.write(text, start);
  return frame;
}
