import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, phone } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

describe("the switcher", () => {
  test("leads to rooms, people and channels by a few letters, what is unread first", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "Name of a room or a person" });
    await field.waitFor();
    await holds(page, "document.activeElement.getAttribute('role') === 'combobox'");
    const chosen = page.locator('[role="option"][aria-selected="true"]');
    // Talked in four minutes ago, and unread.
    await chosen.getByText("grace").waitFor();
    await page.keyboard.type("rls");
    await chosen.getByText("release 4.2").waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "release 4.2" }).waitFor();
    await page.getByRole("dialog").waitFor({ state: "hidden" });

    await page.keyboard.press("Control+k");
    await page.keyboard.type("radia");
    await page.getByRole("option", { name: /^radia/ }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "radia" }).waitFor();

    await page.keyboard.press("Control+k");
    await page.keyboard.type("gar");
    await page.getByRole("option", { name: "garden" }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "garden" }).waitFor();

    await page.keyboard.press("Control+k");
    await page.keyboard.type("no such thing");
    await page.getByText("Nobody and no room has a name like this.").waitFor();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await holds(page, "document.activeElement.id === 'composer'");
  });

  test("is there for a finger as well", async () => {
    const { page } = await look("/", phone);
    await page.getByRole("button", { name: "Go to a room or a person" }).click();
    await page.getByRole("option", { name: /^design/ }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("option", { name: /^design/ }).click();
    await page.getByRole("heading", { level: 1, name: "design" }).waitFor();
  });
});

test("the help lists what the keys do, and every one of the page's keys does it", async () => {
  const { page, composer } = await look("/r/lobby");
  await composer.waitFor();
  await page.keyboard.press("Control+/");
  const help = page.getByRole("dialog", { name: "Commands and keys" });
  await help.getByText("Go to a room or a person").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Shift+K");
  await holds(page, "document.activeElement.id === 'people-search'");
  await page.keyboard.press("Escape");
  await holds(page, "document.activeElement.id === 'composer'");
  // However fast one is: the search must not take the focus back with a later frame.
  const focused = await page.evaluate<string>(`new Promise((resolve) => {
    const press = (init) =>
      document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }));
    press({ key: "K", ctrlKey: true, shiftKey: true });
    press({ key: "Escape" });
    let frames = 4;
    const frame = () => (frames-- > 0 ? requestAnimationFrame(frame) : resolve(document.activeElement.id));
    frame();
  })`);
  expect(focused).toBe("composer");
  await page.keyboard.press("Alt+ArrowDown");
  await page.getByRole("heading", { level: 1, name: "board" }).waitFor();
});

describe("by keyboard alone", () => {
  test("sign in, switch rooms, complete a command, write to somebody, leave a dialog", async () => {
    const { page, composer, sees } = await look("/?form=1");
    await page.keyboard.type("ada");
    await page.keyboard.press("Enter");
    await composer.waitFor();
    await holds(page, "document.activeElement.id === 'composer'");
    await page.keyboard.press("Alt+ArrowDown");
    await page.getByRole("heading", { level: 1, name: "board" }).waitFor();
    await page.keyboard.press("Alt+ArrowUp");
    await page.getByRole("heading", { level: 1, name: "Lobby" }).waitFor();
    await holds(page, "document.activeElement.id === 'composer'");
    await page.keyboard.type("/ms");
    await page.getByRole("option").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type("gra");
    await page.getByRole("option", { name: "grace" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await holds(page, "document.querySelector('#composer').value === '/msg grace '");
    await page.keyboard.type("are you there?");
    await page.keyboard.press("Enter");
    await page.getByText("To grace (#2)").waitFor();
    await page.getByRole("heading", { level: 1, name: "grace" }).waitFor();
    await sees("are you there?");
    await page.keyboard.type("/help");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Commands and keys" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await holds(page, "document.activeElement.id === 'composer'");
  });

  test("who chooses in the moment in which the suggestions come keeps the choice", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await page.evaluate(`new Promise((resolve) => {
      const composer = document.querySelector("#composer");
      new MutationObserver((_, observer) => {
        if (document.querySelector("[role=option]") === null) return;
        observer.disconnect();
        composer.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true, cancelable: true }));
        let frames = 4;
        const frame = () => (frames-- > 0 ? requestAnimationFrame(frame) : resolve());
        frame();
      }).observe(document.body, { childList: true, subtree: true });
      composer.value = "/";
      composer.dispatchEvent(new Event("input", { bubbles: true }));
    })`);
    expect(await composer.getAttribute("aria-activedescendant")).not.toBeNull();
  });

  test("Enter is never taken from somebody who types a path or composes a word", async () => {
    const { page, composer, sees } = await look("/r/lobby");
    await composer.waitFor();
    await page.keyboard.type("/usr/bin");
    await page.keyboard.press("Enter");
    await sees("/usr/bin");
    await page.keyboard.type("/l");
    await page.getByRole("option").first().waitFor();
    await page.keyboard.press("Enter");
    // Neither completed nor sent: told what there is, and kept.
    await page.getByRole("alert").getByText("There is no /l.").waitFor();
    expect(await composer.inputValue()).toBe("/l");
    await composer.fill("にほん");
    await composer.dispatchEvent("keydown", { key: "Enter", isComposing: true, bubbles: true });
    expect(await composer.inputValue()).toBe("にほん");
    await composer.press("Shift+Enter");
    expect(await composer.inputValue()).toBe("にほん\n");
  });
});

test("a dialog that is opened right after another was closed stays open", async () => {
  const { page, composer } = await look("/r/lobby");
  await composer.waitFor();
  await page.keyboard.press("Control+k");
  await page.locator("dialog[open]").waitFor();
  // The key comes before the browser's word that the first one is closed, as it may on a busy machine.
  await page.evaluate(`new Promise((resolve) => {
    const dialog = document.querySelector("dialog[open]");
    dialog.addEventListener("close", () => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    dialog.close();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", ctrlKey: true, bubbles: true, cancelable: true }));
  })`);
  await page.getByRole("dialog", { name: "Commands and keys" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
});
