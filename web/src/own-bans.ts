import type { OwnBan, OwnRemoval, ProtocolError, RoomId, UserEvent } from "../../services/protocol/index.ts";
import { ClientError } from "../client/client-error.ts";
import type { ParleyClient } from "../client/contract.ts";
import { atWords, untilWords } from "../client/until-words.ts";
import type { Action, Goodbye, Note, State } from "./state/model.ts";

/** What keeps this person out of rooms, or took them out, and that they hear of it. */
export interface OwnBans {
  /**
   * Asks which bans hold, and for removals that nobody told: one may have been away. Of bans the latest is said, unless this
   * browser did that before; removals are all said, and then told nowhere again.
   */
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

  function latestBan([latest]: readonly OwnBan[]): string | undefined {
    if (latest === undefined || latest.at <= told.get()) return undefined;
    heard(latest.at);
    const { room, by, until } = latest;
    return isOnScreen(room.id) ? undefined : `${by.name} banned you from ${room.name} ${untilWords(until)}.`;
  }

  /** Nobody need tell of these removals again. */
  function confirm(rooms: RoomId[]) {
    if (rooms.length === 0) return;
    deps
      .client()
      ?.request("me:bans", { told: rooms })
      .catch(() => {
        // They are told once more, then.
      });
  }

  return {
    async learn() {
      const before = state().goodbyes;
      const answer = await deps.client()?.request("me:bans", {});
      if (answer === undefined) return;
      // A node from before an upgrade tells of none.
      const { bans, removals = [] } = answer;
      show({
        ...withoutBans(state().goodbyes, before),
        ...Object.fromEntries(removals.map(removedGoodbye)),
        ...Object.fromEntries(bans.map(goodbyeOf)),
      });
      const unseen = removals.filter(({ room }) => !isOnScreen(room.id));
      const said = [latestBan(bans), ...removalWords(unseen)].filter((words) => words !== undefined);
      if (said.length > 0) deps.note(said.join(" "));
      confirm(removals.map(({ room }) => room.id));
    },
    heed(events) {
      for (const event of events) {
        if (event.type !== "room_removed" || event.how === undefined) continue;
        heard(event.at);
        if (event.how === "removed") confirm([event.room]);
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

/** Beside the latest. */
const removalsNamed = 3;

/** All in one line, as a note is one line. */
function removalWords([latest, ...others]: readonly OwnRemoval[]): string[] {
  if (latest === undefined) return [];
  const { room, by, at } = latest;
  const first = `${by.name} removed you from ${room.name} ${atWords(at)}.`;
  if (others.length === 0) return [first];
  const more = others.length - removalsNamed;
  const rest = [
    ...others.slice(0, removalsNamed).map((one) => `${one.room.name} (${one.by.name})`),
    ...(more > 0 ? [more === 1 ? "another room" : `${more} other rooms`] : []),
  ];
  return [first, `You were also removed from ${rest.join(", ")}.`];
}

function removedGoodbye({ room, by, at }: OwnRemoval): [RoomId, Goodbye] {
  return [room.id, { how: "removed", room, by: by.name, when: atWords(at) }];
}

function goodbyeOf({ room, by, until, reason }: OwnBan): [RoomId, Goodbye] {
  return [room.id, { how: "banned", room, by: by.name, until, reason }];
}
