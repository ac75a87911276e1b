import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { projectFile } from "../../script/cluster/project.ts";
import { accessibilityProblems } from "../support/axe.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";

let cluster: TestCluster;
const { arrive, come } = receiveVisitors(async () => {
  cluster = await startCluster({ nodes: 1 });
  return cluster.url;
});

const hostile = [
  "<script>window.hurt = true</script>",
  '<img src=x onerror="window.hurt = true">',
  "<svg/onload=window.hurt=true>",
  "\"><iframe srcdoc='<script>parent.hurt=true</script>'></iframe>",
  '<a href="javascript:window.hurt=true">click</a>',
  "javascript:window.hurt=true",
  'https://example.org/"onmouseover="window.hurt=true',
  "https://example.org/'><img/src/onerror=window.hurt=true>",
  "[x](javascript:window.hurt=true)",
  "<style>*{display:none}</style>",
  "<base href=https://example.org/>",
  "<meta http-equiv=refresh content=0;url=https://example.org>",
  "<template><script>window.hurt=true</script></template>",
  "<math><mtext><table><mglyph><style><img src=x onerror=window.hurt=true>",
  "{{constructor.constructor('window.hurt=true')()}}",
  "__proto__",
  "\u202egnp.exe\u2066 \u200b\u0000\ufffe end",
  "&lt;b&gt; &amp; &#60;i&#62;",
  "A".repeat(600),
  "Z̸̧̛̲͙̗̈́̎a̵̘̓l̶̪͝g̴͎̈́o̷̭̐",
];

test("nothing that somebody types is ever anything but text", async () => {
  const [ada, eve] = await Promise.all([arrive("ada"), arrive("constructor")]);
  for (const text of hostile) {
    await eve.composer.fill(text);
    await eve.composer.press("Enter");
  }
  await ada.sees(hostile.at(-1) as string);
  const shown = await ada.page.evaluate<string[]>(
    "[...document.querySelectorAll('.message__text')].map((text) => text.textContent)",
  );
  // NUL and the like are the server's to refuse or keep; the rest arrives as it was typed.
  const readable = (text: string) => !text.includes("\u0000");
  const asShown = hostile.map((text) => (text === "__proto__" ? "proto" : text));
  expect(shown.filter(readable)).toEqual(asShown.filter(readable));

  // As names of rooms where they are allowed, and as topics in any case.
  const topics = hostile.filter((text) => text.length <= 250 && readable(text));
  for (const [i, topic] of topics.entries()) {
    await eve.page.getByRole("button", { name: "Make a room" }).click();
    await eve.page.getByLabel("Name", { exact: true }).fill(`room ${i}`);
    await eve.page.getByLabel("Topic, if you like").fill(topic);
    await eve.page.getByRole("button", { name: "Make the room" }).click();
    await eve.page.getByRole("heading", { level: 1, name: `room ${i}`, exact: true }).waitFor();
  }
  await ada.page.getByRole("button", { name: "Find a channel" }).click();
  await ada.page.getByRole("button", { name: `Join room ${topics.length - 1}` }).waitFor();
  await ada.page.keyboard.press("Escape");
  for (const name of hostile.slice(0, 6)) {
    await eve.say(`/create ${name}`);
    await eve.page.getByRole("alert").filter({ hasText: /\S/ }).waitFor();
    await eve.composer.fill("");
  }

  for (const { page, faults } of [ada, eve]) {
    expect(await page.evaluate("window.hurt")).toBeUndefined();
    expect(
      await page.evaluate(
        "document.querySelectorAll('#page :is(script, img, iframe, base, meta, style, template, object)').length",
      ),
    ).toBe(0);
    const links = await page.evaluate<{ href: string; rel: string; target: string }[]>(
      "[...document.querySelectorAll('.message a')].map(({ href, rel, target }) => ({ href, rel, target }))",
    );
    for (const link of links) {
      expect(link.href).toMatch(/^https?:\/\//);
      expect(link).toMatchObject({ rel: "noopener noreferrer nofollow", target: "_blank" });
    }
    expect(faults).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
  }
});

test("a name that would be markup is refused in words", async () => {
  const visitor = await come("x");
  await visitor.open("/");
  for (const name of ["<b>ada</b>", "a\u202eb", "x".repeat(33)]) {
    await visitor.page.getByLabel("Your name").fill(name);
    await visitor.page.keyboard.press("Enter");
    await visitor.page.getByRole("alert").getByText("That name cannot be used").waitFor();
  }
});

test("the page comes under a policy that runs nothing but its own files", async () => {
  const response = await fetch(cluster.url);
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toMatch(/default-src '(none|self)'/);
  expect(policy).toContain("script-src 'self'");
  expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|\*/);
  const html = await response.text();
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=/);
  expect(html).not.toMatch(/https?:\/\//);
});

test("the first load is at most 60 kB of JavaScript, gzipped", () => {
  const folder = projectFile("dist", "web");
  const read = (file: string) => readFileSync(`${folder}/${file}`);
  const first = new Set<string>();
  // What the page names, and what that imports without being asked.
  const add = (file: string) => {
    if (first.has(file)) return;
    first.add(file);
    for (const [, other] of read(file)
      .toString()
      .matchAll(/(?:from|import)"\.\/([^"]+\.js)"/g))
      add(`assets/${other}`);
  };
  for (const [, file] of read("index.html")
    .toString()
    .matchAll(/(?:src|href)="\/([^"]+\.js)"/g))
    add(file ?? "");
  expect(first.size).toBeGreaterThan(1);
  const bytes = [...first].reduce((sum, file) => sum + gzipSync(read(file)).length, 0);
  expect(bytes).toBeLessThanOrEqual(60_000);
  // The parser for formatting, the dialogs and the colours of code are the rest.
  expect(readdirSync(`${folder}/assets`).filter((file) => file.endsWith(".js")).length).toBeGreaterThan(
    first.size,
  );
});
