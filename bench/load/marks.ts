/** Puts a number into a message's text, and finds it again in whatever frame the message comes back. */
const textMark = Buffer.from('"text":"');
const space = 0x20;
const zero = 0x30;
const four = 0x34;
const three = 0x33;
const openingBracket = 0x5b;

export function markedText(number: number, bytes: number): string {
  return `${number} `.padEnd(bytes, "x");
}

/** Calls back with the number of each message in the frame. */
export function eachMessage(payload: Buffer, found: (number: number) => void): void {
  let at = payload.indexOf(textMark);
  while (at >= 0) {
    at += textMark.length;
    const [number, end] = numberAt(payload, at, space);
    if (number >= 0) found(number);
    at = payload.indexOf(textMark, end);
  }
}

/** The number of the acknowledgement that this frame is, or -1. */
export function acknowledgementOf(payload: Buffer): number {
  if (payload[0] !== four || payload[1] !== three) return -1;
  return numberAt(payload, 2, openingBracket)[0];
}

function numberAt(payload: Buffer, start: number, terminator: number): [number: number, end: number] {
  let number = 0;
  let at = start;
  for (;;) {
    const byte = payload[at];
    if (byte === undefined) return [-1, at];
    if (byte === terminator) return [at === start ? -1 : number, at];
    const digit = byte - zero;
    if (digit < 0 || digit > 9) return [-1, at];
    number = number * 10 + digit;
    at += 1;
  }
}
