// Loaded into a service before anything else (`node --import`): its clock is wrong by as many milliseconds as the file
// CLOCK_SHIFT says, which is read again at SIGUSR2. Clocks that only go forward are right, as they are on a real machine.
import { readFileSync } from "node:fs";

const RealDate = Date;
const realOrigin = performance.timeOrigin;
let shiftMs = 0;

function read() {
  shiftMs = Number(readFileSync(process.env.CLOCK_SHIFT ?? "", "utf8"));
}

read();
process.on("SIGUSR2", read);

class ShiftedDate extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(ShiftedDate.now());
    else super(...given);
  }

  static now() {
    return RealDate.now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate;
Object.defineProperty(performance, "timeOrigin", { get: () => realOrigin + shiftMs });
