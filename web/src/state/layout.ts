import type { Entry, MemberEvent, Message, OutboxEntry, Person, PersonChange, RoomChange } from "./model.ts";

/** Messages of one person no further apart than this are one group. */
const groupWithinMs = 5 * 60_000;

/** A message as it is drawn: from the room's log, or from the outbox. */
export type Shown =
  | {
      readonly kind: "message";
      readonly key: string;
      readonly message: Message;
    }
  | {
      readonly kind: "pending";
      readonly key: string;
      readonly pending: OutboxEntry;
    };

export type Block =
  | {
      readonly kind: "group";
      readonly key: string;
      readonly by: Person;
      /** Of its first message, ISO 8601. */
      readonly at: string;
      readonly mine: boolean;
      readonly shown: readonly Shown[];
    }
  | {
      readonly kind: "members";
      readonly key: string;
      readonly joined: boolean;
      readonly people: readonly Person[];
    }
  | { readonly kind: "act"; readonly key: string; readonly event: RoomChange | PersonChange | MemberEvent }
  | { readonly kind: "new"; readonly key: string };

export interface Day {
  /** Local calendar day, `2026-11-24`. */
  readonly key: string;
  readonly at: string;
  readonly blocks: readonly Block[];
}

export interface LayoutOptions {
  readonly me: Person;
  /** Messages with a greater number are new; null: none are. */
  readonly newAfter: number | null;
}

/** Arranges entries and waiting messages into days, and the messages of a day into groups. */
export function layOut(
  entries: readonly Entry[],
  pending: readonly OutboxEntry[],
  { me, newAfter }: LayoutOptions,
): Day[] {
  const days: { key: string; at: string; blocks: Block[] }[] = [];
  let group: { by: Person; lastMs: number; shown: Shown[] } | undefined;
  let members: { joined: boolean; people: Person[] } | undefined;
  let newLineDrawn = newAfter === null;

  const dayOf = (at: string) => {
    const key = dayKey(at);
    const last = days.at(-1);
    // A clock that runs behind must not open a day that lies before the last one.
    if (last !== undefined && key <= last.key) return last;
    const day = { key, at, blocks: [] };
    days.push(day);
    group = undefined;
    members = undefined;
    return day;
  };

  const addMessage = (by: Person, at: string, shown: Shown) => {
    const day = dayOf(at);
    const atMs = Date.parse(at);
    members = undefined;
    if (group !== undefined && group.by.id === by.id && atMs - group.lastMs < groupWithinMs) {
      group.shown.push(shown);
    } else {
      group = { by, lastMs: atMs, shown: [shown] };
      day.blocks.push({
        kind: "group",
        key: shown.key,
        by,
        at,
        mine: by.id === me.id,
        shown: group.shown,
      });
    }
    group.lastMs = atMs;
  };

  const addMember = (event: MemberEvent) => {
    const day = dayOf(event.at);
    group = undefined;
    if (members !== undefined && members.joined === event.joined) {
      members.people.push(event.user);
      return;
    }
    members = { joined: event.joined, people: [event.user] };
    day.blocks.push({
      kind: "members",
      key: event.id,
      joined: event.joined,
      people: members.people,
    });
  };

  const addAct = (event: RoomChange | PersonChange | MemberEvent) => {
    const day = dayOf(event.at);
    group = undefined;
    members = undefined;
    day.blocks.push({ kind: "act", key: event.id, event });
  };

  for (const entry of entries) {
    switch (entry.type) {
      case "message":
        if (!newLineDrawn && entry.n > (newAfter ?? 0) && entry.by.id !== me.id) {
          const day = dayOf(entry.at);
          group = undefined;
          members = undefined;
          day.blocks.push({ kind: "new", key: "new" });
          newLineDrawn = true;
        }
        addMessage(entry.by, entry.at, {
          kind: "message",
          key: entry.id,
          message: entry,
        });
        break;
      case "member":
        if (entry.by.id === entry.user.id) addMember(entry);
        else addAct(entry);
        break;
      default:
        addAct(entry);
    }
  }
  for (const entry of pending) {
    addMessage(me, entry.at, {
      kind: "pending",
      key: entry.id,
      pending: entry,
    });
  }
  return days;
}

/** Local calendar day of an ISO 8601 time, sortable. */
function dayKey(at: string): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
