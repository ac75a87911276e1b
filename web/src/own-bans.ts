import type { OwnBan, ProtocolError, RoomId, UserEvent } from "../../services/protocol/index.ts";
import { ClientError } from "../client/client-error.ts";
import type { ParleyClient } from "../client/contract.ts";
import { untilWords } from "../client/until-words.ts";
import type { Action, Goodbye, Note, State } from "./state/model.ts";

/** What keeps this person out of rooms, and that they hear of it. */
export interface OwnBans {
  /** Asks which bans hold. The latest one is said, unless this browser did that before: one may have been away. */
  learn(): Promise<void>;
  /** Says so when one was taken out of a room that is not on screen. */
  heed(events: readonly UserEvent[]): void;
  /** One tried to come in; answers with an error that says so to oneself. */
  refused(room: RoomId, error: ProtocolError): ClientError;
}

export function createOwnBans(deps: {
  state: () => State;
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
  note: (text: string, tone?: Note["tone"]) => void;
  /** When the latest ban began that was told in this browser, ISO 8601. */
  told: { get(): string; keep(at: string): void };
}): OwnBans {
  const { state, told } = deps;
  const isOnScreen = (room: RoomId) => state().route.room === room;
  const show = (goodbyes: State["goodbyes"]) => deps.dispatch({ type: "goodbyes", goodbyes });

  function heard(at: string) {
    if (at > told.get()) told.keep(at);
  }

  return {
    async learn() {
      const before = state().goodbyes;
      const answer = await deps.client()?.request("me:bans", {});
      if (answer === undefined) return;
      show({ ...withoutBans(state().goodbyes, before), ...Object.fromEntries(answer.bans.map(goodbyeOf)) });
      const [latest] = answer.bans;
      if (latest === undefined || latest.at <= told.get()) return;
      heard(latest.at);
      const { room, by, until } = latest;
      if (!isOnScreen(room.id)) deps.note(`${by.name} banned you from ${room.name} ${untilWords(until)}.`);
    },
    heed(events) {
      for (const event of events) {
        if (event.type !== "room_removed" || event.how === undefined) continue;
        heard(event.at);
        if (isOnScreen(event.room)) continue;
        const name = state().goodbyes[event.room]?.room?.name ?? "a room";
        const what = event.how === "banned" ? "banned you from" : "removed you from";
        deps.note(`${event.by.name} ${what} ${name}.`);
      }
    },
    refused(room, { until = null }) {
      const known = state().goodbyes[room];
      show({ ...state().goodbyes, [room]: { ...known, room: known?.room, how: "banned", until } });
      const message = `You are banned from ${known?.room?.name ?? "this room"} ${untilWords(until)}.`;
      return new ClientError({ code: "forbidden", message });
    },
  };
}

/** Without those that were known `before`: one that was lifted is told to nobody. What was told since is newer than the answer. */
function withoutBans(goodbyes: State["goodbyes"], before: State["goodbyes"]): State["goodbyes"] {
  const isOld = ([room, goodbye]: [string, Goodbye]) => before[room as RoomId] === goodbye;
  return Object.fromEntries(Object.entries(goodbyes).filter((one) => one[1].how !== "banned" || !isOld(one)));
}

function goodbyeOf({ room, by, until, reason }: OwnBan): [RoomId, Goodbye] {
  return [room.id, { how: "banned", room, by: by.name, until, reason }];
}
