import { type Entry, type EntryOf, entriesOf } from "./history.ts";
import { standingOf } from "./losses.ts";
import type { Violation } from "./violation.ts";

/** Two clocks on one machine, one of which is corrected while a long run lasts. */
const clockSlackMs = 1_000;
/** A welcome may be under way for as long as a node stands still. */
const underWayMs = 40_000;

/** The times that clients are told, whatever the clocks of nodes say. */
export function checkTimes(entries: readonly Entry[]): Violation[] {
  return [...checkMessages(entries), ...checkWelcomes(entries)];
}

/** A message was taken after it was sent and before that was answered. */
function checkMessages(entries: readonly Entry[]): Violation[] {
  const sent = new Map(entriesOf(entries, "send").map((entry) => [entry.id, entry]));
  const answered = new Map<string, EntryOf<"acknowledged">>();
  // What may have been lost and sent again may have a later time.
  const { isSafe } = standingOf(entries);
  for (const entry of entriesOf(entries, "acknowledged"))
    if (!answered.has(entry.id) && isSafe(entry)) answered.set(entry.id, entry);

  return entriesOf(entries, "history").flatMap((reading) =>
    reading.messages.flatMap((message): Violation[] => {
      const send = sent.get(message.id);
      const answer = answered.get(message.id);
      const early = send !== undefined && message.at < send.t - clockSlackMs;
      const late = answer !== undefined && message.at > answer.t + clockSlackMs;
      if (!early && !late) return [];
      const what = `${message.id} says that it is of ${message.at} ms, and was sent at ${send?.t} and acknowledged at ${answer?.t}`;
      const excerpt = [send, answer].filter((entry) => entry !== undefined);
      return [{ kind: "wrong-time", what, excerpt: [...excerpt, { ...reading, messages: [message] }] }];
    }),
  );
}

/** No node is ahead of the time, or further behind than a welcome may take. */
function checkWelcomes(entries: readonly Entry[]): Violation[] {
  return entriesOf(entries, "online").flatMap((entry): Violation[] => {
    const { t, clock = t, node, client } = entry;
    if (clock <= t + clockSlackMs && clock >= t - underWayMs) return [];
    const what = `${node} tells ${client} that it is ${clock} ms, at ${t} ms`;
    return [{ kind: "wrong-time", what, excerpt: [entry] }];
  });
}
