import { cursorOf, type Position } from "../../logs/index.ts";
import type { NoticePayload } from "../../protocol/index.ts";
import type { Connection } from "./connection.ts";
import { encodeFrame, type Frame } from "./frame.ts";

/** What is told to those who look at a room at this moment and may be lost; the same on all nodes. */
export type Whisper = {
  [N in "room:typing" | "room:receipt"]: readonly [notice: N, payload: NoticePayload<N>];
}["room:typing" | "room:receipt"];

/** The same for all devices of one person. */
export type OwnWhisper = readonly [notice: "me:draft", payload: NoticePayload<"me:draft">];

/** How the events of a log are put to those who follow it. */
export interface Presentation {
  events(batch: { events: readonly string[]; cursor: string }): Frame;
  reset(): Frame;
  /** How far the log is, for those who do not look; undefined: there is no such notice. */
  head(position: Pick<Position, "seq" | "n" | "chain">): Frame | undefined;
  /** What is told to some of those who are there now. */
  whisper(json: string): { frame: Frame; concerns: (connection: Connection) => boolean };
}

export function roomPresentation(room: string): Presentation {
  return {
    events: ({ events, cursor }) =>
      encodeFrame("room:events", `{"room":"${room}","events":[${events.join(",")}],"cursor":"${cursor}"}`),
    reset: () => encodeFrame("room:reset", `{"room":"${room}"}`),
    head: ({ seq, n, chain }) =>
      encodeFrame(
        "room:head",
        `{"room":"${room}","seq":${seq},"n":${n},"cursor":"${cursorOf({ seq, chain })}"}`,
      ),
    whisper(json) {
      const [notice, payload] = JSON.parse(json) as Whisper;
      return {
        frame: encodeFrame(notice, JSON.stringify(payload)),
        // One's own tabs know, and who looks elsewhere would not see it.
        concerns: ({ user, focus, receipts }) =>
          user.id !== payload.user.id &&
          (focus === undefined || focus === room) &&
          (notice !== "room:receipt" || receipts),
      };
    },
  };
}

export const ownLogPresentation: Presentation = {
  events: ({ events, cursor }) =>
    encodeFrame("me:events", `{"events":[${events.join(",")}],"cursor":"${cursor}"}`),
  reset: () => encodeFrame("me:reset", "{}"),
  head: () => undefined,
  whisper(json) {
    const [notice, payload] = JSON.parse(json) as OwnWhisper;
    return { frame: encodeFrame(notice, JSON.stringify(payload)), concerns: () => true };
  },
};
