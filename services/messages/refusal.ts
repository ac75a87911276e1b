import type { Refused } from "../logs/index.ts";
import { RequestError } from "../protocol/index.ts";

/** Different emoji that one message may have. */
export const reactionKinds = 50;
/** How often one message may be edited. */
export const editsAMessage = 50;
/** Messages that may be pinned to a room. */
export const pinsARoom = 50;

/** The word with which a script of messages refused, as the error for whoever asked. */
export function refusal({ refused, detail }: Refused): RequestError {
  switch (refused) {
    case "missing":
      return new RequestError("not_found", "there is no such room", {
        field: "room",
      });
    case "denied":
      return new RequestError("forbidden", "only members may write into this room; join it first", {
        field: "room",
      });
    case "elsewhere":
      return new RequestError("conflict", "that message is not at that place; read the history again", {
        field: "of",
      });
    case "foreign":
      return new RequestError("forbidden", "only its author may change a message", { field: "of" });
    case "deleted":
      return new RequestError("conflict", "that message was deleted", {
        field: "of",
      });
    case "full":
      return new RequestError("conflict", `a message has at most ${reactionKinds} kinds of reactions`, {
        field: "emoji",
      });
    case "settled":
      return new RequestError(
        "conflict",
        `a message can be edited at most ${editsAMessage} times; write a new one instead`,
        { field: "text" },
      );
    case "pinned-out":
      return new RequestError("conflict", `a room has at most ${pinsARoom} pins; take one away first`, {
        field: "of",
      });
    case "archived":
      return new RequestError("forbidden", "this room is archived: it can only be read", {
        field: "room",
        reason: "archived",
      });
    case "muted": {
      const until = detail === 0 ? {} : { until: new Date(detail).toISOString() };
      const howLong = detail === 0 ? "until somebody who moderates it lifts that" : `until ${until.until}`;
      return new RequestError("forbidden", `you are muted in this room ${howLong}`, {
        field: "room",
        reason: "muted",
        ...until,
      });
    }
    case "slow":
      return new RequestError("rate_limited", "slow mode is on in this room; wait before you write again", {
        field: "room",
        reason: "slow",
        retryAfterMs: Math.max(1, detail),
      });
    default:
      return new RequestError("internal", `the message's script answered ${refused}`);
  }
}
