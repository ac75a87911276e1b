import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterEach, beforeAll, expect } from "vitest";
import { launchBrowser, sitDown, type Visitor, visit } from "./browser.ts";
import { keepWindows, type Windows } from "./windows.ts";

export interface Visitors {
  /** Somebody in a new window, which nobody uses after them, who has not opened anything yet. */
  come(name: string, options?: BrowserContextOptions): Promise<Visitor>;
  /** Somebody who has signed in, at that address if it is another one. Names are new for each test. */
  arrive(name: string, options?: BrowserContextOptions, at?: string): Promise<Visitor>;
  /** Ada, with that address open. */
  look(path: string, options?: BrowserContextOptions): Promise<Visitor>;
}

/**
 * A browser for the tests of a file, at the address that `start` resolves with. Whoever came leaves after each test,
 * which fails when a page had a fault.
 */
export function receiveVisitors(start: () => Promise<string>): Visitors {
  const here: Visitor[] = [];
  let browser: Browser;
  let windows: Windows;
  let url: string;

  beforeAll(async () => {
    [browser, url] = await Promise.all([launchBrowser(), start()]);
    windows = keepWindows(browser);
  });

  afterEach(async () => {
    const faults = here.flatMap((visitor) => visitor.faults);
    await Promise.all(here.splice(0).map((visitor) => visitor.leave()));
    expect(faults).toEqual([]);
  });

  async function come(name: string, options?: BrowserContextOptions): Promise<Visitor> {
    const visitor = await visit(browser, url, name, options);
    here.push(visitor);
    return visitor;
  }

  async function take(name: string, options?: BrowserContextOptions, at = url): Promise<Visitor> {
    const page = await windows.open(at, options);
    const visitor = sitDown(page, at, name, () => windows.giveBack(page));
    here.push(visitor);
    return visitor;
  }

  return {
    come,
    async arrive(name, options, at) {
      const visitor = await take(name, options, at);
      await visitor.signIn();
      return visitor;
    },
    async look(path, options) {
      const visitor = await take("ada", options);
      await visitor.open(path);
      return visitor;
    },
  };
}
