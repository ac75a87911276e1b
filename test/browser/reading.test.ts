import { describe, expect, test } from "vitest";
import { holds, measure } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

const log = "document.querySelector('.timeline__scroller')";
/** The message at the top edge, and how far it is from it: what one reads. */
const place = `(() => {
  const edge = ${log}.getBoundingClientRect().top;
  const first = [...document.querySelectorAll('.message')].find((m) => m.getBoundingClientRect().bottom > edge);
  return first.dataset.key + ' ' + Math.round(first.getBoundingClientRect().top - edge);
})()`;

describe("history", () => {
  test("comes as one scrolls up, without moving what one reads, to the beginning", async () => {
    const { page, composer } = await look("/r/lobby?messages=600");
    await composer.waitFor();
    await holds(page, `${log}.scrollHeight - ${log}.scrollTop - ${log}.clientHeight < 2`);
    const seen = new Set<string>();
    for (let round = 0; round < 300; round++) {
      if (await page.getByText("This is where the lobby begins").isVisible()) break;
      await page.evaluate(`${log}.scrollTop -= 600`);
      const before = await page.evaluate<string>(place);
      // Two frames: the page has heard of the scrolling, and drawn what it made of it.
      await page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))",
      );
      expect(await page.evaluate(place)).toBe(before);
      for (const key of await page.evaluate<string[]>(
        "[...document.querySelectorAll('.message')].map((m) => m.dataset.key)",
      ))
        seen.add(key);
      expect(await measure(page, "document.querySelectorAll('.message').length")).toBeLessThanOrEqual(310);
    }
    await page.getByText("This is where the lobby begins").waitFor();
    expect(seen.size).toBe(600);
  });

  test("what arrives meanwhile is counted in a pill that leads down to it", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await holds(page, `${log}.scrollTop > 600`);
    await page.evaluate(`${log}.scrollTop -= 500`);
    await page.getByRole("button", { name: "To the newest message" }).waitFor();
    // Not how far the log is scrolled: what stands above may still get its quotes.
    const before = await page.evaluate<string>(place);
    await page.evaluate("window.fake.hear('lobby', 'linus', 'one', 'two', 'three')");
    const pill = page.getByRole("button", { name: "3 new messages" });
    await pill.waitFor();
    expect(await page.evaluate(place)).toBe(before);
    await pill.click();
    await page.getByText("three", { exact: true }).waitFor();
    await holds(page, `${log}.scrollHeight - ${log}.scrollTop - ${log}.clientHeight < 2`);
    await pill.waitFor({ state: "hidden" });
  });

  test("what one reads stays in its place when the window changes", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await holds(page, `${log}.scrollTop > 600`);
    const following = `${log}.scrollHeight - ${log}.scrollTop - ${log}.clientHeight < 2`;
    await page.setViewportSize({ width: 500, height: 500 });
    await holds(page, following);
    await page.setViewportSize({ width: 1200, height: 900 });
    await holds(page, following);
  });
});

describe("a burst", () => {
  test("of two thousand messages is drawn frame by frame, bounded, and summed up for a screen reader", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    // Of many, and then of one person, whose messages are one long group.
    const made = await page.evaluate<number>(`new Promise((done) => {
      let sent = 0, made = 0;
      const count = (records) => {
        for (const { addedNodes } of records)
          for (const node of addedNodes)
            if (node instanceof Element)
              made += node.querySelectorAll('.message').length + (node.matches('.message') ? 1 : 0);
      };
      const observer = new MutationObserver(count);
      observer.observe(document.body, { childList: true, subtree: true });
      const step = () => {
        for (let i = 0; i < 20; i++) {
          const by = sent < 1000 && i % 2 ? 'linus' : 'grace';
          window.fake.hear('lobby', by, 'burst ' + sent++);
        }
        if (sent < 2000) requestAnimationFrame(step);
        else requestAnimationFrame(() => requestAnimationFrame(() => { count(observer.takeRecords()); done(made); }));
      };
      requestAnimationFrame(step);
    })`);
    await page.getByText("burst 1999", { exact: true }).waitFor();
    expect(await measure(page, "document.querySelectorAll('.message').length")).toBeLessThanOrEqual(410);
    // Each once, and what is on screen once more where the start of what is drawn moves on; each frame anew would be 30,000.
    expect(made).toBeGreaterThanOrEqual(1_000);
    expect(made).toBeLessThan(8_000);
    await holds(page, `/new messages from/.test(document.querySelector('.chat > [aria-live]').textContent)`);
  });
});

test("what one came for counts as read once it is on screen, and not before", async () => {
  const { page, composer } = await look("/r/lobby");
  await composer.waitFor();
  const rooms = page.getByRole("navigation", { name: "Rooms" });
  await rooms.getByRole("link", { name: "Lobby" }).locator(".unread").waitFor({ state: "detached" });
  await rooms.getByRole("link", { name: "design 3 unread" }).click();
  await rooms.getByRole("link", { name: "design" }).locator(".unread").waitFor({ state: "detached" });
  await holds(page, `${log}.scrollTop > 0 || ${log}.scrollHeight === ${log}.clientHeight`);
  await rooms.getByRole("link", { name: "Lobby" }).click();
  await holds(page, `${log}.scrollTop > 600`);
  await page.evaluate(`${log}.scrollTop = 0`);
  await page.getByRole("button", { name: "To the newest message" }).waitFor();
  await page.evaluate("window.fake.hear('lobby', 'linus', 'not seen yet')");
  await rooms.getByRole("link", { name: "Lobby 1 unread" }).waitFor();
  await page.keyboard.press("Escape");
  await rooms.getByRole("link", { name: "Lobby" }).locator(".unread").waitFor({ state: "detached" });
});
