import type { RequestAnswer, RequestPayload, RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { needed } from "./actions.ts";
import type { Navigation } from "./navigation.ts";
import { type Action, lobbyId, type Note } from "./state/model.ts";

/** Making rooms, finding them, going, and bringing others in. All of it rejects with `ClientError`. */
export interface Membership {
  create(kind: "channel" | "private", name: string, topic: string): Promise<void>;
  leave(room: RoomId): Promise<void>;
  /** @param name a name, or a number such as #3 */
  invite(room: RoomId, name: string): Promise<void>;
  listRooms(
    query: string,
    cursor?: RequestPayload<"room:list">["cursor"],
  ): Promise<RequestAnswer<"room:list">>;
  listMembers(
    room: RoomId,
    cursor?: RequestPayload<"room:members">["cursor"],
  ): Promise<RequestAnswer<"room:members">>;
}

export function createMembership(deps: {
  client: () => ParleyClient | undefined;
  dispatch: (action: Action) => void;
  navigation: Navigation;
  note: (text: string, tone?: Note["tone"]) => void;
  uuid: () => string;
}): Membership {
  const need = () => needed(deps.client());
  const page = <C>(cursor: C | undefined) => (cursor === undefined ? {} : { cursor });

  return {
    async create(kind, name, topic) {
      const { room } = await need().request("room:create", {
        id: deps.uuid(),
        name,
        kind,
        ...(topic.trim() === "" ? {} : { topic: topic.trim() }),
      });
      deps.dispatch({ type: "rooms", rooms: [room] });
      deps.navigation.go({ room: room.id, about: false });
    },
    async leave(room) {
      await need().request("room:leave", { room });
      deps.dispatch({ type: "room-removed", room });
      deps.navigation.replace({ room: lobbyId, about: false });
    },
    async invite(room, name) {
      const number = /^#(\d+)$/.exec(name.trim())?.[1];
      const to = number === undefined ? { name: name.trim() } : { number: Number(number) };
      const { user } = await need().request("room:invite", { room, to });
      deps.note(`${user.name} is in now.`);
    },
    listRooms: (query, cursor) =>
      need().request("room:list", {
        ...(query.trim() === "" ? {} : { query: query.trim() }),
        ...page(cursor),
      }),
    listMembers: (room, cursor) => need().request("room:members", { room, ...page(cursor) }),
  };
}
