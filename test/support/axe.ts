import axe from "axe-core";
import type { Page } from "playwright-core";

/** What the accessibility rules find wrong on the page, one line each; empty when nothing is. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // Contrast is measured on what is there: nothing may be fading in. One whose element goes away ends with an error.
  await page.evaluate("Promise.allSettled(document.getAnimations().map((animation) => animation.finished))");
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source);
  const results = await page.evaluate<axe.AxeResults>("axe.run(document, { resultTypes: ['violations'] })");
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ""}`).join(" | ")}`,
  );
}
