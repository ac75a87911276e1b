import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import type { Visitor } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { keepInBothSchemes, keepPictures } from "../support/pictures.ts";
import { hold } from "../support/touch.ts";
import { receiveVisitors } from "../support/visitors.ts";
import { eventually } from "../support/wait.ts";

const { look } = receiveVisitors(servePageFixture);

// Every state that no other test comes by: it looks right to the accessibility rules, and there are pictures for looking at.

async function keep(page: Page, state: string, pictures = keepPictures): Promise<void> {
  expect(await accessibilityProblems(page), state).toEqual([]);
  await pictures(page, state);
}

const fake = (page: Page, code: string) => page.evaluate(`(() => { ${code} })()`);
const emit = (page: Page, event: object) => fake(page, `window.fake.emit(${JSON.stringify(event)})`);
const refuse = (page: Page, request: string, error: object) =>
  fake(page, `window.fake.refuses[${JSON.stringify(request)}] = ${JSON.stringify(error)}`);

/** The design room, of which that is true besides. */
async function inRoom(visitor: Visitor, is: object): Promise<void> {
  await visitor.open("/r/r-design");
  await visitor.composer.waitFor();
  const room = {
    ...{ id: "r-design", name: "design", kind: "channel", cursor: "0-0", seq: 7, n: 7, read: 7, members: 12 },
    ...is,
  };
  await emit(visitor.page, { type: "rooms", rooms: [room] });
}

async function openMenu(page: Page, text: string): Promise<void> {
  const row = page.locator(".message", { hasText: text }).last();
  const more = row.getByRole("button", { name: "More actions" });
  // A row that is drawn anew just then has lost the pointer until that moves again.
  await eventually(async () => {
    await row.hover();
    return more.click({ timeout: 1_000 }).then(
      () => true,
      () => false,
    );
  });
}

async function onMessage({ page }: Visitor, text: string, action: string): Promise<void> {
  await openMenu(page, text);
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

test("nothing there yet, not there yet, and not to be had", async () => {
  const visitor = await look("/r/lobby?messages=0&people=1");
  const { page, composer, open } = visitor;
  await composer.waitFor();
  await keep(page, "an empty lobby");
  await open("/r/lobby?waits=room:history");
  await page.getByText("Loading").first().waitFor();
  await keep(page, "loading a conversation");
  await open("/r/r-design");
  await composer.waitFor();
  await page.getByRole("button", { name: "Make a room" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name", { exact: true }).fill("Plans");
  await refuse(page, "room:create", {
    code: "conflict",
    message: "nobody can be in more than 500 rooms; leave one first",
  });
  await dialog.getByRole("button", { name: "Make the room" }).click();
  await dialog.getByRole("alert").waitFor();
  await keep(page, "in as many rooms as one may be in");
  await fake(page, "window.fake.refuses = {}");
  await dialog.getByRole("button", { name: "Make the room" }).click();
  await page.getByRole("heading", { level: 1, name: "Plans" }).waitFor();
  await keep(page, "a room that was just made");
  await page.getByRole("button", { name: "Find a channel", exact: true }).click();
  await dialog.getByRole("searchbox").fill("zzz");
  await dialog.getByText("No channel has a name").waitFor();
  await keep(page, "no such channel");
});

test("a conversation that could not be loaded, and is when one tries again", async () => {
  const { page, composer } = await look("/r/lobby");
  await composer.waitFor();
  await refuse(page, "room:history", { code: "unavailable", message: "no answer" });
  await page.getByRole("navigation", { name: "Rooms" }).getByText("design", { exact: true }).click();
  const again = page.getByRole("log").getByRole("button", { name: "Try again" });
  await again.waitFor();
  await keep(page, "a conversation that could not be loaded");
  await fake(page, "window.fake.refuses = {}");
  await again.click();
  await again.waitFor({ state: "hidden" });
  await page.locator(".message").first().waitFor();
});

test("where one cannot write, not now, or not that much", async () => {
  const visitor = await look("/r/lobby");
  const { page, composer, say } = visitor;
  await composer.waitFor();
  await composer.fill("much ".repeat(2_000));
  await composer.press("Enter");
  await page.getByText("too long to send").waitFor();
  await keep(page, "a message that is too long");
  await inRoom(visitor, { slowSeconds: 60, topic: "Screens, words, colours" });
  await say("Which of the two blues?");
  await page.getByText("You can send the next one").waitFor();
  await keep(page, "slow mode");
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await inRoom(visitor, { muted: { until, reason: "It is late. Go to bed." } });
  await page.getByText("You are muted here").waitFor();
  await keep(page, "muted");
  await inRoom(visitor, { archived: true, role: "owner" });
  await page.getByRole("button", { name: "Open it again" }).waitFor();
  await keep(page, "archived");
});

test("what one can know of messages, and do with them", async () => {
  const visitor = await look("/r/lobby");
  const { page, composer, say } = visitor;
  const dialog = page.getByRole("dialog");
  const close = async () => {
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  };
  await composer.waitFor();
  for (const [command, state] of [
    ["/pins", "no pins"],
    ["/saved", "nothing saved"],
    ["/threads", "no threads"],
    ["/help", "the help sheet"],
  ] as const) {
    await say(command);
    await dialog.waitFor();
    await keep(page, state);
    await close();
  }
  await onMessage(visitor, "Nice.", "Save for later");
  await onMessage(visitor, "The figures for October", "Pin to this room");
  await say("/saved");
  await dialog.getByText("Nice.").first().waitFor();
  await keep(page, "saved messages");
  await close();
  await say("/pins");
  await dialog.getByText("The figures for October").first().waitFor();
  await keep(page, "pinned messages");
  await close();
  await composer.press("ArrowUp");
  await page.getByRole("textbox", { name: "Change your message" }).waitFor();
  await keep(page, "editing a message");
  await page.keyboard.press("Escape");
  await say("second thoughts");
  await visitor.sees("second thoughts");
  await composer.press("ArrowUp");
  await page.getByRole("textbox", { name: "Change your message" }).fill("third thoughts");
  await page.keyboard.press("Enter");
  await page
    .locator(".message", { hasText: "third thoughts" })
    .getByRole("button", { name: "(edited)" })
    .click();
  await dialog.getByText("What it said at first").waitFor();
  await keep(page, "what an edited message said before");
  await close();
  await fake(page, `for (const who of ["grace", "linus"]) window.fake.react("lobby", who, "👍");`);
  await page.getByRole("button", { name: /^👍/u }).waitFor();
  await onMessage(visitor, "third thoughts", "Who reacted");
  await dialog.getByText("linus").waitFor();
  await keep(page, "who reacted");
  await close();
  await onMessage(visitor, "I can take a look", "Delete …");
  await dialog.waitFor();
  await keep(page, "deleting a message");
  await close();
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Name of a room or a person" }).fill("r");
  await page.getByRole("option").first().waitFor();
  await keep(page, "the switcher");
  await close();
  await onMessage(visitor, "Three things before we ship", "Reply in a thread");
  await page.getByRole("textbox", { name: "Reply in this thread" }).waitFor();
  await keep(page, "a thread");
});

// They close when the window changes.
test.each([390, 820, 1440])(
  "what one can do with a message, and the emoji, %i pixels wide",
  async (width) => {
    const touch = width < 1440 ? { hasTouch: true, isMobile: true } : {};
    const { page, composer } = await look("/r/lobby", { viewport: { width, height: 844 }, ...touch });
    await composer.waitFor();
    const menu = page.getByRole("menu");
    if (touch.hasTouch) await hold(page.locator(".message", { hasText: "Nice." }).last(), menu);
    else await openMenu(page, "Nice.");
    await menu.waitFor();
    await keep(page, `what one can do with a message-${width}`, keepInBothSchemes);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Insert an emoji" }).click();
    await page.getByRole("option").first().waitFor();
    await keep(page, `choosing an emoji-${width}`, keepInBothSchemes);
  },
);

test("what those who moderate do", async () => {
  const visitor = await look("/r/lobby");
  const { page } = visitor;
  const dialog = page.getByRole("dialog");
  await inRoom(visitor, { role: "owner", topic: "Screens, words, colours" });
  await page.getByRole("button", { name: "About this room", exact: true }).click();
  for (const [name, state] of [
    ["Edit", "editing a room"],
    ["Moderation log", "what was done to a room"],
    ["Invite", "inviting somebody"],
    ["Leave", "leaving a room"],
  ] as const) {
    await page.getByRole("complementary").getByRole("button", { name }).first().click();
    await dialog.waitFor();
    await keep(page, state);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  }
  await page.getByRole("button", { name: /^What you can do about grace/ }).click();
  await page.getByRole("menuitem", { name: "Ban …" }).click();
  await dialog.waitFor();
  await keep(page, "banning somebody");
});
