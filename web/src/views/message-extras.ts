/** What belongs to messages and is no part of the first load; it comes together, as one file. */
export { copyAndSay } from "../clipboard.ts";
export { Failed } from "./failed.tsx";
export { watchLongPress } from "./long-press.ts";
export { moveFocus, pointOut } from "./message-focus.ts";
export { MessageTools } from "./message-tools.tsx";
export { Quote, Replies, Replying, WayBack } from "./quote.tsx";
export { Reactions } from "./reactions.tsx";
