import type { BrowserContextOptions } from "playwright-core";
import { describe, expect, test } from "vitest";
import { createRandom } from "../faults/random.ts";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, measure, phone, type Visitor } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

/** Ada, in the lobby. */
async function inLobby(options: BrowserContextOptions = {}): Promise<Visitor> {
  const visitor = await look("/r/lobby", options);
  await visitor.composer.waitFor();
  return visitor;
}

const hear = (...texts: string[]) => `window.fake.hear('lobby', 'linus', ...${JSON.stringify(texts)})`;
const last = "[...document.querySelectorAll('.message__text')].at(-1)";

describe("a message", () => {
  test("shows what it is formatted as, and as typed until the parser is here", async () => {
    const { page } = await inLobby();
    await page.evaluate(
      hear("**so** *it* ~~was~~ `is`, see https://example.org/a_b_c and [this](https://example.org/)"),
    );
    await page.locator(".message strong", { hasText: /^so$/ }).waitFor();
    expect(await page.evaluate(`${last}.innerText`)).toBe(
      "so it was is, see https://example.org/a_b_c and this",
    );
    await page.evaluate(hear("> is it?\nyes:\n- one\n- two\n\n1. a\n2. b"));
    await page.locator(".message blockquote", { hasText: /^is it\?$/ }).waitFor();
    await holds(page, `${last}.querySelectorAll('ul > li, ol > li').length === 4`);
    await page.evaluate(hear("  kept\n    as it   was\n\n\n# typed"));
    await holds(page, `${last}.innerText === '  kept\\n    as it   was\\n\\n\\n# typed'`);
  });

  test("has each block in the direction of its own words", async () => {
    const { page } = await inLobby();
    await page.evaluate(hear("**hello**\n- שלום\n\nשלום, `code`"));
    await holds(
      page,
      `[...${last}.querySelectorAll('p')].map((p) => getComputedStyle(p).direction).join() === 'ltr,rtl,rtl'`,
    );
    // So are the numbers of a list and the line beside a quote.
    await page.evaluate(hear("1. שלום\n2. hello\n\n> שלום\n\n> hello"));
    await holds(
      page,
      `[...${last}.querySelectorAll('ol, blockquote')].map((one) => getComputedStyle(one).direction).join() === 'rtl,rtl,ltr'`,
    );
  });

  test("that is long is folded, and unfolds without moving what one reads", async () => {
    const { page } = await inLobby();
    await page.evaluate(hear(Array.from({ length: 80 }, (_, i) => `line *${i + 1}*`).join("\n")));
    const more = page.getByRole("button", { name: "Show more" });
    await more.waitFor();
    expect(await page.evaluate(`${last}.innerText`)).not.toContain("line 60");
    const where = `document.querySelector('.message:has(.message__fold)').getBoundingClientRect().y`;
    const y = await measure(page, where);
    await more.click();
    await page.getByText("line 80").waitFor({ state: "attached" });
    await holds(page, `Math.abs(${where} - ${y}) < 2`);
    await page.getByRole("button", { name: "To the newest message" }).waitFor();
    await page.getByRole("button", { name: "Show less" }).click();
    await holds(page, `!document.body.innerText.includes('line 80')`);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("shows code in colour and copies it as it was typed", async () => {
    const { page } = await inLobby({ permissions: ["clipboard-read", "clipboard-write"] });
    const code = 'const a = "b";\n\n  // as *it* was\n';
    await page.evaluate(hear(`Look:\n\`\`\`js\n${code}\`\`\`\nand so on`));
    const block = page.locator(".code").last();
    await block.locator(".code__keyword", { hasText: "const" }).waitFor();
    expect(await block.locator("pre").textContent()).toBe(code.slice(0, -1));
    await block.getByRole("button", { name: "Copy" }).click();
    await page.getByText("Copied.").waitFor();
    expect(await page.evaluate("navigator.clipboard.readText()")).toBe(code.slice(0, -1));
    await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(new Error('not allowed'))");
    await page.evaluate(hear("```\nby the old way\n```"));
    const second = page.locator(".code", { hasText: "by the old way" });
    await second.getByRole("button", { name: "Copy" }).click();
    await holds(page, "navigator.clipboard.readText().then((text) => text === 'by the old way')");
  });

  for (const [name, options] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["more contrast", { contrast: "more" }],
    ["on a phone", { ...phone, colorScheme: "dark" }],
  ] as const) {
    test(`follows the accessibility rules: ${name}`, async () => {
      const { page } = await inLobby(options);
      const code =
        "```ts\n// why\nexport const a: string = `b` + 1; /* c */\nclass X { y = /z/ }\n```\n```diff\n- a\n+ b\n```";
      await page.evaluate(
        hear(`> quote with \`code\` and [a link](https://example.org)\n- ${"long ".repeat(50)}\n\n${code}`),
      );
      await page.locator(".code__keyword").first().waitFor();
      await page.locator(".code__addition").first().waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await measure(page, "document.documentElement.scrollWidth - innerWidth")).toBe(0);
      await page.getByRole("button", { name: "Formatting, commands and keys" }).click();
      await page.getByRole("dialog", { name: "Commands and keys" }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
    });
  }

  test("is never anything but the elements that formatting needs, whatever is typed", async () => {
    const { page, sees } = await inLobby();
    const random = createRandom("elements");
    const marks = [
      "*",
      "**",
      "_",
      "~~",
      "`",
      "```",
      "\n",
      "> ",
      "- ",
      "1. ",
      "  ",
      "[a](",
      ")",
      "[",
      "](javascript:alert(1))",
      '](https://x.example/" onclick="a',
      "<img src=x onerror=alert(1)>",
      "<script>",
      "&lt;",
      "word",
      "https://y.example/",
      "\\",
      "😄",
      "](data:text/html,<script>)",
      "```js\n",
      "</p>",
    ];
    for (let round = 0; round < 10; round++) {
      const texts = Array.from({ length: 30 }, () =>
        Array.from({ length: random.between(1, 25) }, () => random.pick(marks)).join(""),
      );
      await page.evaluate(hear(...texts, `round ${round} is over`));
      await sees(`round ${round} is over`);
      const found = await page.evaluate<
        string[]
      >(`[...new Set([...document.querySelectorAll('.message__text, .message__text *')]
        .flatMap((e) => [e.localName, ...[...e.attributes].map((a) => e.localName + ' ' + a.name)]))]`);
      const elements = [
        "p",
        "div",
        "strong",
        "em",
        "s",
        "code",
        "pre",
        "a",
        "blockquote",
        "ul",
        "ol",
        "li",
        "button",
        "span",
      ];
      const attributes = [
        "dir",
        "class",
        "style",
        "href",
        "title",
        "target",
        "rel",
        "start",
        "type",
        "tabindex",
      ];
      for (const one of found) {
        const [element = "", attribute = "class"] = one.split(" ");
        expect(elements).toContain(element);
        expect(attributes).toContain(attribute);
      }
      const hrefs = await page.evaluate<string[]>(
        "[...document.querySelectorAll('.message a')].map((a) => a.href)",
      );
      for (const href of hrefs) expect(href).toMatch(/^(https?:\/\/|mailto:)/);
    }
  });
});

describe("who writes", () => {
  test("formats by keys, can take that back, and finds out how", async () => {
    const { page, composer } = await inLobby();
    await composer.fill("now or never");
    await composer.press("Control+a");
    await page.keyboard.press("Control+b");
    // What makes marks is fetched with the first of them.
    await expect.poll(() => composer.inputValue()).toBe("**now or never**");
    await page.keyboard.press("Control+b");
    expect(await composer.inputValue()).toBe("now or never");
    await page.keyboard.press("Control+i");
    expect(await composer.inputValue()).toBe("*now or never*");
    await page.keyboard.press("Control+z");
    expect(await composer.inputValue()).toBe("now or never");
    await composer.press("Control+a");
    await page.keyboard.press("Control+e");
    await page.keyboard.press("Enter");
    await page.locator(".message code", { hasText: /^now or never$/ }).waitFor();
    await page.keyboard.press("Control+Shift+L");
    await page.keyboard.type("here");
    expect(await composer.inputValue()).toBe("[here](https://)");
    await page.keyboard.press("Control+/");
    await page
      .getByRole("dialog", { name: "Commands and keys" })
      .getByText("Italic", { exact: true })
      .waitFor();
  });
});
