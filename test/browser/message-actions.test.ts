import type { BrowserContextOptions } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, measure, phone } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { hold } from "../support/touch.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

/** Ada, in the lobby. */
async function inLobby(options: BrowserContextOptions = {}) {
  const visitor = await look("/r/lobby", options);
  await visitor.composer.waitFor();
  return { ...visitor, row: (text: string) => visitor.page.locator(".message", { hasText: text }).last() };
}

describe("the toolbar of a message", () => {
  test("appears where one points, moves nothing, and leads to everything that can be done", async () => {
    const { page, row } = await inLobby();
    const mine = row("I can take a look at the search page");
    await mine.scrollIntoViewIfNeeded();
    const places =
      "JSON.stringify([...document.querySelectorAll('.message')].map((m) => m.getBoundingClientRect().top))";
    // What comes on demand, such as the colours of code, may move a pixel: it has come once nothing moves for a while.
    let before = "";
    for (let same = 0; same < 10; ) {
      const now = await page.evaluate<string>(
        `new Promise((done) => requestAnimationFrame(() => done(${places})))`,
      );
      same = now === before ? same + 1 : 0;
      before = now;
    }
    await mine.hover();
    await page.getByRole("toolbar", { name: "Message actions" }).waitFor();
    expect(await page.evaluate(places)).toBe(before);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "More actions" }).click();
    const menu = page.getByRole("menu");
    await menu.waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await menu.waitFor({ state: "hidden" });
    await row("Nice.").hover();
    expect(await page.getByRole("toolbar").count()).toBe(1);
  });

  test("offers to change only what is one's own", async () => {
    const { page, row } = await inLobby();
    await row("Nice.").hover();
    await page.getByRole("toolbar").waitFor();
    expect(await page.getByRole("button", { name: "Edit", exact: true }).count()).toBe(0);
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Copy text" }).waitFor();
    expect(await page.getByRole("menuitem", { name: "Delete" }).count()).toBe(0);
  });
});

describe("by keyboard alone", () => {
  test("one edits the last message, leaves it as it was, and keeps what else was being written", async () => {
    const { page, composer, sees, say } = await inLobby();
    await say("a tpyo");
    await sees("a tpyo");
    await page.keyboard.press("ArrowUp");
    const editing = page.getByRole("textbox", { name: "Change your message" });
    await editing.waitFor();
    expect(await editing.inputValue()).toBe("a tpyo");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("textbox", { name: "Message Lobby" }).waitFor();
    await page.keyboard.press("ArrowUp");
    await editing.fill("a typo");
    await page.keyboard.press("Enter");
    await page.locator(".message", { hasText: "a typo" }).getByText("(edited)").waitFor();
    await page.getByRole("textbox", { name: "Message Lobby" }).waitFor();
    await holds(page, "document.activeElement.id === 'composer'");
    expect(await composer.inputValue()).toBe("");
  });

  test("one walks through the messages, opens what can be done, deletes one, and is back at writing", async () => {
    const { page, sees, say, row } = await inLobby();
    for (const text of ["first of mine", "second of mine", "third of mine"]) {
      await say(text);
      await sees(text);
    }
    await page.getByRole("log").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await holds(page, "document.activeElement.textContent.startsWith('second of mine')");
    await page.locator(".message:focus [role=toolbar]").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("menuitem", { name: "Edit" }).waitFor();
    await holds(page, "document.activeElement.getAttribute('role') === 'menuitem'");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Delete this message?" });
    await dialog.waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await holds(page, "document.activeElement.textContent.startsWith('second of mine')");
    await page.locator(".message:focus [role=toolbar]").waitFor();
    await page.keyboard.press("Delete");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await row("This message was deleted.").waitFor();
    expect(await page.getByText("second of mine").count()).toBe(0);
    await page.getByRole("log").focus();
    await page.keyboard.press("ArrowUp");
    await page.locator(".message:focus [role=toolbar]").waitFor();
    await page.keyboard.press("e");
    await page.getByRole("textbox", { name: "Change your message" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("log").focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Escape");
    await holds(page, "document.activeElement.id === 'composer'");
  });
});

describe("on a phone", () => {
  test("a finger held on a message opens a sheet of targets that a finger hits", async () => {
    const { page, row, say, sees } = await inLobby(phone);
    await say("from the tram");
    await sees("from the tram");
    const sheet = page.getByRole("menu");
    await hold(row("from the tram"), sheet);
    const edit = page.getByRole("menuitem", { name: "Edit" });
    expect((await edit.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    expect(await measure(page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await accessibilityProblems(page)).toEqual([]);
    await edit.tap();
    await sheet.waitFor({ state: "hidden" });
    await page.getByRole("textbox", { name: "Change your message" }).press("Escape");
    // On a small screen the sheet ends in the middle of a row: one sees that there is more.
    await page.setViewportSize({ width: 390, height: 520 });
    await hold(row("from the tram"), sheet);
    const cut = await page.evaluate<number[]>(`(() => {
      const end = document.querySelector('.popup').getBoundingClientRect().bottom;
      const rows = [...document.querySelectorAll('[role=menuitem]')].map((row) => row.getBoundingClientRect());
      return rows.filter(({ top, bottom }) => top < end - 12 && bottom > end + 12).map(({ top }) => end - top);
    })()`);
    expect(cut).toHaveLength(1);
    await edit.tap();
    await sheet.waitFor({ state: "hidden" });
    const editing = page.getByRole("textbox", { name: "Change your message" });
    await editing.fill("from the train");
    await page.getByRole("button", { name: "Save" }).tap();
    await row("from the train").getByText("(edited)").waitFor();
  });
});

test("who deletes a message is asked with its words, not with the marks of their formatting", async () => {
  const { page, sees, say, row } = await inLobby();
  await say("**Never** say `rm -rf`\n> they said");
  await sees("Never say rm -rfthey said");
  await row("Never say").focus();
  await row("Never say").getByRole("toolbar").waitFor();
  await page.keyboard.press("Delete");
  const quoted = page.getByRole("dialog", { name: "Delete this message?" }).locator("blockquote");
  expect(await quoted.textContent()).toBe("Never say rm -rf\nthey said");
});

test("without a connection a change is refused with a word, and what was typed stays", async () => {
  const { page, say, sees } = await inLobby();
  await say("all is wel");
  await sees("all is wel");
  await page.evaluate("window.fake.sending = 'waits'");
  await page.keyboard.press("ArrowUp");
  const editing = page.getByRole("textbox", { name: "Change your message" });
  await editing.fill("all is well");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("There is no connection, so nothing was changed.").waitFor();
  expect(await editing.inputValue()).toBe("all is well");
  await page.evaluate("window.fake.sending = 'works'");
  await page.keyboard.press("Enter");
  await page.locator(".message", { hasText: "all is well" }).getByText("(edited)").waitFor();
});
