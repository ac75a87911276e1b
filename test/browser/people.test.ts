import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, measure } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { keepPictures } from "../support/pictures.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { come, look } = receiveVisitors(servePageFixture);

describe("five thousand people", () => {
  test("are a list of a few rows, which goes on as one scrolls and can be searched and walked by keyboard", async () => {
    const { page, composer } = await look("/r/lobby?people=5000");
    await composer.waitFor();
    const rows = page.locator(".people .person");
    await rows.first().waitFor();
    await keepPictures(page, "five thousand people");
    const list = "document.querySelector('.people__rows')";
    for (let round = 0; round < 3; round++) {
      const height = await measure(page, `${list}.scrollHeight`);
      await page.evaluate(`${list}.scrollTop = ${list}.scrollHeight`);
      await holds(page, `${list}.scrollHeight > ${height}`);
      expect(await rows.count()).toBeLessThan(60);
    }
    await page.keyboard.press("Control+Shift+K");
    await page.keyboard.type("vint.1");
    await page
      .getByRole("button", { name: /^vint\.1\b/ })
      .first()
      .waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: /^vint\.1/ }).waitFor();
    expect(await rows.count()).toBeLessThan(60);
  });
});

describe("how others see one", () => {
  test("is chosen in words, with a line that ends by itself, and shown where one's name stands", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    const change = page.getByRole("button", { name: /Change how others see you/ });
    await change.click();
    const dialog = page.getByRole("dialog", { name: "How others see you" });
    await dialog.getByLabel("Do not disturb").check();
    await dialog.getByRole("button", { name: "In a meeting" }).click();
    await dialog.getByLabel("For how long").selectOption({ label: "1 hour" });
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPictures(page, "how others see you");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
    await change.getByText("📅 In a meeting").waitFor();
    await change.click();
    expect(await dialog.getByLabel("What are you doing?").inputValue()).toBe("In a meeting");
    await dialog.getByLabel("Invisible").check();
    await dialog.getByRole("button", { name: "Take 📅 away" }).click();
    await dialog.getByLabel("What are you doing?").fill("");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
    await change.getByText("Invisible").waitFor();
  });

  test("becomes away by itself when nobody touches the page for five minutes, and ends with the first touch", async () => {
    const { page, composer, open } = await come("ada");
    await page.clock.install();
    await open("/r/lobby");
    await composer.waitFor();
    const change = page.getByRole("button", { name: /Change how others see you/ });
    await page.mouse.move(5, 5);
    await page.clock.runFor(4 * 60_000);
    expect(await change.textContent()).toContain("Online");
    await page.clock.runFor(2 * 60_000);
    await change.getByText("Away").waitFor();
    await page.mouse.move(9, 9);
    await page.clock.runFor(1_000);
    await change.getByText("Online").waitFor();
  });
});

test("words that name a time go on with it while nothing happens: minutes ago, and yesterday", async () => {
  const { page, composer, open } = await come("ada");
  await page.clock.install({ time: new Date("2026-03-10T23:50:00") });
  await open("/r/lobby");
  await composer.waitFor();
  await page.locator(".day__line", { hasText: "Today" }).waitFor();
  await page.clock.runFor(12 * 60_000);
  await page.locator(".day__line", { hasText: "Yesterday" }).waitFor();
  expect(await page.locator(".day__line", { hasText: "Today" }).count()).toBe(0);

  await page.evaluate(`(() => {
    const user = { id: 'u-0', name: 'grace', number: null, status: 'offline', since: null };
    window.fake.emit({ type: 'users-changed', changes: [{ online: false, user }] });
  })()`);
  await page.getByRole("navigation", { name: "Rooms" }).getByText("grace", { exact: true }).click();
  await page.getByText("Last seen 5 minutes ago").waitFor();
  await page.clock.runFor(4 * 60_000);
  await page.getByText("Last seen 8 minutes ago").waitFor();
});
