import { describe, expect, test } from "vitest";
import type { Message } from "../../services/protocol/index.ts";
import { applyChange } from "../../web/src/state/changes.ts";
import type { MessageChange, Person } from "../../web/src/state/model.ts";

const person = (name: string): Person => ({ id: `u-${name}` as Person["id"], name });
const [ada, bob, eve] = [person("ada"), person("bob"), person("eve")];
const at = new Date(0).toISOString();
const of = { seq: 1, id: "m-1" as never };
const message: Message = { type: "message", seq: 1, n: 1, rev: 1, id: "m-1", at, by: ada, text: "hello" };

let seq = 1;
const reaction = (by: Person, emoji: string, on: boolean): MessageChange => ({
  type: "reaction",
  seq: ++seq,
  id: `r-${seq}`,
  at,
  by,
  of,
  emoji,
  on,
});
const changedBy = (changes: MessageChange[], me = ada, start = message) =>
  changes.reduce((now, change) => applyChange(now, change, me.id), start);

describe("reactions", () => {
  test("are counted, one's own marked, and each kind keeps its place", () => {
    const all = [reaction(bob, "👍", true), reaction(ada, "🎉", true), reaction(ada, "👍", true)];
    expect(changedBy(all).reactions).toEqual({
      "👍": { count: 2, mine: true, by: [bob.id, ada.id] },
      "🎉": { count: 1, mine: true, by: [ada.id] },
    });
    const less = [...all, reaction(bob, "👍", false)];
    expect(changedBy(less, bob).reactions?.["👍"]).toEqual({ count: 1, mine: false, by: [ada.id] });
    expect(Object.keys(changedBy(less).reactions ?? {})).toEqual(["👍", "🎉"]);
  });

  test("leave nothing behind when the last one is taken back", () => {
    const changed = changedBy([reaction(eve, "👍", true), reaction(eve, "👍", false)]);
    expect(changed).not.toHaveProperty("reactions");
    expect(changed.rev).toBe(seq);
  });

  test("name the first ten, count all, and take any word", () => {
    const crowd = Array.from({ length: 12 }, (_, i) => reaction(person(`p${i}`), "constructor", true));
    const [[kind, { count, by, mine }] = ["", { count: 0, by: [], mine: true }]] = Object.entries(
      changedBy(crowd).reactions ?? {},
    );
    expect(kind).toBe("constructor");
    expect([count, by.length, mine]).toEqual([12, 10, false]);
  });

  test("that a page of history took into account change nothing", () => {
    const page: Message = {
      ...message,
      rev: 1_000,
      reactions: { "👍": { count: 1, mine: false, by: [bob.id] } },
    };
    expect(changedBy([reaction(bob, "👍", true)], ada, page)).toBe(page);
  });
});

test("an edit says anew who is mentioned", () => {
  const mentioning = { ...message, mentions: [bob.id] };
  const edit = { type: "edit" as const, seq: ++seq, id: "e", at, by: ada, of, text: "better" };
  expect(changedBy([edit], ada, mentioning)).not.toHaveProperty("mentions");
  expect(changedBy([{ ...edit, mentions: [eve.id] }], ada, mentioning).mentions).toEqual([eve.id]);
});

test("a deletion leaves nothing of what was said, and says when somebody else did it", () => {
  const full = { ...changedBy([reaction(bob, "👍", true)]), mentions: [bob.id], replyTo: of, editedAt: at };
  const erase = (by: Person) => ({ type: "delete" as const, seq: ++seq, id: "d", at, by, of });
  const own = changedBy([erase(ada)], ada, full);
  expect(own).toEqual({ type: "message", seq: 1, n: 1, id: "m-1", at, by: ada, rev: seq, deleted: true });
  expect(changedBy([erase(eve)], ada, full).deletedBy).toEqual(eve);
});
