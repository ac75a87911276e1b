import type { ProtocolError, RequestAnswer, RequestPayload, RoomId } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { needed } from "./actions.ts";
import type { Navigation } from "./navigation.ts";
import type { OwnBans } from "./own-bans.ts";
import { type Action, lobbyId, type Note } from "./state/model.ts";

/** Making rooms, finding them, coming, going, and bringing others in. All of it rejects with `ClientError`. */
export interface Membership {
  create(kind: "channel" | "private", name: string, topic: string): Promise<void>;
  join(room: RoomId): Promise<void>;
  /** The room of the two, which one does not enter by that. */
  openDirect(to: RequestPayload<"dm:open">["to"]): Promise<RequestAnswer<"dm:open">>;
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
  ownBans: () => Promise<OwnBans>;
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
    async join(id) {
      const { room } = await need()
        .request("room:join", { room: id })
        .catch(async (error: ProtocolError) => {
          throw error.reason === "banned" ? (await deps.ownBans()).refused(id, error) : error;
        });
      deps.dispatch({ type: "rooms", rooms: [room] });
      deps.navigation.go({ room: room.id, about: false });
    },
    async openDirect(to) {
      const answer = await need().request("dm:open", { to });
      deps.dispatch({ type: "rooms", rooms: [answer.room] });
      deps.dispatch({ type: "person-seen", user: answer.user });
      return answer;
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
