import type { BrowserContextOptions } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, measure, phone } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

/** Ada, in the lobby. */
async function inLobby(options: BrowserContextOptions = {}) {
  const visitor = await look("/r/lobby", options);
  await visitor.composer.waitFor();
  const react = (by: string, emoji: string) =>
    visitor.page.evaluate(`window.fake.react('lobby', '${by}', '${emoji}')`);
  return { ...visitor, react };
}

describe("reactions", () => {
  const looks: [string, BrowserContextOptions][] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["more contrast", { contrast: "more" }],
  ];
  for (const [name, options] of looks) {
    test(`${name}: are counted, joined and taken back, and name who reacted`, async () => {
      const { page, react } = await inLobby(options);
      await react("grace", "👍");
      await react("linus", "👍");
      const chip = page.getByRole("button", { name: /^👍/u });
      await chip.waitFor();
      expect(await chip.getAttribute("aria-pressed")).toBe("false");
      await chip.click();
      await page.locator(".chip[aria-pressed=true]").waitFor();
      expect(await chip.getAttribute("aria-label")).toBe("👍 3 people, you among them");
      await chip.hover();
      await page.getByText("ada, grace and linus reacted with :+1:").waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await chip.click();
      await page.locator(".chip[aria-pressed=false]").first().waitFor();
      expect(await chip.getAttribute("aria-label")).toBe("👍 2 people");
    });
  }

  test("are chosen by a name typed in one go, also while the emoji are still on their way", async () => {
    const { page } = await inLobby();
    let letCome = () => {};
    const mayCome = new Promise<void>((resolve) => {
      letCome = resolve;
    });
    const table = /\/table-[^/]*\.js$/;
    const asked = page.waitForRequest(table);
    await page.route(table, async (route) => {
      await mayCome;
      await route.continue();
    });
    await page.getByRole("log").focus();
    await page.keyboard.press("ArrowUp");
    await page.locator(".message:focus [role=toolbar]").waitFor();
    await page.keyboard.press("+");
    await holds(page, "document.activeElement.matches('.picker input')");
    await page.keyboard.type("tada");
    await page.keyboard.press("Enter");
    await asked;
    letCome();
    await page.getByRole("button", { name: "🎉 1 person, you among them" }).waitFor();
  });

  test("are chosen by name with the keyboard alone, and those used last come first", async () => {
    const { page } = await inLobby();
    await page.getByRole("log").focus();
    await page.keyboard.press("ArrowUp");
    await page.locator(".message:focus [role=toolbar]").waitFor();
    await page.keyboard.press("+");
    const search = page.getByRole("combobox", { name: "Find an emoji by name" });
    await search.waitFor();
    await page.keyboard.type("tada");
    await page.getByRole("option", { name: "tada" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "🎉 1 person, you among them" }).waitFor();
    await holds(page, "document.activeElement.matches('.message')");
    await page.keyboard.press("+");
    await page.getByRole("group", { name: "Used last" }).getByRole("option", { name: "tada" }).waitFor();
    await holds(page, "document.querySelector('[role=option][aria-selected=true]').ariaLabel === 'tada'");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await holds(page, "document.querySelector('[role=option][aria-selected=true]').ariaLabel === 'smiley'");
    for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowDown");
    // Beyond what is drawn at first.
    await page.getByRole("group", { name: "People & Body" }).waitFor();
    await page.keyboard.type("zzzz");
    await page.getByText("Nothing is called that.").waitFor();
    await page.keyboard.press("Escape");
    await search.waitFor({ state: "hidden" });
    await holds(page, "document.activeElement.matches('.message')");
  });

  test("on a phone fit, are hit by a finger, and tell who reacted when one is held", async () => {
    const { page, react } = await inLobby(phone);
    await react("grace", "👍");
    const chip = page.getByRole("button", { name: /^👍/u });
    const box = await chip.boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    const session = await page.context().newCDPSession(page);
    const touchPoints = [{ x: (box?.x ?? 0) + 10, y: (box?.y ?? 0) + 20 }];
    await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
    const dialog = page.getByRole("dialog", { name: "Who reacted" });
    await dialog.getByText("grace").waitFor();
    await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Close" }).tap();
    await page.getByRole("button", { name: "React with another emoji" }).tap();
    await page.getByRole("option", { name: "grinning" }).first().waitFor();
    expect(await measure(page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("option", { name: "heart eyes", exact: true }).tap();
    await page.getByRole("button", { name: "😍 1 person, you among them" }).waitFor();
  });
});

describe("emoji in what one writes", () => {
  test("are picked, completed by name, or finished by a colon; a smiley and a time stay what they are", async () => {
    const { page, composer, sees } = await inLobby();
    await composer.fill("well");
    await page.getByRole("button", { name: "Insert an emoji" }).click();
    await page.getByRole("combobox", { name: "Find an emoji by name" }).fill("wave");
    await page.getByRole("option", { name: "wave", exact: true }).waitFor();
    await page.keyboard.press("Enter");
    await holds(page, "document.querySelector('#composer').value === 'well👋'");
    await composer.fill("");
    await page.keyboard.type(":smil");
    await page.getByRole("option", { name: ":smile:" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Tab");
    await holds(page, "document.querySelector('#composer').value === '😄 '");
    await composer.fill("");
    await page.keyboard.type("done :tada:");
    await holds(page, "document.querySelector('#composer').value === 'done 🎉'");
    await page.keyboard.press("Enter");
    await sees("done 🎉");
    for (const text of [":)", "at 12:30", ":D"]) {
      await page.keyboard.type(text);
      await page.keyboard.press("Enter");
      await sees(text);
    }
  });
});

test("what an edited message said before is shown to whoever asks", async () => {
  const { page, say, sees } = await inLobby();
  await say("second thoughts");
  await sees("second thoughts");
  await page.keyboard.press("ArrowUp");
  await page.getByRole("textbox", { name: "Change your message" }).fill("third thoughts");
  await page.keyboard.press("Enter");
  await page
    .locator(".message", { hasText: "third thoughts" })
    .getByRole("button", { name: "(edited)" })
    .click();
  const dialog = page.getByRole("dialog", { name: "Versions of this message" });
  await dialog.getByText("What it said at first").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
});
