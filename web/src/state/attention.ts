import type { ClientEvent } from "../../client/contract.ts";
import type { Entry, Person, RoomId, State } from "./model.ts";

/** Whom a room's people are told of, besides what they say. */
export interface RoomAttention {
  /** Who is typing, each until then unless it is told again. */
  readonly typing: readonly { readonly user: Person; readonly untilMs: number }[];
  /** How far others have read, by their ids. */
  readonly receipts: Readonly<Record<string, { readonly user: Person; readonly n: number }>>;
  /** Marked as unread on purpose: looking at it does not count as reading until one comes back to it. */
  readonly held: boolean;
}

export const noAttention: RoomAttention = { typing: [], receipts: {}, held: false };

/** Receipts are for rooms of at most so many members, and so is word of who is typing. */
export const receiptMembers = 50;
export const typingMembers = 100;
/** Typing that is not told again ends by itself. */
const typingForMs = 5_000;

export function attentionOf(state: State, room: RoomId): RoomAttention {
  return state.attention[room] ?? noAttention;
}

export function withAttention(state: State, room: RoomId, change: Partial<RoomAttention>): State {
  return {
    ...state,
    attention: { ...state.attention, [room]: { ...attentionOf(state, room), ...change } },
  };
}

export function heardTyping(
  state: State,
  { typing: { room, user, on } }: Extract<ClientEvent, { type: "typing" }>,
  nowMs: number,
): State {
  if (user.id === state.me?.id) return state;
  const others = attentionOf(state, room).typing.filter((other) => other.user.id !== user.id);
  return withAttention(state, room, {
    typing: on ? [...others, { user, untilMs: nowMs + typingForMs }] : others,
  });
}

/** What somebody has sent they are not typing any more. */
export function stoppedTyping(state: State, room: RoomId, ids: ReadonlySet<string>): State {
  const { typing } = attentionOf(state, room);
  const rest = typing.filter(({ user }) => !ids.has(user.id));
  return rest.length === typing.length ? state : withAttention(state, room, { typing: rest });
}

export function heardReceipts(
  state: State,
  room: RoomId,
  receipts: readonly { user: Person; n: number }[],
): State {
  const known = attentionOf(state, room).receipts;
  return withAttention(state, room, {
    receipts: { ...known, ...Object.fromEntries(receipts.map((receipt) => [receipt.user.id, receipt])) },
  });
}

/**
 * Who has read up to which message, by the id of that message: the newest one that each has read, unless they wrote it
 * themselves.
 */
export function seenIn(
  entries: readonly Entry[],
  receipts: RoomAttention["receipts"],
): ReadonlyMap<string, readonly Person[]> {
  const seen = new Map<string, Person[]>();
  const waiting = Object.values(receipts);
  for (let i = entries.length - 1; i >= 0 && waiting.length > 0; i--) {
    const entry = entries[i];
    if (entry?.type !== "message") continue;
    for (let j = waiting.length - 1; j >= 0; j--) {
      const receipt = waiting[j];
      if (receipt === undefined || receipt.n < entry.n) continue;
      waiting.splice(j, 1);
      if (receipt.user.id === entry.by.id) continue;
      const those = seen.get(entry.id);
      if (those === undefined) seen.set(entry.id, [receipt.user]);
      else those.push(receipt.user);
    }
  }
  return seen;
}
