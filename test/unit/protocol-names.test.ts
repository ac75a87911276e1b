import { describe, expect, it } from "vitest";
import { foldName, nameSchema } from "../../services/protocol/index.ts";

const accepted = (name: unknown) => nameSchema.safeParse(name).data;
const refused = (name: unknown) => nameSchema.safeParse(name).error?.issues[0]?.message;

describe("a name", () => {
  it.each([
    ["ada", "ada"],
    ["  Ada  ", "Ada"],
    ["Ada  B.\t-_C", "Ada B. -_C"],
    ["Ada\u3000Byron", "Ada Byron"],
    ["\ufeffAda\ufeffByron", "Ada Byron"],
    ["Ａｄａ", "Ada"],
    ["ﬁn", "fin"],
    ["e\u0301va", "éva"],
    ["x2", "x2"],
    ["٣", "٣"],
    ["Ⅷ", "VIII"],
    ["आदित्य", "आदित्य"],
    ["พิมพ์", "พิมพ์"],
    ["עדה", "עדה"],
    ["عادل", "عادل"],
    ["猫", "猫"],
    ["𝒜da", "Ada"],
    ["𠮷野", "𠮷野"],
    ["._-", "._-"],
    ["_", "_"],
  ])("%j is kept as %j", (given, kept) => {
    expect(accepted(given)).toBe(kept);
    // What was kept once is kept as it is.
    expect(accepted(kept)).toBe(kept);
  });

  it.each([
    ["nothing", ""],
    ["only space", " \t\u00a0\u3000 "],
    ["markup", "<b>ada</b>"],
    ["an ampersand", "a&b"],
    ["a slash", "a/b"],
    ["an at sign", "@ada"],
    ["a hash", "#1"],
    ["a colon", "a:b"],
    ["braces", "{a}"],
    ["a quote", "o'neil"],
    ["an emoji", "ada😀"],
    ["a NUL", "a\u0000b"],
    ["a bell", "a\u0007b"],
    ["a next line", "a\u0085b"],
    ["a right-to-left override", "\u202eada"],
    ["a right-to-left mark", "ada\u200f"],
    ["an isolate", "\u2066ada\u2069"],
    ["a zero width space", "a\u200bda"],
    ["a zero width joiner", "a\u200dda"],
    ["a soft hyphen", "a\u00adda"],
    ["a variation selector", "ada\ufe0f"],
    ["a grapheme joiner", "a\u034fda"],
    ["a Hangul filler", "\u3164"],
    ["a half-width Hangul filler", "a\uffa0b"],
    ["a mark with nothing to stand on", "\u0301ada"],
    ["a private character", "\ue000"],
    ["half a surrogate pair", "a\ud800"],
    ["an unassigned character", "\u0378"],
  ])("may not hold %s", (_, given) => {
    expect(accepted(given)).toBeUndefined();
    expect(refused(given)).toMatch(/^(must|may)/);
  });

  it("has 1 to 32 characters, counted as people count them after normalizing", () => {
    expect(accepted("a".repeat(32))).toHaveLength(32);
    expect(refused("a".repeat(33))).toBe("must be at most 32 characters");
    expect([...(accepted("𠮷".repeat(32)) ?? "")]).toHaveLength(32);
    expect(refused("𠮷".repeat(33))).toBe("must be at most 32 characters");
    expect(accepted("e\u0301".repeat(32))).toHaveLength(32);
    expect(accepted(`${" ".repeat(100)}ada${" ".repeat(100)}`)).toBe("ada");
    // One character that unfolds into eighteen.
    expect(refused("\ufdfa\ufdfa")).toBe("must be at most 32 characters");
  });

  it("is refused before any work when it is far too long", () => {
    expect(refused("a".repeat(257))).toBe("must be at most 32 characters");
    expect(refused(" ".repeat(300))).toBe("must be at most 32 characters");
  });

  it.each([[undefined], [null], [7], [{}], [["ada"]], [true]])("is text, not %j", (given) => {
    expect(nameSchema.safeParse(given).success).toBe(false);
  });
});

describe("folding", () => {
  it.each([
    ["Ada", "ada"],
    ["ADA", "ada"],
    ["Ａｄａ", "ada"],
    ["ÅSE", "åse"],
    ["A\u030aSE", "åse"],
    ["ЗОЯ", "зоя"],
    ["ΟΔΟΣ", "οδοσ"],
    ["οδος", "οδοσ"],
    ["猫", "猫"],
  ])("%j is compared as %j", (name, folded) => {
    expect(foldName(name)).toBe(folded);
  });

  it("is done once: folded again, nothing changes", () => {
    const changed: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue;
      const folded = foldName(String.fromCodePoint(code));
      if (foldName(folded) !== folded) changed.push(code.toString(16));
    }
    expect(changed).toEqual([]);
  });

  it("folds the start of a name to the start of what the name folds to, so that a search finds it", () => {
    const astray: string[] = [];
    for (let code = 0x20; code < 0x3000; code++) {
      const start = `a${String.fromCodePoint(code)}`;
      if (!foldName(`${start}b`).startsWith(foldName(start))) astray.push(code.toString(16));
    }
    expect(astray).toEqual([]);
  });
});
