import { cursorOf, type Position } from "../logs/index.ts";
import type { Person, Room, RoomId, RoomKind } from "../protocol/index.ts";

/** What is true of a room for everybody in it. */
export interface RoomFacts {
  readonly id: RoomId;
  readonly kind: RoomKind;
  /** Empty for a direct conversation, which is called after the other person. */
  readonly name: string;
  readonly topic: string;
  readonly members: number;
}

/** A room as one of its members sees it. */
export function roomView(facts: RoomFacts, head: Position, own: { read: number; peer?: Person }): Room {
  return {
    id: facts.id,
    name: own.peer?.name ?? facts.name,
    kind: facts.kind,
    ...(facts.topic === "" ? {} : { topic: facts.topic }),
    ...(own.peer === undefined ? {} : { peer: own.peer }),
    cursor: cursorOf(head),
    seq: head.seq,
    n: head.n,
    read: own.read,
    members: facts.members,
    at: head.atMs === 0 ? null : new Date(head.atMs).toISOString(),
  };
}
