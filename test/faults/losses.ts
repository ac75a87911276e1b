import { type Entry, type EntryOf, entriesOf } from "./history.ts";
import { meets, type Window } from "./windows.ts";

/** Times of which Redis may have lost what it took: a replica that lagged took over, or the last second was not on disk. */
export function lossesOf(entries: readonly Entry[]): Window[] {
  const ends = new Map(
    entriesOf(entries, "fault").flatMap(({ phase, fault, t }) => (phase === "end" ? [[fault, t]] : [])),
  );
  return entriesOf(entries, "fault").flatMap(({ phase, fault, t, losesMs }): Window[] =>
    phase === "begin" && losesMs !== undefined
      ? [[t - losesMs, ends.get(fault) ?? Number.POSITIVE_INFINITY]]
      : [],
  );
}

/** What was acknowledged, and between which moments it was stored. */
interface Acknowledgement {
  readonly answer: EntryOf<"acknowledged">;
  readonly stored: Window;
}

function acknowledgements(entries: readonly Entry[]): Map<string, Acknowledgement[]> {
  const since = new Map<string, { t: number; answered: boolean }>();
  const all = new Map<string, Acknowledgement[]>();
  for (const entry of entries) {
    if (entry.type === "send" || entry.type === "again") {
      // A try before it that was not answered may be the one that was stored.
      if (since.get(entry.id)?.answered ?? true) since.set(entry.id, { t: entry.t, answered: false });
    } else if (entry.type === "acknowledged") {
      const tried = since.get(entry.id) ?? { t: entry.t, answered: true };
      since.set(entry.id, { ...tried, answered: true });
      const stored: Window = [tried.t, entry.t + 0.1];
      all.set(entry.id, [...(all.get(entry.id) ?? []), { answer: entry, stored }]);
    }
  }
  return all;
}

/** Which acknowledgements stand for ever, and for which messages somebody still has to see to it that they do. */
export interface Standing {
  /** That one cannot have been lost. */
  isSafe(answer: EntryOf<"acknowledged">): boolean;
  /** Whose device holds it and was there after the loss, so that it must be back. */
  holder(id: string): string | undefined;
}

export function standingOf(entries: readonly Entry[]): Standing {
  const losses = lossesOf(entries);
  const unsafe = new Set<Entry>();
  const open = new Map<string, EntryOf<"acknowledged">>();
  if (losses.length > 0) {
    for (const [id, all] of acknowledgements(entries)) {
      for (const { answer, stored } of all)
        if (losses.some((loss) => meets(loss, stored))) unsafe.add(answer);
      const last = all.at(-1)?.answer;
      if (last && all.every(({ answer }) => unsafe.has(answer))) open.set(id, last);
    }
  }

  /** Devices that are there at the end, with the tab that is open on each. */
  const there = new Map<string, string>();
  const users = new Map<string, string>();
  for (const entry of entries) {
    if (entry.type === "arriving") users.set(entry.client, entry.user);
    if (entry.type === "arriving" && entry.sender !== undefined) there.set(entry.sender, entry.client);
    else if (entry.type === "offline" && entry.why !== "cut")
      for (const [sender, client] of there) if (client === entry.client) there.delete(sender);
  }

  const sends = new Map(entriesOf(entries, "send").map((entry) => [entry.id, entry]));
  const left = entriesOf(entries, "unfollow");
  return {
    isSafe: (answer) => !unsafe.has(answer),
    holder(id) {
      const answer = open.get(id);
      const sender = sends.get(id)?.sender;
      if (!answer || sender === undefined || !there.has(sender)) return undefined;
      // Who leaves a room forgets what they said there.
      const forgot = left.some(
        ({ t, client, room }) =>
          room === answer.room && t >= answer.t && users.get(client) === sends.get(id)?.user,
      );
      return forgot ? undefined : sender;
    },
  };
}

/** Messages that Redis may have lost and that must come back, because who sent them is there and holds them. */
export function owed(entries: readonly Entry[]): { room: string; id: string }[] {
  const standing = standingOf(entries);
  const ids = new Map(entriesOf(entries, "acknowledged").map(({ id, room }) => [id, room]));
  return [...ids].flatMap(([id, room]) => (standing.holder(id) === undefined ? [] : [{ room, id }]));
}

/** Acknowledged messages that are not where they were acknowledged first, and of these the ones that are somewhere. */
export function countLost(entries: readonly Entry[]): { lost: number; back: number } {
  if (lossesOf(entries).length === 0) return { lost: 0, back: 0 };
  const places = new Map(
    entriesOf(entries, "history").flatMap(({ messages }) =>
      messages.map(({ id, seq }) => [id, seq] as const),
    ),
  );
  const firsts = new Map<string, number>();
  for (const { id, seq } of entriesOf(entries, "acknowledged")) if (!firsts.has(id)) firsts.set(id, seq);
  const lost = [...firsts].filter(([id, seq]) => places.get(id) !== seq);
  return { lost: lost.length, back: lost.filter(([id]) => places.has(id)).length };
}
