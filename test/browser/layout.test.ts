import { describe, expect, test } from "vitest";
import { holds, measure, phone } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { keepPictures } from "../support/pictures.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

describe("on a phone", () => {
  test("is one view at a time, with a back button that leads back", async () => {
    const { page, composer } = await look("/?form=1", phone);
    await page.getByLabel("Your name").fill("ada");
    await page.getByRole("button", { name: "Sign in" }).click();
    await composer.waitFor();
    expect(await page.getByRole("navigation", { name: "Rooms" }).count()).toBe(0);
    await page.goBack();
    await page.getByRole("navigation", { name: "Rooms" }).waitFor();
    await page.getByText("design", { exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "design" }).waitFor();
    await page.getByRole("button", { name: "About this room" }).click();
    await page.getByRole("heading", { name: "Members" }).waitFor();
    await page.goBack();
    await composer.waitFor();
    await page.getByRole("button", { name: "Back to rooms and people" }).click();
    await page.getByRole("navigation", { name: "Rooms" }).waitFor();
    // Nothing sticks out, and everything can be hit by a finger.
    expect(await measure(page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    const small = await page.evaluate(
      `[...document.querySelectorAll("a, button, input")].filter((e) => {
        const { width, height } = e.getBoundingClientRect();
        return e.checkVisibility() && !e.classList.contains('skip') && (width < 44 || height < 44)
          && !e.classList.contains('self__status');
      }).map((e) => e.outerHTML)`,
    );
    expect(small).toEqual([]);
  });

  test("stays whole at twice the size of text", async () => {
    const { page, composer, sees } = await look("/r/lobby", { viewport: { width: 640, height: 480 } });
    await composer.waitFor();
    await page.evaluate("document.documentElement.style.fontSize = '200%'");
    expect(await measure(page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(640);
    await composer.fill("still here");
    await composer.press("Enter");
    await sees("still here");
  });
});

test("a chosen theme holds through a reload, before the first paint", async () => {
  const { page } = await look("/r/lobby", { colorScheme: "light" });
  await page.getByRole("button", { name: "Settings" }).click();
  await page.getByLabel("Dark").click();
  await page.reload();
  await holds(page, "getComputedStyle(document.documentElement).colorScheme === 'dark'");
});

test("among two hundred rooms, one that calls for somebody says so where it is out of sight, and is a step away", async () => {
  const { page, composer } = await look("/r/lobby?rooms=200&people=5000");
  await composer.waitFor();
  const more = page.getByRole("button", { name: "1 more for you" });
  await more.waitFor();
  await keepPictures(page, "two hundred rooms");
  await more.click();
  await more.waitFor({ state: "detached" });
  await holds(
    page,
    "document.activeElement.matches('.room-row') && document.activeElement.innerText.includes('grace')",
  );
  await page.evaluate("document.querySelector('.sidebar__scroller').scrollTop = 0");
  await more.waitFor();
  await page.evaluate("window.fake.emit({ type: 'read', room: 'd-grace', n: 12, mentions: 0 })");
  await more.waitFor({ state: "detached" });
});

test("a name in the list of people is cut for nothing that a sign says as well", async () => {
  const { page, composer } = await look("/r/lobby", { viewport: { width: 1440, height: 900 } });
  await composer.waitFor();
  await page.locator(".people .person__name", { hasText: "bjarne" }).waitFor();
  expect(
    await page.evaluate(
      "[...document.querySelectorAll('.people .person__name')].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent)",
    ),
  ).toEqual([]);
});
