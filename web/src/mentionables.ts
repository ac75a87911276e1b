import type { ParleyClient } from "../client/contract.ts";
import { calledIn, mentionsIn } from "../client/mentions.ts";
import type { MemberReader } from "./member-reader.ts";
import type { Person, RoomId, State } from "./state/model.ts";
import { everybodyIn, knownIn } from "./state/select.ts";

/** Who can be mentioned in a room: its members, read when somebody first types an "@" there. */
export function createMentionables(deps: { state: () => State; client: () => ParleyClient | undefined }) {
  /** Everybody who was found, by room. */
  const found = new Map<RoomId, Map<string, Person>>();
  let members: MemberReader | undefined;

  /** What reading them takes is fetched with the first "@". */
  async function reader(): Promise<MemberReader> {
    const { createMemberReader } = await import("./room-work.ts");
    members ??= createMemberReader({ client: deps.client, remember });
    return members;
  }

  function remember(room: RoomId, people: readonly Person[]): void {
    const known = found.get(room) ?? new Map<string, Person>();
    found.set(room, known);
    for (const { id, name } of people) known.set(id, { id, name });
  }

  function known(room: RoomId): Person[] {
    const all = [...knownIn(deps.state(), room), ...(found.get(room)?.values() ?? [])];
    return [...new Map(all.map((person) => [person.id, person])).values()].filter(({ name }) => name !== "");
  }

  return {
    known,
    find: async (...asked: Parameters<MemberReader["find"]>) => (await reader()).find(...asked),
    /** Whom a text mentions; reads the members first when it may be somebody that this page has not heard of. */
    async mentionsIn(room: RoomId, text: string): Promise<ReturnType<typeof mentionsIn>> {
      if (calledIn(text).length > 0) {
        try {
          await (await reader()).membersOf(room);
        } catch {
          // Without a connection, those who are known have to do.
        }
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
      members = undefined;
      found.clear();
    },
  };
}

export type Mentionables = ReturnType<typeof createMentionables>;
