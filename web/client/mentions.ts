import type { Notify, Person, UserId } from "../../services/protocol/index.ts";
import { foldName } from "../../services/protocol/names.ts";

/** A stretch of a text; `name`: it is "@" and this name. */
interface Stretch {
  readonly text: string;
  readonly name?: string;
}

const startsWord = /[\p{L}\p{M}\p{N}_.@/-]$/u;
const goesOn = /^[\p{L}\p{M}\p{N}_]/u;

/**
 * Takes a text apart at "@" and a name of these, the longest that fits, in whatever case it is written. An address such as
 * ada@example.org mentions nobody.
 */
export function stretches(text: string, names: readonly string[]): Stretch[] {
  if (names.length === 0 || !text.includes("@")) return [{ text }];
  const longestFirst = [...new Set(names)].sort((a, b) => b.length - a.length);
  const found: Stretch[] = [];
  let from = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (at < from || startsWord.test(text.slice(Math.max(0, at - 2), at))) continue;
    const name = longestFirst.find(
      (one) =>
        foldName(text.slice(at + 1, at + 1 + one.length)) === foldName(one) &&
        !goesOn.test(text.slice(at + 1 + one.length)),
    );
    if (name === undefined) continue;
    const end = at + 1 + name.length;
    if (at > from) found.push({ text: text.slice(from, at) });
    found.push({ text: text.slice(at, end), name });
    from = end;
  }
  if (from < text.length) found.push({ text: text.slice(from) });
  return found;
}

const everybody = ["here", "all"] as const satisfies readonly Notify[];
const mostMentions = 50;

/** Whom a text mentions, among those who are known; somebody's name goes before @here and @all. */
export function mentionsIn(
  text: string,
  people: readonly Person[],
): { mentions?: UserId[]; notify?: Notify } {
  const byName = new Map(people.map((person) => [foldName(person.name), person.id]));
  const named = stretches(text, [...people.map((person) => person.name), ...everybody]).flatMap(({ name }) =>
    name === undefined ? [] : [foldName(name)],
  );
  const ids = new Set(named.flatMap((name) => byName.get(name) ?? []));
  const calls = everybody.filter((call) => !byName.has(call) && named.includes(call));
  return {
    ...(ids.size === 0 ? {} : { mentions: [...ids].slice(0, mostMentions) }),
    ...(calls.length === 0 ? {} : { notify: calls.includes("all") ? "all" : "here" }),
  };
}

/** First words of the names of those who may be meant, known or not. */
export function calledIn(text: string): string[] {
  const found = text.matchAll(/(?:^|[^\p{L}\p{M}\p{N}_.@/-])@([\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*)/gu);
  return [...new Set([...found].map((match) => match[1] ?? ""))];
}

interface Mentioning {
  readonly by: Person;
  readonly mentions?: readonly string[] | undefined;
  readonly notify?: Notify | undefined;
}

/** Whether it calls for this person's eye. */
export function isFor(message: Mentioning, me: string): boolean {
  if (message.by.id === me) return false;
  return message.notify !== undefined || (message.mentions?.includes(me) ?? false);
}

/** The names by which a message mentions people, for showing them in its text. */
export function namesIn(message: Mentioning, nameOf: (id: string) => string | undefined): string[] {
  const names = (message.mentions ?? []).flatMap((id) => nameOf(id) ?? []);
  return message.notify === undefined ? names : [...names, ...everybody];
}
