import { type Entry, type EntryOf, entriesOf } from "./history.ts";
import type { Violation } from "./violation.ts";
import { common, joined, meets, type Window, without } from "./windows.ts";

/** How soon the list must be true, in milliseconds. */
export interface ListRules {
  readonly signInMs: number;
  readonly signOutMs: number;
  readonly closedMs: number;
  readonly vanishedMs: number;
  /** Who is back within this time does not leave the list. */
  readonly backWithinMs: number;
  /** What a busy machine may add to each of the limits. */
  readonly slackMs: number;
}

/** A sign-in or sign-out within 1 s, a closed tab within 7 s (5 s of them grace), who vanishes within 25 s. */
export const promisedListRules: ListRules = {
  signInMs: 1_000,
  signOutMs: 1_000,
  closedMs: 7_000,
  vanishedMs: 25_000,
  backWithinMs: 4_000,
  slackMs: 0,
};

interface Stay {
  readonly client: string;
  readonly node: string;
  readonly from: number;
  readonly to: number;
  readonly why: EntryOf<"offline">["why"] | "still";
  readonly entries: readonly Entry[];
}

interface User {
  readonly name: string;
  readonly stays: Stay[];
  readonly arrivals: number[];
  readonly online: Window[];
  readonly offline: Window[];
}

/** The list on each screen against who was there: at every moment at which it must, it says what is so. */
export function checkList(entries: readonly Entry[], rules: ListRules): Violation[] {
  const end = entriesOf(entries, "settled").at(-1)?.t ?? entries.at(-1)?.t ?? 0;
  const users = usersOf(entries, rules, end);
  const excuses = excusesOf(entries, end);
  const violations: Violation[] = [];

  for (const screen of screensOf(entries, end)) {
    const watcherStays = [...users.values()].flatMap(({ stays }) =>
      stays.filter(({ client }) => client === screen.client),
    );
    for (const user of users.values()) {
      const valid = without(screen.valid, excuses([...user.stays, ...watcherStays]));
      const changes = screen.changes.filter(
        (change) => change.user === undefined || change.user === user.name,
      );
      for (const online of [true, false]) {
        const wrong = firstWrong(
          common(online ? user.online : user.offline, valid),
          changes,
          user.name,
          online,
        );
        if (!wrong) continue;
        const { from, shows } = wrong;
        const what = online
          ? `${screen.client} did not show ${user.name} at ${from.toFixed(0)} ms, who was there`
          : `${screen.client} showed ${user.name} at ${from.toFixed(0)} ms, who was not there`;
        const excerpt = [...eventsAround(user, from), ...(shows ? [narrow(shows, user.name)] : [])];
        violations.push({ kind: online ? "missing-user" : "ghost", what, excerpt });
      }
    }
  }
  for (const reading of entriesOf(entries, "users")) violations.push(...checkReading(reading, users));
  return violations;
}

/** What the list says in the end: exactly who is there. */
function checkReading(reading: EntryOf<"users">, users: ReadonlyMap<string, User>): Violation[] {
  const violations: Violation[] = [];
  const listed = new Set(reading.users);
  const here: Entry = { ...reading };
  if (listed.size !== reading.users.length || reading.count !== listed.size) {
    const what = `${reading.from} counts ${reading.count} and lists ${reading.users.length}, of whom ${listed.size} differ`;
    violations.push({ kind: "list-differs", what, excerpt: [here] });
  }
  for (const name of listed) {
    const user = users.get(name);
    const present = user?.stays.some(({ why }) => why === "still" || why === "cut");
    if (present) continue;
    const what = `${reading.from} lists ${name} in the end, who is not there`;
    violations.push({ kind: "ghost", what, excerpt: [...(user ? eventsAround(user, reading.t) : []), here] });
  }
  for (const user of users.values()) {
    if (listed.has(user.name) || !user.stays.some(({ why }) => why === "still")) continue;
    const what = `${reading.from} does not list ${user.name} in the end, who is there`;
    violations.push({ kind: "missing-user", what, excerpt: [...eventsAround(user, reading.t), here] });
  }
  return violations;
}

function usersOf(entries: readonly Entry[], rules: ListRules, end: number): Map<string, User> {
  const users = new Map<string, User>();
  const open = new Map<string, EntryOf<"online">>();
  const named = (name: string) => {
    const known = users.get(name);
    if (known) return known;
    const user: User = { name, stays: [], arrivals: [], online: [], offline: [] };
    users.set(name, user);
    return user;
  };
  for (const entry of entries) {
    if (entry.type === "arriving") named(entry.user).arrivals.push(entry.t);
    else if (entry.type === "online") open.set(entry.client, entry);
    else if (entry.type === "offline") {
      const { client, user, why, t } = entry;
      const began = open.get(client);
      open.delete(client);
      // One that closes while it is cut off: it will not come back, and nobody was told.
      const from = began?.t ?? t;
      named(user).stays.push({
        client,
        node: began?.node ?? "",
        from,
        to: t,
        why,
        entries: began ? [began, entry] : [entry],
      });
    }
  }
  for (const { client, user, node, t } of open.values()) {
    const entry = entries.find((one) => one.type === "online" && one.client === client && one.t === t);
    named(user).stays.push({ client, node, from: t, to: end, why: "still", entries: entry ? [entry] : [] });
  }

  for (const user of users.values()) {
    user.online.push(
      ...onlineOf(user, rules.backWithinMs)
        .map(([from, to]): Window => [from + rules.signInMs + rules.slackMs, to])
        .filter(([from, to]) => to > from),
    );
    user.offline.push(...offlineOf(user, rules, end));
  }
  return users;
}

/** A short absence does not count, but a sign-out is none: what lies behind it is not joined with what lies before. */
function onlineOf({ stays }: User, backWithinMs: number): Window[] {
  const signOuts = stays.filter(({ why }) => why === "signed-out").map(({ to }) => to);
  const session = (from: number) => signOuts.filter((at) => at <= from).length;
  return [0, ...signOuts.map((_, i) => i + 1)].flatMap((nth) =>
    joined(
      stays
        .filter(({ from, to }) => to > from && session(from) === nth)
        .map(({ from, to }): Window => [from, to]),
      backWithinMs,
    ),
  );
}

function offlineOf(user: User, rules: ListRules, end: number): Window[] {
  const windows: Window[] = [];
  const ordered = user.stays.toSorted((a, b) => a.to - b.to);
  for (const stay of ordered) {
    if (stay.why === "still" || stay.why === "cut") continue;
    // Somebody of theirs is still there, or on the way: a client that was cut off comes back until it is closed.
    const others = ordered.filter(
      (other) =>
        other !== stay &&
        other.from <= stay.to &&
        (other.to > stay.to || isUnderWay(other, ordered, stay.to)),
    );
    if (others.length > 0) continue;
    const limit = {
      "signed-out": rules.signOutMs,
      closed: rules.closedMs,
      vanished: rules.vanishedMs,
    }[stay.why];
    const next = user.arrivals.filter((t) => t >= stay.to).sort((a, b) => a - b)[0] ?? end;
    windows.push([stay.to + limit + rules.slackMs, Math.min(next, end)]);
  }
  return windows.filter(([from, to]) => to > from);
}

function isUnderWay(stay: Stay, all: readonly Stay[], at: number): boolean {
  if (stay.why !== "cut") return false;
  return !all.some(
    ({ client, why, to }) => client === stay.client && why !== "cut" && why !== "still" && to <= at,
  );
}

interface Change {
  readonly t: number;
  /** Undefined: a whole page. */
  readonly user: string | undefined;
  readonly entry: EntryOf<"list"> | EntryOf<"list-change">;
}

interface Screen {
  readonly client: string;
  readonly valid: Window[];
  readonly changes: Change[];
}

/** The screens that show the list, and from when to when they can be expected to be right. */
function screensOf(entries: readonly Entry[], end: number): Screen[] {
  const screens = new Map<string, Screen & { since: number | undefined }>();
  for (const entry of entries) {
    if (entry.t > end) break;
    if (entry.type !== "list" && entry.type !== "list-change" && entry.type !== "offline") continue;
    const { client, t } = entry;
    let screen = screens.get(client);
    if (entry.type === "list") {
      if (!screen) {
        screen = { client, valid: [], changes: [], since: undefined };
        screens.set(client, screen);
      }
      screen.since ??= t;
      screen.changes.push({ t, user: undefined, entry });
    } else if (entry.type === "list-change") {
      screen?.changes.push({ t, user: entry.user, entry });
    } else if (screen?.since !== undefined) {
      screen.valid.push([screen.since, t]);
      screen.since = undefined;
    }
  }
  for (const screen of screens.values())
    if (screen.since !== undefined) screen.valid.push([screen.since, end]);
  return [...screens.values()];
}

/** The first moment within the windows at which the screen does not say so, and what it showed then. */
function firstWrong(
  windows: readonly Window[],
  changes: readonly Change[],
  name: string,
  online: boolean,
): { from: number; shows: Change["entry"] | undefined } | undefined {
  for (const [from, to] of windows) {
    let shows: Change["entry"] | undefined;
    for (const { t, entry } of changes) {
      if (t >= to) break;
      // What was shown until now, over the part of the window before this change.
      if (t > from && says(shows, name) !== online) return { from, shows };
      shows = entry;
      if (t > from && says(shows, name) !== online) return { from: t, shows };
    }
    if (says(shows, name) !== online) return { from, shows };
  }
  return undefined;
}

function says(shows: Change["entry"] | undefined, name: string): boolean {
  if (!shows) return false;
  return shows.type === "list" ? shows.users.includes(name) : shows.online;
}

/** When the list may be wrong about somebody who was connected so, or on their screen. */
type Excuses = (stays: readonly Stay[]) => Window[];

function excusesOf(entries: readonly Entry[], end: number): Excuses {
  const faults = entriesOf(entries, "fault");
  const all = faults
    .filter(({ phase, disturbs }) => phase === "begin" && disturbs !== "none")
    .map((begin) => {
      const over = faults.find(({ phase, fault }) => phase === "end" && fault === begin.fault);
      const until = Math.min(
        over ? over.t + over.settleMs : end,
        begin.t + (begin.atMostMs ?? Number.POSITIVE_INFINITY),
      );
      return { ...begin, from: begin.t, until };
    });
  return (stays) =>
    all.flatMap(({ disturbs, settleMs, from, until }): Window[] => {
      if (disturbs === "all") return [[from, until]];
      if (disturbs === "none") return [];
      // Who has left the node that has the fault settles elsewhere, however long it goes on there.
      return stays
        .filter((stay) => disturbs.nodes.includes(stay.node) && meets([stay.from, stay.to], [from, until]))
        .map((stay) => [from, Math.min(until, stay.to + settleMs)]);
    });
}

function eventsAround(user: User, at: number): Entry[] {
  const past = user.stays.filter(({ from }) => from <= at).toSorted((a, b) => a.to - b.to);
  return past.slice(-2).flatMap(({ entries }) => entries);
}

function narrow(entry: Change["entry"], name: string): Entry {
  if (entry.type !== "list") return entry;
  return { ...entry, users: entry.users.filter((user) => user === name) };
}
