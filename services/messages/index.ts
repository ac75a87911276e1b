/** What was said: sending into a room, reading its history, and catching up with it. */
export { createMessages, type Messages } from "./redis-messages.ts";
