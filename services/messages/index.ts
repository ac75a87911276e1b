/** What was said: sending into a room, reading its history, and catching up with it; threads, pins, and what one saves. */
export { createMessages, type Messages } from "./redis-messages.ts";
export { createPins, type Pins } from "./redis-pins.ts";
export { createSaved, type Saved } from "./redis-saved.ts";
export { createThreads, type Threads } from "./redis-threads.ts";
