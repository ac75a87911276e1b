import type { BrowserContextOptions } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, measure, phone } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { come, look } = receiveVisitors(servePageFixture);

const log = "document.querySelector('.timeline__scroller')";
const fake = (code: string) => `(() => { ${code} })()`;

describe("without violations of the accessibility rules", () => {
  const looks: [string, BrowserContextOptions][] = [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["more contrast", { contrast: "more" }],
    ["phone", { ...phone, colorScheme: "dark" }],
  ];
  for (const [name, options] of looks) {
    test(`${name}: signing in, and a name that is taken`, async () => {
      const { page } = await look("/?form=1&refuse=conflict", options);
      await page.getByLabel("Your name").fill("grace");
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("Somebody else is grace right now").waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByLabel("Your name").fill("grace h");
      expect(await page.getByLabel("Your name").inputValue()).toBe("grace h");
    });

    test(`${name}: a conversation with everything in it`, async () => {
      const { page, composer } = await look("/r/lobby", options);
      await composer.waitFor();
      await page.evaluate(fake("window.fake.sending = 'fails'"));
      await composer.fill("not this time");
      await composer.press("Enter");
      await page.getByRole("button", { name: "Try again" }).waitFor();
      await page.evaluate(
        fake(`window.fake.sending = 'waits';
          window.fake.emit({ type: 'connection', state: 'offline' });`),
      );
      await composer.fill("later");
      await composer.press("Enter");
      await page.getByText("1 message is waiting here").waitFor();
      await composer.fill("/msg gr");
      await page.getByRole("option").first().waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
    });

    test(`${name}: rooms and people, about a room, dialogs, a room that is not there`, async () => {
      const { page, open } = await look("/", options);
      await page.getByRole("button", { name: "Make a room" }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      for (const dialog of ["Make a room", "Find a channel", "Settings"]) {
        await page.getByRole("button", { name: dialog, exact: true }).click();
        await page.getByRole("dialog").waitFor();
        expect(await accessibilityProblems(page)).toEqual([]);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
      }
      await open("/r/r-design/about");
      await page.getByRole("heading", { name: "About" }).waitFor();
      await page.getByRole("heading", { name: "Members" }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await open("/r/nowhere?version=0.2.0");
      await page.getByRole("heading", { name: "You are not in this room" }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
    });
  }
});

describe("history", () => {
  test("comes as one scrolls up, without moving what one reads, to the beginning", async () => {
    const { page, composer } = await look("/r/lobby?messages=900");
    await composer.waitFor();
    await holds(page, `${log}.scrollHeight - ${log}.scrollTop - ${log}.clientHeight < 2`);
    const seen = new Set<string>();
    // The message at the top edge, and how far it is from it.
    const place = `(() => {
      const edge = ${log}.getBoundingClientRect().top;
      const first = [...document.querySelectorAll('.message')].find((m) => m.getBoundingClientRect().bottom > edge);
      return first.dataset.key + ' ' + Math.round(first.getBoundingClientRect().top - edge);
    })()`;
    for (let round = 0; round < 400; round++) {
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
    expect(seen.size).toBe(900);
  });

  test("what arrives meanwhile is counted in a pill that leads down to it", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await holds(page, `${log}.scrollTop > 600`);
    await page.evaluate(`${log}.scrollTop -= 500`);
    await page.getByRole("button", { name: "To the newest message" }).waitFor();
    const top = await measure(page, `${log}.scrollTop`);
    await page.evaluate("window.fake.hear('lobby', 'linus', 'one', 'two', 'three')");
    const pill = page.getByRole("button", { name: "3 new messages" });
    await pill.waitFor();
    expect(await measure(page, `${log}.scrollTop`)).toBe(top);
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

describe("five thousand people", () => {
  test("are a list of a few rows, which goes on as one scrolls and can be searched and walked by keyboard", async () => {
    const { page, composer } = await look("/r/lobby?people=5000");
    await composer.waitFor();
    const rows = page.locator(".people .person");
    await rows.first().waitFor();
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

describe("what the page says", () => {
  test("that it signs in, and that the server does not answer", async () => {
    const { page, open } = await look("/?form=1&connect=-1");
    await page.getByLabel("Your name").fill("ada");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Signing in" }).waitFor();
    await page.evaluate(fake("window.fake.emit({ type: 'connection', state: 'offline' })"));
    await page.getByText("The server does not answer.").waitFor();
    await open("/r/lobby?connect=-1");
    await page.getByText("Signing in as ada").waitFor();
    await page.evaluate(fake("window.fake.emit({ type: 'connection', state: 'offline' })"));
    await page.getByText("The server does not answer.").waitFor();
    await page.getByRole("button", { name: "Use another name" }).click();
    await page.getByLabel("Your name").waitFor();
  });

  test("that it was interrupted and is back; a node that said that it goes away is no interruption", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    const emit = (event: string) => page.evaluate(fake(`window.fake.emit(${event})`));
    await emit("{ type: 'draining', reconnectInMs: 60000 }");
    await emit("{ type: 'connection', state: 'connecting' }");
    await emit("{ type: 'connection', state: 'online' }");
    await emit("{ type: 'connection', state: 'offline' }");
    await page.getByText("No connection.").waitFor();
    await emit("{ type: 'connection', state: 'online' }");
    await page.getByText("Connected again.").waitFor();
    await page.getByText("Connected again.").waitFor({ state: "hidden" });
    await emit("{ type: 'degraded', reason: 'redis' }");
    await page.getByText("The server has trouble right now.").waitFor();
    await emit("{ type: 'recovered' }");
    await page.getByText("The server has trouble right now.").waitFor({ state: "hidden" });
  });

  test("how long one has to wait when one was too fast", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await page.evaluate(fake("window.fake.sending = 'waits'"));
    await composer.fill("hasty");
    await composer.press("Enter");
    await page.evaluate(fake("window.fake.emit({ type: 'slowed', room: 'lobby', retryAfterMs: 2500 })"));
    await page.getByText("That was a little fast.").waitFor();
    await page.getByText("3 seconds").waitFor();
    await page.getByText("1 second", { exact: true }).waitFor();
    await page.getByText("That was a little fast.").waitFor({ state: "hidden" });
  });

  test("that one was signed out elsewhere, and keeps what was being written", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.fill("half a sent");
    await page.evaluate(
      fake(
        `window.fake.emit({ type: 'connection', state: 'ended', error: { code: 'unauthorized', message: 'x' } })`,
      ),
    );
    await page.getByRole("heading", { name: "You are signed out" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Sign in again" }).click();
    await page.getByLabel("Your name").press("Enter");
    await composer.waitFor();
    expect(await composer.inputValue()).toBe("half a sent");
  });

  test("that there is a newer version, and keeps the draft through the reload", async () => {
    const { page, composer } = await look("/r/lobby?version=0.10.0");
    await composer.fill("unfinished");
    await page.getByRole("button", { name: "Reload" }).click();
    await composer.waitFor();
    await holds(page, "document.querySelector('#composer').value === 'unfinished'");
  });

  test("a failed message stays where it is, and goes or leaves as one says", async () => {
    const { page, composer, sees } = await look("/r/lobby");
    await composer.waitFor();
    await page.evaluate(fake("window.fake.sending = 'fails'"));
    for (const text of ["first try", "never mind"]) {
      await composer.fill(text);
      await composer.press("Enter");
    }
    const failed = page.locator(".message--failed");
    await failed.nth(1).waitFor();
    await failed.nth(1).getByRole("button", { name: "Discard" }).click();
    await page.evaluate(fake("window.fake.sending = 'works'"));
    await failed.nth(0).getByRole("button", { name: "Try again" }).click();
    await sees("first try");
    expect(await page.getByText("never mind").count()).toBe(0);
  });
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
