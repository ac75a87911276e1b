import type { RequestAnswer } from "../../../services/protocol/index.ts";
import { type Mark, type People, topMark, type User } from "./model.ts";

/** People in one watch: wide enough that every screenful between two marks lies within one. */
export const watchWidth = 200;
/** Distance of the first mark from the top; with `watchWidth` it makes marks every hundred people. */
export const firstWidth = 100;
const margin = 20;

/** The form in which the server orders names. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/** Starts a search, or ends it when `query` is empty. What was known stays on screen until the answer is there. */
export function searchPeople(people: People, query: string): People {
  return { ...people, query, marks: [topMark], complete: false };
}

/** Takes a page in, which is the truth about the stretch of the list that it covers. */
export function addPage(
  people: People,
  query: string,
  from: Mark,
  page: RequestAnswer<"users:watch">,
): People {
  // An answer to a search that is no longer on screen.
  if (query !== people.query) return people;
  const last = page.users.at(-1);
  const upTo = page.cursor === undefined || last === undefined ? null : foldName(last.name);
  const atTop = from.after === "";
  const before = people.known.filter((user) => !atTop && foldName(user.name) <= from.after);
  // A fresh list starts at its top: nothing below of an earlier search may stay.
  const fresh = atTop && people.marks.length === 1;
  const after = upTo === null || fresh ? [] : people.known.filter((user) => foldName(user.name) > upTo);
  const marks =
    page.cursor === undefined || upTo === null
      ? people.marks.filter((mark) => mark.after <= from.after)
      : addMark(people.marks, { cursor: page.cursor, after: upTo });
  return {
    ...people,
    count: page.count,
    known: [...before, ...page.users, ...after],
    complete: page.cursor === undefined || (people.complete && !fresh),
    marks,
    heardOf: hear(people.heardOf, page.users),
  };
}

export function applyUserChanges(
  people: People,
  changes: readonly { user: User; online: boolean }[],
): People {
  let known = people.known;
  for (const { user, online } of changes) {
    const kept = known.filter((other) => other.id !== user.id);
    known = online && withinStretch(people, kept, user) ? insert(kept, user) : kept;
  }
  return {
    ...people,
    known,
    heardOf: hear(
      people.heardOf,
      changes.map(({ user, online }) =>
        online ? user : { ...user, status: "offline", number: null, since: null },
      ),
    ),
  };
}

/** The watch that covers what is on screen: rows `first` to `last` of `known`. */
export function watchFor(people: People, first: number): { from: Mark; limit: number } {
  let from = people.marks[0] ?? topMark;
  for (const mark of people.marks) {
    if (position(people, mark) <= first - margin) from = mark;
  }

  return { from, limit: people.marks.length === 1 ? firstWidth : watchWidth };
}

/** Whether reading on is due: the rows on screen come near the end of what is known. */
export function needsMore(people: People, last: number): boolean {
  return !people.complete && last > people.known.length - 2 * margin;
}

function position(people: People, mark: Mark): number {
  if (mark.after === "") return 0;
  const index = people.known.findIndex((user) => foldName(user.name) > mark.after);
  return index === -1 ? people.known.length : index;
}

function addMark(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  // Marks close to one another would only make watches move more often.
  if (marks.some((other) => other.after === mark.after)) return marks;
  return [...marks, mark].sort((a, b) => (a.after < b.after ? -1 : 1));
}

function withinStretch(people: People, known: readonly User[], user: User): boolean {
  const name = foldName(user.name);
  if (people.query !== "" && !name.startsWith(foldName(people.query.trim()))) return false;
  const last = known.at(-1);
  return people.complete || (last !== undefined && name <= foldName(last.name));
}

function insert(known: readonly User[], user: User): readonly User[] {
  const name = foldName(user.name);
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = known[middle];
    if (other !== undefined && foldName(other.name) < name) low = middle + 1;
    else high = middle;
  }
  return [...known.slice(0, low), user, ...known.slice(low)];
}

function hear(heardOf: People["heardOf"], users: readonly User[]): People["heardOf"] {
  if (users.length === 0) return heardOf;
  return {
    ...heardOf,
    ...Object.fromEntries(users.map((user) => [user.id, user])),
  };
}
