import { cursorOf, type Position } from "../logs/index.ts";
import type { Person, Role, Room, RoomId, RoomKind, UserId } from "../protocol/index.ts";
import type { Mark } from "./redis-marks.ts";

/** Somebody's word was taken. */
export interface Mute {
  /** In Redis time; 0: until it is lifted. */
  readonly untilMs: number;
  readonly reason?: string;
}

/** What is true of a room for everybody in it. */
export interface RoomFacts {
  readonly id: RoomId;
  readonly kind: RoomKind;
  /** Empty for a direct conversation, which is called after the other person. */
  readonly name: string;
  readonly topic: string;
  readonly description: string;
  readonly archived: boolean;
  /** Seconds from one message of a person to their next; 0: no slow mode. */
  readonly slowSeconds: number;
  readonly members: number;
  readonly roles: ReadonlyMap<UserId, Exclude<Role, "member">>;
  readonly mutes: ReadonlyMap<UserId, Mute>;
}

/** Reads the room's meta hash; undefined: there is no such room. */
export function factsFrom(
  id: RoomId,
  meta: ReadonlyMap<string, string>,
  members: number,
): RoomFacts | undefined {
  const kind = meta.get("kind");
  if (!kind) return undefined;
  const roles = new Map<UserId, Exclude<Role, "member">>();
  const mutes = new Map<UserId, Mute>();
  for (const [field, value] of meta) {
    const colon = field.indexOf(":");
    if (colon < 0) continue;
    const user = field.slice(colon + 1) as UserId;
    const space = value.indexOf(" ");
    if (field.startsWith("role:")) roles.set(user, value.slice(0, space) as Exclude<Role, "member">);
    else {
      const { reason } = JSON.parse(value.slice(space + 1)) as { reason?: string };
      mutes.set(user, {
        untilMs: Number(value.slice(0, space)),
        ...(reason === undefined ? {} : { reason }),
      });
    }
  }
  return {
    id,
    kind: kind as RoomKind,
    name: meta.get("name") ?? "",
    topic: meta.get("topic") ?? "",
    description: meta.get("description") ?? "",
    archived: meta.get("archived") === "1",
    slowSeconds: Number(meta.get("slow") ?? 0),
    members,
    roles,
    mutes,
  };
}

/** A mute as clients read it; undefined: there is none any more. */
export function muteView(mute: Mute | undefined, nowMs: number): Room["muted"] {
  if (mute === undefined || (mute.untilMs !== 0 && mute.untilMs <= nowMs)) return undefined;
  return {
    until: mute.untilMs === 0 ? null : new Date(mute.untilMs).toISOString(),
    ...(mute.reason === undefined ? {} : { reason: mute.reason }),
  };
}

/** A room as one of its members sees it. */
export function roomView(
  facts: RoomFacts,
  head: Position,
  own: { viewer: UserId; mark: Mark; nowMs: number; peer?: Person | undefined },
): Room {
  const { mark } = own;
  const role = facts.roles.get(own.viewer);
  const muted = muteView(facts.mutes.get(own.viewer), own.nowMs);
  return {
    id: facts.id,
    name: own.peer?.name ?? facts.name,
    kind: facts.kind,
    ...(facts.topic === "" ? {} : { topic: facts.topic }),
    ...(facts.description === "" ? {} : { description: facts.description }),
    ...(facts.archived ? { archived: true as const } : {}),
    ...(facts.slowSeconds === 0 ? {} : { slowSeconds: facts.slowSeconds }),
    ...(role === undefined ? {} : { role }),
    ...(muted === undefined ? {} : { muted }),
    ...(own.peer === undefined ? {} : { peer: own.peer }),
    cursor: cursorOf(head),
    seq: head.seq,
    n: head.n,
    read: mark.read,
    ...(mark.back === 0 ? {} : { back: mark.back }),
    ...(mark.mentions === 0 ? {} : { mentions: mark.mentions }),
    members: facts.members,
    at: head.atMs === 0 ? null : new Date(head.atMs).toISOString(),
  };
}
