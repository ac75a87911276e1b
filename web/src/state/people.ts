import { foldName } from "../../../services/protocol/names.ts";
import { type Mark, type People, topMark, type UiAction, type User } from "./model.ts";

export { foldName };

type PeoplePage = Extract<UiAction, { type: "people-page" }>;

/** People in one watch: wide enough that every screenful between two marks lies within one. */
const watchWidth = 200;
/** Distance of the first mark from the top; with `watchWidth` it makes marks every hundred people. */
const firstWidth = 100;
const margin = 20;

/** Starts a search, or ends it when `query` is empty. What was known stays on screen until the answer is there. */
export function searchPeople(people: People, query: string): People {
  return { ...people, query, marks: [topMark], complete: false };
}

/** Takes a page in, which is the truth about the stretch of the list that it covers. */
export function addPage(people: People, answer: PeoplePage): People {
  const { query, from, limit, ids, page } = answer;
  const heardOf = hear(people.heardOf, [...whoIsAway(people, ids, page.users), ...page.users]);
  // An answer to a search that is no longer on screen.
  if (query !== people.query) return { ...people, heardOf };
  const users =
    page.cursor === undefined
      ? page.users.filter((user) => foldName(user.name) > from.after && matches(user, query))
      : page.users.slice(0, limit);
  const last = users.at(-1);
  const upTo = page.cursor === undefined || last === undefined ? null : foldName(last.name);
  const atTop = from.after === "";
  const before = atTop ? [] : people.known.slice(0, countUpTo(people.known, from.after, true));
  // A fresh list starts at its top: nothing of an earlier search may stay below.
  const fresh = atTop && people.marks.length === 1;
  const after = upTo === null || fresh ? [] : people.known.slice(countUpTo(people.known, upTo, true));
  const marks =
    page.cursor === undefined || upTo === null
      ? people.marks.filter((mark) => mark.after <= from.after)
      : addMark(people.marks, { cursor: page.cursor, after: upTo });
  return {
    ...people,
    count: page.count,
    known: [...before, ...users, ...after],
    complete: page.cursor === undefined || (people.complete && !fresh),
    marks,
    heardOf,
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

/** Takes in when people who are not here were last seen. */
export function hearWhenSeen(people: People, seen: Readonly<Record<string, string>>): People {
  const heard = Object.entries(seen).flatMap(([id, lastSeen]) => {
    const known = people.heardOf[id];
    return known?.status === "offline" ? [{ ...known, lastSeen }] : [];
  });
  return heard.length === 0 ? people : { ...people, heardOf: hear(people.heardOf, heard) };
}

/** The watch for what is on screen, from row `first` to row `last`, or for what comes next when that runs out. */
export function watchFor(people: People, first: number, last: number): { from: Mark; limit: number } {
  const more = needsMore(people, last);
  const top = (more ? people.known.length : first) - margin;
  let from = people.marks[0] ?? topMark;
  for (const mark of people.marks) {
    const at = position(people, mark);
    // The next one as well, if the stretch from here would bring nothing new.
    const exhausted = more && position(people, from) + watchWidth <= people.known.length;
    if (at <= top || exhausted) from = mark;
  }
  return { from, limit: people.marks.length === 1 && !people.complete ? firstWidth : watchWidth };
}

/** Whether reading on is due: the rows on screen come near the end of what is known. */
export function needsMore(people: People, last: number): boolean {
  return !people.complete && last > people.known.length - 2 * margin;
}

/** How many people of the stretch come before this position. */
function position(people: People, mark: Mark): number {
  return mark.after === "" ? 0 : countUpTo(people.known, mark.after, true);
}

/** Names up to this one, by halving: the list may be thousands long. */
function countUpTo(known: readonly User[], name: string, including: boolean): number {
  let low = 0;
  let high = known.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const other = foldName(known[middle]?.name ?? "");
    if (other < name || (including && other === name)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function addMark(marks: readonly Mark[], mark: Mark): readonly Mark[] {
  // Marks close to one another would only make watches move more often.
  if (marks.some((other) => other.after === mark.after)) return marks;
  return [...marks, mark].sort((a, b) => (a.after < b.after ? -1 : 1));
}

function matches(user: User, query: string): boolean {
  return foldName(user.name).startsWith(foldName(query.trim()));
}

/** Those that were asked about and are not in the answer: offline. */
function whoIsAway(people: People, ids: readonly User["id"][], present: readonly User[]): User[] {
  const here = new Set(present.map((user) => user.id));
  return ids
    .filter((id) => !here.has(id))
    .map((id) => ({
      id,
      name: people.heardOf[id]?.name ?? "",
      number: null,
      status: "offline",
      since: null,
      lastSeen: people.heardOf[id]?.lastSeen,
    }));
}

function withinStretch(people: People, known: readonly User[], user: User): boolean {
  if (!matches(user, people.query)) return false;
  const name = foldName(user.name);
  const last = known.at(-1);
  return people.complete || (last !== undefined && name <= foldName(last.name));
}

function insert(known: readonly User[], user: User): readonly User[] {
  const at = countUpTo(known, foldName(user.name), false);
  return [...known.slice(0, at), user, ...known.slice(at)];
}

function hear(heardOf: People["heardOf"], users: readonly User[]): People["heardOf"] {
  if (users.length === 0) return heardOf;
  return {
    ...heardOf,
    ...Object.fromEntries(users.map((user) => [user.id, user])),
  };
}
