import { describe, expect, test } from "vitest";
import { pieces } from "../../web/src/formatting/addresses.ts";
import { isEmojiOnly } from "../../web/src/formatting/emoji.ts";
import { beginningOf } from "../../web/src/formatting/fold.ts";
import { highlight } from "../../web/src/formatting/highlight.ts";
import { parse } from "../../web/src/formatting/parse.ts";
import { type Block, type Inline, mayBeFormatted } from "../../web/src/formatting/tree.ts";
import { createRandom } from "../faults/random.ts";

const links = (text: string) => pieces(text).flatMap((piece) => (piece.kind === "link" ? [piece.text] : []));

describe("addresses in a text", () => {
  test.for([
    ["see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]],
    ["(https://example.org/a_(b)), and more", ["https://example.org/a_(b)"]],
    ["HTTP://EXAMPLE.ORG!", ["HTTP://EXAMPLE.ORG"]],
    ["https://a.example https://b.example", ["https://a.example", "https://b.example"]],
    ["im Netz: https://bücher.example/straße, oder?", ["https://bücher.example/straße"]],
    ["请看https://example.org/a。谢谢", ["https://example.org/a"]],
    ["mailto:ada@example.org, mailto:nobody", ["mailto:ada@example.org"]],
    [
      "https://example.org/a)b https://example.org/?q=(a",
      ["https://example.org/a)b", "https://example.org/?q=(a"],
    ],
    ["javascript:alert(1) data:text/html,x file:///etc ftp://x.example", []],
    ["javascript:https://example.org", ["https://example.org"]],
    ["https:// http://", []],
    ['<a href="https://example.org">x</a>', ["https://example.org"]],
  ] as const)("%s", ([text, expected]) => {
    expect(links(text)).toEqual(expected);
    // Nothing is lost or added, whatever is found.
    expect(
      pieces(text)
        .map((piece) => piece.text)
        .join(""),
    ).toBe(text);
    for (const piece of pieces(text)) {
      if (piece.kind === "link") expect(piece.href).toMatch(/^(https?:\/\/|mailto:)/);
    }
  });
});

describe("emoji alone", () => {
  test.for(["👍", "👍🏽 🎉", "👩‍👩‍👧‍👦", "🇩🇪", "❤️", "1️⃣"])("%s is", (text) => {
    expect(isEmojiOnly(text)).toBe(true);
  });
  test.for(["", "1", "#", "ok 👍", "👍👍👍👍👍👍👍👍👍", "©x"])("%s is not", (text) => {
    expect(isEmojiOnly(text)).toBe(false);
  });
});

/** As one would write it in HTML, for reading in a test. */
function drawn(part: Block | Inline): string {
  const inside = (parts: readonly (Block | Inline)[]) => parts.map(drawn).join("");
  if (part.kind === "text") return "children" in part ? `<p>${inside(part.children)}</p>` : part.text;
  if (part.kind === "code")
    return "gap" in part ? `<pre ${part.language}>${part.text}</pre>` : `<c>${part.text}</c>`;
  if (part.kind === "quote") return `<quote>${inside(part.blocks)}</quote>`;
  if (part.kind === "list") {
    const items = part.items.map((item) => `<li>${inside(item)}</li>`).join("");
    return part.start === null ? `<ul>${items}</ul>` : `<ol ${part.start}>${items}</ol>`;
  }
  if (part.kind === "link") return `<a ${part.href}>${inside(part.children)}</a>`;
  return `<${part.kind}>${inside(part.children)}</${part.kind}>`;
}
const draw = (text: string) => parse(text).map(drawn).join("");

describe("formatting", () => {
  test.for([
    [
      "**a** __b__ *c* _d_ ~~e~~ `f*`",
      "<p><strong>a</strong> <strong>b</strong> <emphasis>c</emphasis> <emphasis>d</emphasis> <strike>e</strike> <c>f*</c></p>",
    ],
    ["> so?\n> yes\nno", "<quote><p>so?\nyes</p></quote><p>no</p>"],
    [
      "- a\n  - b\n- c\nthanks",
      "<ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul><p>thanks</p>",
    ],
    ["7. a\n8. b", "<ol 7><li><p>a</p></li><li><p>b</p></li></ol>"],
    ["x\n```js\n  let a;\n\n```\ny", "<p>x</p><pre js>  let a;\n</pre><p>y</p>"],
    ["```let a = 1\nlet b = 2```", "<pre >let a = 1\nlet b = 2</pre>"],
    ["[a](https://example.org/b_c_)", "<p><a https://example.org/b_c_>a</a></p>"],
    [
      "*https://example.org/_a_*",
      "<p><emphasis><a https://example.org/_a>https://example.org/_a</a>_</emphasis></p>",
    ],
    ["[a]() b", "<p>a b</p>"],
    ["![a](https://example.org/)", "<p>!<a https://example.org/>a</a></p>"],
  ] as const)("%s", ([text, expected]) => {
    expect(mayBeFormatted(text)).toBe(true);
    expect(draw(text)).toBe(expected);
  });

  test.for([
    "  two  spaces \n\tand a tab  ",
    "a * b * c, snake_case_name, 3 > 2, #1, -1, 1.5",
    ">:( and >_< are faces",
    "-",
    "¯\\_(ツ)_/¯ C:\\*.* \\[x](https:",
    "<b>no</b> &amp; <!-- no --> <https:>",
    "# a\n===\n---\n| a | b |\n|---|---|",
    "    not code, only far to the right",
    "[a](javascript:alert(1)) [b](/r/lobby) [c](data:text/html,x) [d](file:///etc/passwd) [f]: https",
    "** a ** ~~~~ `` ` [ ] ( )",
  ])("stays as it was typed: %s", (text) => {
    expect(draw(text)).toBe(`<p>${text}</p>`);
  });

  test("keeps as many empty lines between blocks as were typed", () => {
    expect(parse("a\n\n\nb\n- c\n\nd").map((block) => block.gap)).toEqual([0, 2, 0, 1]);
  });

  test("a link whose words are another address says where it leads", () => {
    expect(draw("[https://bank.example](https://thief.example/)")).toBe(
      "<p>https://bank.example (<a https://thief.example/>https://thief.example/</a>)</p>",
    );
  });

  test("no text gets lost and nothing unknown appears, whatever is typed", () => {
    const random = createRandom("formatting");
    const marks = [
      "*",
      "**",
      "_",
      "~~",
      "`",
      "```",
      "\n",
      "\n\n",
      "> ",
      ">",
      "- ",
      "1. ",
      "  ",
      "[",
      "]",
      "(",
      ")",
      "\\",
      "<",
      "&",
      "!",
      ":",
      "#",
      "|",
      "\t",
      "😄",
      "\u202e",
      "https://x.example/",
      "](https://y.example/ ",
      "](javascript:",
    ];
    for (let round = 0; round < 3_000; round++) {
      let text = "";
      const words: string[] = [];
      for (let i = random.between(1, 30); i > 0; i--) {
        if (random.chance(0.4)) words.push(`w${words.length}w`);
        text +=
          random.chance(0.4) && words.length > 0 && !text.includes(words.at(-1) ?? "")
            ? words.at(-1)
            : random.pick(marks);
      }
      const out = draw(text);
      // Where links lead is no text, and languages and numbers stand beside it.
      const shown = out.replace(/<(a|pre|ol) [^>]*>/g, (tag) => ` ${tag} `);
      let at = 0;
      for (const word of words.filter((word) => text.includes(word))) {
        const found = shown.indexOf(word, at);
        if (found === -1) expect.fail(`${word} of ${JSON.stringify(text)} is lost in ${out}`);
        at = found;
      }
      for (const [, href] of out.matchAll(/<a (\S*)>/g)) expect(href).toMatch(/^(https?:\/\/|mailto:)/);
    }
  });

  test("takes no longer than its length deserves, whatever is typed", () => {
    const parts = [
      "*",
      "**a",
      "*a",
      "_a ",
      "*_~",
      "~~a",
      "`",
      "`a``b",
      "[",
      "[](",
      "[a](b",
      "![",
      "](",
      ">",
      "> ",
      "\n\n>",
      "- ",
      "- \n",
      "  - a\n",
      "1. ",
      "```\n",
      "\\[",
      "<",
      "&a",
      ":",
      "http:",
      "http://a",
      "https://a))",
      "https://a((",
      "https://a....",
      "mailto:a@",
      "a\n",
      "\n",
      "😄",
      "\t- ",
    ];
    const long = (part: string) => part.repeat(Math.ceil(16_384 / part.length)).slice(0, 16_384);
    const nested = [
      Array.from({ length: 170 }, (_, i) => `${"> ".repeat(i)}a`).join("\n"),
      Array.from({ length: 170 }, (_, i) => `${"  ".repeat(i)}- a`).join("\n"),
      Array.from({ length: 170 }, (_, i) => "`".repeat(i)).join(" "),
      long("*_").slice(8_192) + long("_*").slice(8_192),
    ];
    for (const text of [...parts.map(long), ...parts.map((part) => `https://a${long(part)}`), ...nested]) {
      const before = process.cpuUsage();
      parse(text);
      pieces(text);
      mayBeFormatted(text);
      isEmojiOnly(text);
      beginningOf(text);
      const { user, system } = process.cpuUsage(before);
      // Milliseconds of CPU; seconds and minutes where it grows with the square.
      expect((user + system) / 1_000, JSON.stringify(text.slice(0, 40))).toBeLessThan(2_000);
    }
  });
});

describe("a long message", () => {
  test("is folded at a line, between words, and never within a character; a short one is not", () => {
    const lines = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`);
    expect(beginningOf(lines.join("\n"))).toBe(lines.slice(0, 16).join("\n"));
    expect(beginningOf(lines.slice(0, 20).join("\n"))).toBeUndefined();
    expect(beginningOf("a".repeat(2_000))).toBeUndefined();
    const words = beginningOf("word ".repeat(1_000)) ?? "";
    expect(words.endsWith("word …")).toBe(true);
    expect(words.length).toBeLessThan(1_610);
    const emoji = beginningOf(`x${"😄".repeat(2_000)}`) ?? "";
    expect(emoji).toMatch(/^x(😄)+ …$/u);
  });
});

describe("code", () => {
  test("is taken apart by its language, and is the same text as before", async () => {
    const text = 'const a = "b"; // c\n';
    for (const language of ["js", "TypeScript", "py", "sh", "c#", "toml"]) {
      const spans = (await highlight(text, language)) ?? [];
      expect(spans.map((span) => span.text).join("")).toBe(text);
    }
    expect(await highlight(text, "js")).toContainEqual({ text: "const", is: "keyword" });
    expect(await highlight(text, "klingon")).toBeUndefined();
    expect(await highlight("a\n".repeat(8_000), "js")).toBeUndefined();
  });
});
