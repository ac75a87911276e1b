import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { CDPSession, Page } from "playwright-core";
import { projectFile } from "../../script/cluster/project.ts";

const widths = [390, 820, 1440];
const schemes = ["light", "dark"] as const;
const height = 844;

const sessions = new WeakMap<Page, Promise<CDPSession>>();

/**
 * Keeps what is on screen now, for looking at: `test-results/states/<state>.png`, with dashes between the words. Asks the
 * browser itself, for a file that is made fast instead of small: there are hundreds.
 */
export async function keepPicture(page: Page, state: string): Promise<void> {
  const session = sessions.get(page) ?? page.context().newCDPSession(page);
  sessions.set(page, session);
  const { data } = await (await session).send("Page.captureScreenshot", { optimizeForSpeed: true });
  const file = projectFile("test-results", "states", `${state.replace(/\W+/g, "-")}.png`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, Buffer.from(data, "base64"));
}

/**
 * Keeps the state in every width and scheme, as `<state>-<width>-<scheme>.png`. For a window of the usual size and scheme,
 * which it has again afterwards.
 */
export async function keepPictures(page: Page, state: string): Promise<void> {
  const size = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height });
    await keepInBothSchemes(page, `${state}-${width}`);
  }
  if (size) await page.setViewportSize(size);
}

/** For what goes away when the window changes. */
export async function keepInBothSchemes(page: Page, state: string): Promise<void> {
  // Nothing is halfway in then.
  await page.evaluate("for (const animation of document.getAnimations()) animation.finish()");
  for (const colorScheme of schemes) {
    await page.emulateMedia({ colorScheme });
    await keepPicture(page, `${state}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}
