import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { projectFile } from "../../script/cluster/project.ts";

/** What somebody in front of a page would notice; times in milliseconds. */
export interface Notes {
  /** From each key to when it was painted. */
  readonly keys: readonly number[];
  readonly frames: number;
  /** Frames in which some of the visible conversation was empty. */
  readonly holes: number;
  /** Most elements in the document. */
  readonly nodes: number;
}

/** Runs while notes are taken of the page. */
export async function noting(page: Page, run: () => Promise<void>): Promise<Notes> {
  await page.evaluate(probe);
  await run();
  return page.evaluate<Notes>("window.probe.stop()");
}

const probe = readFileSync(projectFile("test", "support", "page-probe.js"), "utf8");
