import type { BrowserContextOptions, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { phone } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { keepPicture, keepPictures } from "../support/pictures.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

const fake = (code: string) => `(() => { ${code} })()`;

describe("without violations of the accessibility rules", () => {
  /** Only their colours are other than those of the look called light, in which everything is looked at. */
  const onlyOtherColours = ["dark", "more contrast"];

  /** What one sees has no violation; pictures of it are kept in one of the looks, and as it is on a phone. */
  async function isAccessible(page: Page, look: string, state: string): Promise<void> {
    const coloursOnly = onlyOtherColours.includes(look);
    expect(await accessibilityProblems(page, { coloursOnly })).toEqual([]);
    if (look === "light") await keepPictures(page, state);
    if (look === "phone") await keepPicture(page, `${state} on a phone`);
  }

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
      await isAccessible(page, name, "sign in");
      await page.keyboard.press("Enter");
      await page.getByRole("alert").getByText("Somebody else is grace right now").waitFor();
      await isAccessible(page, name, "name taken");
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
      await isAccessible(page, name, "everything in a conversation");
    });

    test(`${name}: rooms and people, about a room, dialogs, a room that is not there`, async () => {
      const { page, open } = await look("/", options);
      await page.getByRole("button", { name: "Make a room" }).waitFor();
      await isAccessible(page, name, "rooms and people");
      for (const dialog of ["Make a room", "Find a channel", "Settings"]) {
        await page.getByRole("button", { name: dialog, exact: true }).click();
        await page.getByRole("dialog").waitFor();
        await isAccessible(page, name, dialog.toLowerCase());
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
      }
      await open("/r/r-design/about");
      await page.getByRole("heading", { name: "About" }).waitFor();
      await page.getByRole("heading", { name: "Members" }).waitFor();
      await isAccessible(page, name, "about a room");
      await open("/r/nowhere?version=0.2.0");
      await page.getByRole("heading", { name: "You are not in this room" }).waitFor();
      await isAccessible(page, name, "not in this room");
    });
  }
});
