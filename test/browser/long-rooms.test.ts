import { describe, expect, test } from "vitest";
import { holds, measure, type Visitor } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { noting } from "../support/page-notes.ts";
import { receiveVisitors } from "../support/visitors.ts";

const visitors = receiveVisitors(servePageFixture);

async function look(path: string): Promise<Visitor> {
  const visitor = await visitors.look(path);
  await visitor.page.locator(".message").first().waitFor();
  return visitor;
}

const scroller = "document.querySelector('.timeline__scroller')";
/** Number of the first message in the document. */
const first = "Number(document.querySelector('.message').dataset.key.slice(-12))";
const elements = "document.querySelectorAll('*').length";
const aFrame = "new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))";

describe("a conversation of a thousand messages and more", () => {
  test("has no hole while one scrolls back by wheel, key and bar, and no more in the document than a shorter one", async () => {
    const messages = 1_500;
    const { page, sees } = await look(`/r/lobby?messages=${messages}`);
    const notes = await noting(page, async () => {
      await page.mouse.move(640, 400);
      while ((await measure(page, first)) > messages - 450) await page.mouse.wheel(0, -1_500);
      await page.locator(".timeline__scroller").focus();
      while ((await measure(page, first)) > messages - 550) await page.keyboard.press("PageUp");
      while ((await measure(page, first)) > 1) {
        await page.evaluate(`${scroller}.scrollTop = 0`);
        await page.evaluate(aFrame);
      }
    });
    expect(notes.frames).toBeGreaterThan(50);
    expect(notes.holes).toBe(0);
    // A message of the fixture and its frame are some fifteen elements.
    expect(notes.nodes).toBeLessThan(300 * 20);

    // What is said meanwhile takes nothing away from where one reads, and the newest are at hand at once.
    await page.evaluate("window.fake.hear('lobby', 'grace', 'Are you still there?')");
    await page.getByRole("button", { name: "1 new message" }).waitFor();
    expect(await measure(page, first)).toBe(1);
    await page.getByRole("button", { name: "1 new message" }).click();
    await sees("Are you still there?");
    await holds(page, `${scroller}.scrollHeight - ${scroller}.scrollTop - ${scroller}.clientHeight < 2`);
  });

  test("is left for a message far up, and for one between that and the newest", async () => {
    const { page } = await look("/r/lobby?messages=2600");
    const keyOf = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
    for (const n of [300, 1_300])
      await page.evaluate(
        `window.fake.change('message:pin', { room: 'lobby', id: 'p', of: { seq: ${n}, id: '${keyOf(n)}' }, on: true })`,
      );
    for (const [place, n] of [
      [0, 300],
      [1, 1_300],
    ] as const) {
      await page.locator("#composer").fill("/pins");
      await page.keyboard.press("Enter");
      await page
        .getByRole("dialog", { name: "Pinned in Lobby" })
        .locator(".kept__message")
        .nth(place)
        .click();
      await holds(page, `document.activeElement.dataset.key === '${keyOf(n)}'`);
    }
    expect(await measure(page, first)).toBeGreaterThan(1_000);
    await page.locator(".to-newest").click();
    await holds(page, `[...document.querySelectorAll('.message')].at(-1).dataset.key === '${keyOf(2_600)}'`);
  });

  test("can be read on from far up down to the newest", async () => {
    // Several times what is kept in the document.
    const { page } = await look("/r/lobby?messages=1200");
    while ((await measure(page, first)) > 1) {
      await page.evaluate(`${scroller}.scrollTop = 0`);
      await page.evaluate(aFrame);
    }
    await page.evaluate("window.fake.hear('lobby', 'grace', 'The end')");
    const keys = "[...document.querySelectorAll('.message')].map((message) => message.dataset.key)";
    const seen = new Set(await page.evaluate<string[]>(keys));
    const notes = await noting(page, async () => {
      while (!(await page.getByText("The end", { exact: true }).isVisible())) {
        await page.evaluate(`${scroller}.scrollTop += 4000`);
        await page.evaluate(aFrame);
        for (const key of await page.evaluate<string[]>(keys)) seen.add(key);
      }
    });
    expect(notes.holes).toBe(0);
    expect(seen.size).toBe(1_201);
  });
});

describe("thousands of people", () => {
  test("are no more in the document than those on screen", async () => {
    const { page, open } = await look("/r/lobby?people=50");
    await page.locator(".person").first().waitFor();
    const few = await measure(page, elements);
    await open("/r/lobby?people=5000");
    await page.locator(".message").first().waitFor();
    await page.locator(".person").first().waitFor();
    expect(await measure(page, elements)).toBeLessThan(few + 50);
    await page.locator(".people__rows").focus();
    const notes = await noting(page, async () => {
      for (let i = 0; i < 12; i++) await page.keyboard.press("End");
    });
    expect(notes.nodes).toBeLessThan(few + 300);
  });
});
