import type { RequestAnswer } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { lobbyId, type Person, type RoomId } from "./state/model.ts";

const freshForMs = 60_000;
/** Members are read in pages of a hundred; who is in a larger room is found among those online. */
const pagesAtMost = 5;
const onlineAtMost = 20;

/** Finds who can be mentioned; `remember` is told whom it found. */
export interface MemberReader {
  membersOf(room: RoomId): Promise<readonly Person[]>;
  /** Members, and those online whose names start with what is typed. */
  find(room: RoomId, typed: string): Promise<{ members: readonly Person[]; online: readonly Person[] }>;
}

export function createMemberReader(deps: {
  client: () => ParleyClient | undefined;
  remember: (room: RoomId, people: readonly Person[]) => void;
}): MemberReader {
  const members = new Map<RoomId, { readonly list: Promise<readonly Person[]>; readonly atMs: number }>();

  async function readMembers(client: ParleyClient, room: RoomId): Promise<readonly Person[]> {
    const all: Person[] = [];
    let cursor: RequestAnswer<"room:members">["cursor"];
    for (let pages = 0; pages < pagesAtMost; pages++) {
      const page = await client.request("room:members", {
        room,
        ...(cursor === undefined ? {} : { cursor }),
      });
      all.push(...page.members);
      cursor = page.cursor;
      if (cursor === undefined) break;
    }
    deps.remember(room, all);
    return all;
  }

  async function membersOf(room: RoomId): Promise<readonly Person[]> {
    const client = deps.client();
    // Everybody online is in the lobby, and asked for by what is typed.
    if (client === undefined || room === lobbyId) return [];
    const known = members.get(room);
    if (known !== undefined && Date.now() - known.atMs < freshForMs) return known.list;
    const list = readMembers(client, room);
    members.set(room, { list, atMs: Date.now() });
    list.catch(() => members.delete(room));
    return list;
  }

  return {
    membersOf,
    async find(room, typed) {
      const [inside, online] = await Promise.all([
        membersOf(room),
        deps.client()?.request("users:list", { query: typed.slice(0, 32), limit: onlineAtMost }),
      ]);
      if (room === lobbyId && online !== undefined) deps.remember(room, online.users);
      return { members: inside, online: online?.users ?? [] };
    },
  };
}
