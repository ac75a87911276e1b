/** What was said: sending into a room, reading its history, and catching up with it. */
export {
  createMessages,
  type Messages,
  type SyncAnswer,
} from "./redis-messages.ts";
