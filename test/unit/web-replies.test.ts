import { describe, expect, test } from "vitest";
import type { Message } from "../../services/protocol/index.ts";
import { firstLine } from "../../web/src/formatting/plain.ts";
import { emptyTimeline, initialState, lobbyId } from "../../web/src/state/model.ts";
import { reduce } from "../../web/src/state/reduce.ts";
import { goToMessage, moveStretch } from "../../web/src/state/stretch.ts";
import { addHistory, addQuoted, applyEvents, messageAt } from "../../web/src/state/timeline.ts";

const ada = { id: "u-ada" as never, name: "ada" };

function message(seq: number, more: Partial<Message> = {}): Message {
  const at = new Date(seq * 1_000).toISOString();
  return {
    type: "message",
    seq,
    rev: seq,
    n: seq,
    id: `m-${seq}`,
    at,
    by: ada,
    text: `text ${seq}`,
    ...more,
  };
}

const named = (seq: number) => ({ seq, id: `m-${seq}` as never });
const deletion = (seq: number, of: number) =>
  ({ type: "delete", seq, id: `d-${seq}`, at: new Date(seq).toISOString(), by: ada, of: named(of) }) as const;

describe("a message that is answered", () => {
  test("is found where the timeline holds it, and where it was read apart", () => {
    const timeline = addQuoted(
      addHistory(emptyTimeline, [message(8), message(9)], true, ada.id),
      [message(2)],
      ada.id,
    );
    expect(messageAt(timeline, named(9))?.text).toBe("text 9");
    expect(messageAt(timeline, named(2))?.text).toBe("text 2");
    expect(messageAt(timeline, named(3))).toBeUndefined();
    expect(messageAt(timeline, { seq: 2, id: "m-other" as never })).toBeUndefined();
    expect(timeline.entries).toHaveLength(2);
  });

  test("follows its changes although it was read apart", () => {
    const quoted = addQuoted(emptyTimeline, [message(2)], ada.id);
    const deleted = applyEvents(quoted, [deletion(9, 2)], ada.id);
    expect(messageAt(deleted, named(2))).toMatchObject({ deleted: true });
  });

  test("is as it was deleted while it was being read", () => {
    const deleted = applyEvents(emptyTimeline, [deletion(9, 2)], ada.id);
    expect(messageAt(addQuoted(deleted, [message(2)], ada.id), named(2))).toMatchObject({ deleted: true });
  });

  test("is quoted by its first line that says something", () => {
    expect(firstLine({ text: "\n  One \nTwo" })).toBe("One");
    expect(firstLine({ deleted: true })).toBe("Deleted message");
  });

  test("is quoted without the marks of its formatting, by its own words", () => {
    const quoted = (text: string) => firstLine({ text });
    expect(quoted("**Ship** it _today_, `now`, [here](https://example.org/)")).toBe(
      "Ship it today, now, here",
    );
    expect(quoted("```js\nconst a = 1;\n```")).toBe("const a = 1;");
    expect(quoted("- one\n- two")).toBe("one");
    expect(quoted("> What they said\nWhat I **say**")).toBe("What I say");
    expect(quoted("> Only that")).toBe("Only that");
    expect(quoted("snake_case and 2 * 3 * 4")).toBe("snake_case and 2 * 3 * 4");
    expect(quoted(`**${"x".repeat(5_000)}**`).length).toBe(200);
  });
});

test("what an event tells of a thread is added to what an acknowledgement placed", () => {
  const placed = applyEvents(emptyTimeline, [message(5, { replyTo: named(2) })], ada.id);
  const told = applyEvents(placed, [message(5, { replyTo: named(2), thread: named(1) })], ada.id);
  expect(told.entries[0]).toMatchObject({ thread: named(1) });
  const read = addHistory(told, [message(5, { replies: { count: 1, last: 7, at: "" } })], false, ada.id);
  expect(read.entries[0]).toMatchObject({ thread: named(1), replies: { count: 1 } });
});

test("being taken to a message stops following the newest, which forgets the way back", () => {
  const timeline = addHistory(emptyTimeline, [message(1), message(2), message(3)], false, ada.id);
  const there = goToMessage(timeline, "m-1" as never, "m-3" as never);
  expect(there).toMatchObject({ goTo: { key: "m-1" }, cameFrom: "m-3", end: 3 });
  expect(moveStretch(there, "newest")).toMatchObject({ cameFrom: null, end: null });
  expect(goToMessage(timeline, "m-9" as never, null)).toBe(timeline);
});

test("what one is about to answer is kept for each room", () => {
  const replying = reduce(initialState, { type: "replying", room: lobbyId, message: message(1) }, 0);
  expect(replying.replying[lobbyId]?.seq).toBe(1);
  expect(reduce(replying, { type: "replying", room: lobbyId, message: null }, 0).replying).toEqual({});
});
