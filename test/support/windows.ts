import type { Browser, BrowserContextOptions, Page } from "playwright-core";

export interface Windows {
  /** An empty window with a profile of its own, for that address. */
  open(url: string, options?: BrowserContextOptions): Promise<Page>;
  /** Takes it back with all of its tabs, for whoever needs such a one next. */
  giveBack(page: Page): Promise<void>;
}

const usualSize = { width: 1280, height: 720 };

/**
 * The windows of a browser. A new one, with its processes and everything compiled anew, costs more than what most tests do
 * in it, so one that was left is emptied and used again. What outlasts a page (a script for every page, a clock) is for
 * a window of one's own.
 */
export function keepWindows(browser: Browser): Windows {
  const free = new Map<string, Page[]>();
  const kindOf = new Map<Page, string>();

  return {
    async open(url, options = {}) {
      const kind = JSON.stringify([url, options]);
      const kept = free.get(kind)?.pop();
      if (kept) {
        await kept.setViewportSize(options.viewport ?? usualSize);
        return kept;
      }
      const context = await browser.newContext({ locale: "en-GB", ...options });
      const page = await context.newPage();
      kindOf.set(page, kind);
      return page;
    },
    async giveBack(page) {
      const kind = kindOf.get(page);
      const isEmpty = kind !== undefined && (await empty(page).catch(() => false));
      if (isEmpty) free.set(kind, [...(free.get(kind) ?? []), page]);
      else await page.context().close();
    },
  };
}

/** Whether nothing of what was there is left; not where the tab is closed, crashed or was nowhere. */
async function empty(page: Page): Promise<boolean> {
  const context = page.context();
  if (page.isClosed() || !page.url().startsWith("http")) return false;
  await Promise.all(
    context
      .pages()
      .filter((other) => other !== page)
      .map((other) => other.close()),
  );
  for (const event of ["pageerror", "console", "requestfailed", "response"]) page.removeAllListeners(event);
  await context.setOffline(false);
  // A page of the same origin that asks nobody, so that its storage is emptied once nothing writes into it any more, and the
  // process stays.
  const nothing = new URL("/nothing", page.url()).href;
  await page.route(nothing, (route) => route.fulfill({ contentType: "text/html", body: "" }));
  await page.goto(nothing, { timeout: 5_000 });
  await page.unroute(nothing);
  await page.evaluate("localStorage.clear(); sessionStorage.clear()");
  await context.clearCookies();
  await page.mouse.move(-1, -1);
  const session = await context.newCDPSession(page);
  await session.send("Page.resetNavigationHistory");
  await session.detach();
  return true;
}
