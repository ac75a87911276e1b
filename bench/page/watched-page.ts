import type { Browser, CDPSession, Page } from "playwright-core";
import { type Notes, noting } from "../../test/support/page-notes.ts";
import { percentile } from "../measure/statistics.ts";
import { tracingTasks } from "./main-thread.ts";

/** What the browser spent; milliseconds. */
export interface Spent {
  readonly script: number;
  readonly all: number;
}

export interface WatchedNotes extends Notes {
  /** The longest task of the main thread in each frame, in milliseconds. */
  readonly tasks: readonly number[];
}

/** A page on the invented server of web/fixture, and what can be measured of it. */
export interface WatchedPage {
  readonly page: Page;
  /** Runs while the probe takes notes, and the browser of its tasks. */
  noting(run: () => Promise<void>): Promise<WatchedNotes>;
  /** What running cost the main thread, painting included. */
  spending(run: () => Promise<void>): Promise<Spent>;
  /** Bytes of JavaScript's memory after everything was let go that can be. */
  heap(): Promise<number>;
  nodes(): Promise<number>;
  close(): Promise<void>;
}

export async function openPage(browser: Browser, address: string): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(address);
  await page.locator(".message").first().waitFor();
  await page.locator(".person").first().waitFor();
  const line = await context.newCDPSession(page);
  await line.send("Performance.enable");
  return {
    page,
    async noting(run) {
      let tasks: readonly number[] = [];
      const notes = await noting(page, async () => {
        tasks = await tracingTasks(page, run);
      });
      return { ...notes, tasks };
    },
    async spending(run) {
      const before = await spent(line);
      await run();
      const after = await spent(line);
      return { script: after.script - before.script, all: after.all - before.all };
    },
    async heap() {
      await line.send("HeapProfiler.collectGarbage");
      return (await line.send("Runtime.getHeapUsage")).usedSize;
    },
    nodes: () => page.evaluate<number>("document.querySelectorAll('*').length"),
    close: () => context.close(),
  };
}

/** The value below which that share of them lies. */
export function atShare(values: readonly number[], share: number): number {
  return percentile(Float64Array.from(values).sort(), share);
}

async function spent(line: CDPSession): Promise<Spent> {
  const { metrics } = await line.send("Performance.getMetrics");
  const seconds = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  return { script: seconds("ScriptDuration") * 1_000, all: seconds("TaskDuration") * 1_000 };
}
