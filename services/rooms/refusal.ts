import { RequestError } from "../protocol/index.ts";

export function noSuchRoom(): RequestError {
  return new RequestError("not_found", "there is no such room", { field: "room" });
}

/** What a script's word means for whoever asked. `detail`: the number that came with it. */
export function refusal({ refused, detail = 0 }: { refused: string; detail?: number }): RequestError {
  const forbidden = (message: string, field = "room") => new RequestError("forbidden", message, { field });
  switch (refused) {
    case "missing":
      return noSuchRoom();
    case "taken":
      return new RequestError("conflict", "there is another room with this id; make a new id", {
        field: "id",
      });
    case "closed":
      return forbidden("one comes into this room only by invitation, and direct conversations stay");
    case "fixed":
      return forbidden("the lobby and direct conversations stay as they are");
    case "denied":
      return forbidden("only members may do this; join the room first");
    case "archived":
      return new RequestError("forbidden", "this room is archived: it can only be read", {
        field: "room",
        reason: "archived",
      });
    case "banned": {
      const until = detail === 0 ? undefined : new Date(detail).toISOString();
      return new RequestError(
        "forbidden",
        until === undefined
          ? "they are banned from this room"
          : `they are banned from this room until ${until}`,
        { field: "room", reason: "banned", ...(until === undefined ? {} : { until }) },
      );
    }
    case "powerless":
      return forbidden("only those who moderate this room may do this, and some of it only its owners");
    case "above":
      return forbidden("this can only be done to people whose role is below one's own", "to");
    case "absent":
      return new RequestError("not_found", "they are not in this room", { field: "to" });
    case "last":
      return new RequestError("conflict", "a room has an owner; make somebody else an owner first", {
        field: "role",
      });
    case "full":
      return new RequestError("conflict", "this room has as many of these as it may have; lift some first", {
        field: "to",
      });
    default:
      return new RequestError("internal", `the room's script answered ${refused}`);
  }
}
