import type { Message, MessageChange, Person } from "./model.ts";

type Reaction = NonNullable<Message["reactions"]>[string];

/** As many as the server names with a message. */
const namedReactors = 10;

/**
 * A message as it is after a change. One that it takes into account already changes nothing, so that applying events and
 * reading the history again give the same.
 */
export function applyChange(message: Message, change: MessageChange, me: Person["id"] | undefined): Message {
  if (change.of.id !== message.id || change.seq <= message.rev) return message;
  if (change.type === "delete") return tombstone(message, change);
  if (message.deleted) return message;
  const rev = change.seq;
  if (change.type === "reaction") return { ...withReaction(message, change, me), rev };
  // An edit without a text: the message was deleted since, and that event follows.
  if (change.text === undefined) return { ...message, rev };
  const { mentions: _before, ...rest } = message;
  const mentions = change.mentions === undefined ? {} : { mentions: change.mentions };
  return { ...rest, ...mentions, text: change.text, rev, editedAt: change.at };
}

/** Nothing of what was said stays, nor of what was said to it. */
function tombstone(message: Message, change: MessageChange): Message {
  const { type, seq, n, id, at, by, thread, replies } = message;
  const moderator = change.by.id === by.id ? {} : { deletedBy: change.by };
  // Its place in a thread stays, and so does what answered it.
  const answers = { ...(thread && { thread }), ...(replies && { replies }) };
  return { type, seq, n, id, at, by, rev: change.seq, deleted: true, ...moderator, ...answers };
}

function withReaction(
  message: Message,
  { emoji, on, by }: Extract<MessageChange, { type: "reaction" }>,
  me: Person["id"] | undefined,
): Message {
  const { reactions = {}, ...rest } = message;
  const { [emoji]: known, ...others } = reactions;
  const before: Reaction =
    Object.hasOwn(reactions, emoji) && known ? known : { count: 0, mine: false, by: [] };
  const without = before.by.filter((id) => id !== by.id);
  const named = on ? [...without, by.id].slice(0, namedReactors) : without;
  const count = before.count + (on ? 1 : -1);
  const mine = by.id === me ? on : before.mine;
  // A kind keeps its place among the others for as long as anybody reacts with it.
  const next =
    count > 0 ? { ...reactions, [emoji]: { count, mine, by: named } } : (others as Record<string, Reaction>);
  return Object.keys(next).length === 0 ? rest : { ...rest, reactions: next };
}
