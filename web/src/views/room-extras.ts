/** What belongs to rooms and is not needed at first, as one file. */
export { marked } from "../state/marking.ts";
export { ActLine } from "./act-line.tsx";
export { Addressee, Completion } from "./completion.tsx";
export { Ended } from "./ended.tsx";
export { KeptLinks } from "./kept-links.tsx";
export { MoreCalls } from "./more-calls.tsx";
export { NewBar } from "./new-bar.tsx";
export { NoRoom } from "./no-room.tsx";
export { Slowed } from "./slowed.tsx";
export { TypingNames } from "./typing-names.tsx";
export { VersionLine } from "./version-line.tsx";
export { Pace, Shut } from "./writing-limits.tsx";
