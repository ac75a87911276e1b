import type { Locator } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, type Visitor } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";
import { eventually } from "../support/wait.ts";

const { arrive } = receiveVisitors(async () => (await startCluster({ nodes: 2 })).url);

/** A channel with these in it, each looking at it. */
async function meet(room: string, first: Visitor, ...others: Visitor[]): Promise<void> {
  await first.say(`/create ${room}`);
  await first.page.getByRole("heading", { level: 1, name: room }).waitFor();
  for (const other of others) {
    await other.say(`/join ${room}`);
    await other.page.getByRole("heading", { level: 1, name: room }).waitFor();
  }
}

const row = ({ page }: Visitor, room: string): Locator =>
  page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: new RegExp(room) });
const badge = (visitor: Visitor, room: string) => row(visitor, room).locator(".unread");
const message = ({ page }: Visitor, text: string) => page.locator(".message", { hasText: text });

/** That a message is there and that it calls somebody come one after the other. */
async function says(badge: Locator, text: string): Promise<void> {
  await eventually(async () => (await badge.textContent())?.replace(/\s+/g, " ") === text);
}

/** Cuts the line and lets it come back, on whatever node. */
async function reconnect({ page }: Visitor): Promise<void> {
  await page.context().setOffline(true);
  await page.getByText("No connection.").waitFor();
  await page.context().setOffline(false);
  await page.getByText("Connected again.").waitFor();
}

describe("a mention", () => {
  test("is completed by keyboard, stands out on all devices, survives a reload and a cut line, and goes with its message", async () => {
    const [ada, grace] = [await arrive("ada"), await arrive("Grace Hopper")];
    await meet("crew", ada, grace);
    await grace.enter("Lobby");
    const second = await grace.another();
    await second.open("/");
    await second.composer.waitFor();

    await ada.composer.pressSequentially("hello @gra");
    await ada.page.getByRole("option", { name: "@Grace Hopper" }).waitFor();
    await ada.page.keyboard.press("Tab");
    await holds(ada.page, "document.querySelector('#composer').value === 'hello @Grace Hopper '");
    await ada.composer.pressSequentially("are you there?");
    await ada.page.keyboard.press("Enter");
    await ada.sees("hello @Grace Hopper are you there?");
    await ada.page.locator(".mention").waitFor();
    expect(await ada.page.locator(".mention").allTextContents()).toEqual(["@Grace Hopper"]);

    for (const device of [grace, second]) {
      await says(badge(device, "crew"), "@1 mention of you");
      await holds(device.page, "document.title.startsWith('(1 for you) ')");
      await holds(
        device.page,
        "document.querySelector('link[rel=icon]').href.endsWith('/favicon-calls.svg')",
      );
    }
    await second.page.reload();
    await badge(second, "crew").waitFor();
    await reconnect(second);
    await says(badge(second, "crew"), "@1 mention of you");

    // Looking at it on one device is having seen it on both.
    await grace.page.bringToFront();
    await grace.enter("crew");
    await grace.page.locator(".message--for-me .mention--me").waitFor();
    expect(await accessibilityProblems(grace.page)).toEqual([]);
    for (const device of [grace, second]) await badge(device, "crew").waitFor({ state: "detached" });
    await holds(second.page, "!document.title.startsWith('(')");

    // An edit that adds a mention and a deletion that takes it away.
    await grace.enter("Lobby");
    await ada.say("wait");
    await ada.sees("wait");
    await ada.composer.press("ArrowUp");
    await ada.composer.fill("wait @grace hopper");
    await ada.composer.press("Enter");
    await badge(second, "crew").getByText("@").waitFor();
    await message(ada, "wait @grace hopper").hover();
    await ada.page.getByRole("button", { name: "More actions" }).click();
    await ada.page.getByRole("menuitem", { name: /^Delete/ }).click();
    await ada.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await badge(second, "crew").getByText("@").waitFor({ state: "detached" });
  });

  test("of everybody is offered and shown, and Enter sends what nobody chose from", async () => {
    const [alan, bob] = [await arrive("alan"), await arrive("bob")];
    await meet("hall", alan, bob);
    await bob.enter("Lobby");
    await alan.composer.pressSequentially("@al");
    await alan.page.getByRole("option", { name: /^@all/ }).waitFor();
    await alan.page.keyboard.press("Enter");
    await alan.sees("@al");
    await alan.say("@all lunch");
    await badge(bob, "hall").getByText("@").waitFor();
    await bob.page.bringToFront();
    await bob.enter("hall");
    await bob.page.locator(".message--for-me", { hasText: "@all lunch" }).waitFor();
  });
});

describe("what is unread", () => {
  test("can be made so again from a message on, for all devices, and stays so until one comes back", async () => {
    const [mary, jean] = [await arrive("mary"), await arrive("jean")];
    await meet("notes", mary, jean);
    for (const text of ["one", "two", "three"]) await mary.say(text);
    await jean.sees("three");
    const second = await jean.another();
    await second.open("/");
    await second.composer.waitFor();
    await badge(second, "notes").waitFor({ state: "detached" });

    await jean.page.bringToFront();
    await message(jean, "two").hover();
    await jean.page.getByRole("button", { name: "More actions" }).click();
    await jean.page.getByRole("menuitem", { name: "Mark as unread from here" }).click();
    for (const device of [jean, second]) await badge(device, "notes").getByText("2").waitFor();
    await jean.page.locator(".new-line").waitFor();
    // Looking on changes nothing, and neither does what comes meanwhile, or a new connection.
    await mary.say("four");
    await jean.sees("four");
    for (const device of [jean, second]) await badge(device, "notes").getByText("3").waitFor();
    await reconnect(jean);
    await badge(jean, "notes").getByText("3").waitFor();
    await jean.enter("Lobby");
    await jean.enter("notes");
    for (const device of [jean, second]) await badge(device, "notes").waitFor({ state: "detached" });
  });

  test("can be marked as read without opening it, one room or all, and its beginning is a click away", async () => {
    const [tim, ken] = [await arrive("tim"), await arrive("ken")];
    await meet("quay", tim, ken);
    await tim.say("start here");
    await ken.sees("start here");
    await ken.enter("Lobby");
    for (let i = 1; i <= 3; i++) await tim.say(`line ${i}`);
    await badge(ken, "quay").getByText("3").waitFor();
    await row(ken, "quay").hover();
    await ken.page.getByRole("button", { name: "Mark quay as read" }).click();
    await badge(ken, "quay").waitFor({ state: "detached" });
    for (let i = 4; i <= 6; i++) await tim.say(`line ${i}`);
    await badge(ken, "quay").getByText("3").waitFor();
    await ken.page.keyboard.press("Shift+Escape");
    await badge(ken, "quay").waitFor({ state: "detached" });

    for (let i = 7; i <= 66; i++) await tim.say(`line ${i}`);
    await badge(ken, "quay").getByText("60").waitFor();
    await ken.page.bringToFront();
    await ken.enter("quay");
    await ken.sees("line 66");
    await ken.page.getByRole("button", { name: "60 new messages" }).click();
    await message(ken, "line 7").waitFor();
    await holds(ken.page, "document.querySelector('.new-line').getBoundingClientRect().top < 300");
    expect(await accessibilityProblems(ken.page)).toEqual([]);
    await ken.page.locator(".to-newest").click();
    await holds(
      ken.page,
      "(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)(document.querySelector('.timeline__scroller'))",
    );
  });
});

describe("who has read how far, and who is typing", () => {
  test("is shown at the message, live and after a reload, and to nobody who does not show it", async () => {
    const [radia, kurt] = [await arrive("radia"), await arrive("kurt")];
    await meet("attic", radia, kurt);
    await kurt.page.bringToFront();
    await radia.say("did you see this?");
    await kurt.sees("did you see this?");
    const seen = radia.page.getByText("Seen by kurt");
    await seen.waitFor({ state: "attached" });
    await radia.page.reload();
    await seen.waitFor({ state: "attached" });
    expect(await accessibilityProblems(radia.page)).toEqual([]);

    await kurt.page.getByRole("button", { name: "Settings" }).click();
    await kurt.page.getByLabel(/show how far I have read/).uncheck();
    await kurt.page.getByRole("button", { name: "Close" }).click();
    await radia.say("and this?");
    await kurt.sees("and this?");
    await badge(kurt, "attic").waitFor({ state: "detached" });
    await kurt.page.reload();
    await kurt.sees("and this?");
    expect(await kurt.page.getByText("Seen by").count()).toBe(0);
    await radia.page.reload();
    await radia.sees("and this?");
    expect(await radia.page.getByText("Seen by").count()).toBe(0);
  });

  test("somebody who types is named below the log until they erase, send, or stop", async () => {
    const [frances, edsger] = [await arrive("frances"), await arrive("edsger")];
    await meet("salon", frances, edsger);
    const second = await frances.another();
    await second.open("/");
    await second.enter("salon");
    const line = edsger.page.locator(".typing");
    const height = await edsger.page.locator(".timeline").evaluate("(element) => element.clientHeight");
    await frances.composer.pressSequentially("hm");
    await line.getByText("frances is typing …").waitFor();
    expect(await edsger.page.locator(".timeline").evaluate("(element) => element.clientHeight")).toBe(height);
    expect(await second.page.locator(".typing").textContent()).toBe("");
    await frances.composer.fill("");
    await line.getByText("frances").waitFor({ state: "detached" });
    await edsger.composer.pressSequentially("I will stop in the middle of a");
    const other = frances.page.locator(".typing").getByText("edsger is typing …");
    await other.waitFor();
    // No word of it follows: it ends by itself.
    await other.waitFor({ state: "detached", timeout: 7_000 });
    await edsger.composer.fill("done");
    await edsger.composer.press("Enter");
    await frances.sees("done");
    expect(await frances.page.locator(".typing").textContent()).toBe("");
  });
});
