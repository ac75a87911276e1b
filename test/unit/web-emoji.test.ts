import { describe, expect, test } from "vitest";
import { emojiTable } from "../../web/emoji-table.ts";
import { completable } from "../../web/src/state/complete.ts";
import { emojiCalled, emojiSuggestions, parseEmoji, searchEmoji } from "../../web/src/state/emoji.ts";

const groups = parseEmoji(emojiTable());
const found = (typed: string) => searchEmoji(groups, typed, 5).map(({ emoji }) => emoji);

test("the list of the build is whole, and small", () => {
  expect(groups.length).toBeGreaterThan(7);
  expect(groups.flatMap(({ emoji }) => emoji).length).toBeGreaterThan(1_800);
  for (const { emoji } of groups) for (const one of emoji) expect(one.names[0]).toMatch(/^[a-z0-9_+-]+$/);
});

describe("searching", () => {
  test("finds the name first, then what starts with it, then other words for it", () => {
    expect(found("smile")[0]).toBe("😄");
    expect(found("smil")[0]).toBe("😄");
    expect(found("+1")[0]).toBe("👍");
    expect(found("-1")[0]).toBe("👎");
    expect(found("tada")[0]).toBe("🎉");
    expect(found("thumbs up")).toContain("👍");
    expect(found("Red Heart")[0]).toBe("❤️");
    expect(found("party")).toContain("🎉");
  });

  test("finds nothing for nothing, and for what nothing is called", () => {
    expect(found("  ")).toEqual([]);
    expect(found("qqqq")).toEqual([]);
  });
});

describe("a name between colons", () => {
  test.each([":)", ":D", ":-)", "12:30", "std::vector", "https://e.org", "a:smile", ":s", "/msg :"])(
    "is not started by %s",
    (text) => expect(completable(text)?.kind).not.toBe("emoji"),
  );

  test("is completed where it stands at the end, and what is before it stays", () => {
    const text = "so good :ta";
    expect(completable(text)).toEqual({ kind: "emoji", typed: "ta" });
    const suggestions = emojiSuggestions(text, "ta", groups);
    expect(suggestions.length).toBeLessThanOrEqual(8);
    expect(suggestions.find(({ key }) => key === "🎉")?.becomes).toBe("so good 🎉 ");
    expect(completable("(:smi", false)).toEqual({ kind: "emoji", typed: "smi" });
  });

  test("has the emoji that is called so, if there is one", () => {
    expect(emojiCalled("Smile", groups)).toBe("😄");
    expect(emojiCalled("+1", groups)).toBe("👍");
    expect(emojiCalled("nothing_like_it", groups)).toBeUndefined();
    expect(emojiCalled("constructor", groups)).toBeUndefined();
  });
});
