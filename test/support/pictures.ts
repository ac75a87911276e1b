import type { Page } from "playwright-core";
import { projectFile } from "../../script/cluster/project.ts";

const widths = [390, 820, 1440];
const schemes = ["light", "dark"] as const;
const height = 844;

/** Keeps what is on screen now, for looking at: `test-results/states/<state>.png`, with dashes between the words. */
export async function keepPicture(page: Page, state: string): Promise<void> {
  await page.screenshot({
    path: projectFile("test-results", "states", `${state.replace(/\W+/g, "-")}.png`),
    animations: "disabled",
  });
}

/**
 * Keeps the state in every width and scheme, as `<state>-<width>-<scheme>.png`. For a window of the usual size and scheme,
 * which it has again afterwards.
 */
export async function keepPictures(page: Page, state: string): Promise<void> {
  const size = page.viewportSize();
  for (const width of widths) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of schemes) {
      await page.emulateMedia({ colorScheme });
      await keepPicture(page, `${state}-${width}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  if (size) await page.setViewportSize(size);
}
