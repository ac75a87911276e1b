import type { RequestAnswer } from "../../services/protocol/index.ts";
import type { ParleyClient } from "../client/contract.ts";
import { calledIn, mentionsIn } from "../client/mentions.ts";
import { lobbyId, type Person, type RoomId, type State } from "./state/model.ts";
import { everybodyIn, knownIn } from "./state/select.ts";

const freshForMs = 60_000;
/** Members are read in pages of a hundred; who is in a larger room is found among those online. */
const pagesAtMost = 5;
const onlineAtMost = 20;

/** Who can be mentioned in a room: its members, read when somebody first types an "@" there. */
export function createMentionables(deps: { state: () => State; client: () => ParleyClient | undefined }) {
  const members = new Map<RoomId, { readonly list: Promise<readonly Person[]>; readonly atMs: number }>();
  /** Everybody who was found, by room. */
  const found = new Map<RoomId, Map<string, Person>>();

  function remember(room: RoomId, people: readonly Person[]): void {
    const known = found.get(room) ?? new Map<string, Person>();
    found.set(room, known);
    for (const { id, name } of people) known.set(id, { id, name });
  }

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
    remember(room, all);
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

  function known(room: RoomId): Person[] {
    const all = [...knownIn(deps.state(), room), ...(found.get(room)?.values() ?? [])];
    return [...new Map(all.map((person) => [person.id, person])).values()].filter(({ name }) => name !== "");
  }

  return {
    known,
    /** Members, and those online whose names start with what is typed. */
    async find(
      room: RoomId,
      typed: string,
    ): Promise<{ members: readonly Person[]; online: readonly Person[] }> {
      const client = deps.client();
      const [inside, online] = await Promise.all([
        membersOf(room),
        client?.request("users:list", { query: typed.slice(0, 32), limit: onlineAtMost }),
      ]);
      if (room === lobbyId && online !== undefined) remember(room, online.users);
      return { members: inside, online: online?.users ?? [] };
    },
    /** Whom a text mentions; reads the members first when it may be somebody that this page has not heard of. */
    async mentionsIn(room: RoomId, text: string): Promise<ReturnType<typeof mentionsIn>> {
      if (calledIn(text).length > 0) {
        await membersOf(room).catch(() => {
          // Without a connection, those who are known have to do.
        });
      }
      const { notify, ...extras } = mentionsIn(text, known(room));
      const here = deps.state().rooms[room];
      // Where there are too many, it is a word like any other.
      const allowed = here !== undefined && everybodyIn(here, deps.state()) !== null;
      return { ...extras, ...(notify !== undefined && allowed ? { notify } : {}) };
    },
    nameOf: (room: RoomId, id: string): string | undefined =>
      known(room).find((person) => person.id === id)?.name,
    forget() {
      members.clear();
      found.clear();
    },
  };
}

export type Mentionables = ReturnType<typeof createMentionables>;
