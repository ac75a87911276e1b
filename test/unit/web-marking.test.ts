import { describe, expect, test } from "vitest";
import { keyCaps } from "../../web/src/state/key-help.ts";
import { isPressed } from "../../web/src/state/keys.ts";
import { type Marking, marked } from "../../web/src/state/marking.ts";

/** `|` stands where the selection begins and ends. */
function after(text: string, marking: Marking): string {
  const [before = "", words = "", rest = ""] = text.split("|");
  const plain = before + words + rest;
  const at = before.length;
  const { from, to, insert, selectFrom, selectTo } = marked(plain, at, at + words.length, marking);
  const next = plain.slice(0, from) + insert + plain.slice(to);
  return `${next.slice(0, selectFrom)}|${next.slice(selectFrom, selectTo)}|${next.slice(selectTo)}`;
}

describe("marking", () => {
  test.for([
    ["a |b| c", "strong", "a **|b|** c"],
    ["a **|b|** c", "strong", "a |b| c"],
    ["||", "emphasis", "*||*"],
    ["*||*", "emphasis", "||"],
    ["**|b|**", "emphasis", "***|b|***"],
    ["***|b|***", "emphasis", "**|b|**"],
    ["|b|", "strike", "~~|b|~~"],
    ["|b|", "code", "`|b|`"],
    ["so:|a\nb|", "code", "so:\n```\n|a\nb|\n```"],
    ["see |here|", "link", "see [here](|https://|)"],
    ["see ||", "link", "see [||](https://)"],
  ] as const)("%s, %s", ([text, marking, expected]) => {
    expect(after(text, marking)).toBe(expected);
  });
});

test("a key is what the help says it is", () => {
  const press = (key: string, more = {}) => ({
    key,
    ctrlKey: false,
    metaKey: false,
    shiftKey: false,
    altKey: false,
    ...more,
  });
  expect(isPressed("switcher", press("k", { ctrlKey: true }))).toBe(true);
  expect(isPressed("switcher", press("K", { metaKey: true }))).toBe(true);
  expect(isPressed("switcher", press("K", { ctrlKey: true, shiftKey: true }))).toBe(false);
  expect(isPressed("switcher", press("k"))).toBe(false);
  expect(isPressed("nextRoom", press("ArrowDown", { altKey: true }))).toBe(true);
  // On many keyboards the slash is above another key.
  expect(isPressed("help", press("/", { ctrlKey: true, shiftKey: true }))).toBe(true);
  expect(isPressed("newest", press("Escape"))).toBe(true);
  expect(keyCaps("link", false)).toEqual(["Ctrl", "Shift", "L"]);
  expect(keyCaps("switcher", true)).toEqual(["⌘", "K"]);
});
