import axe from "axe-core";
import type { Page } from "playwright-core";

/** Those about colours that are not left out unless asked for. */
const colourRules = ["color-contrast", "link-in-text-block"];

/**
 * What the accessibility rules find wrong on the page, one line each; empty when nothing is. `coloursOnly`: where all else was
 * looked at in other colours.
 */
export async function accessibilityProblems(page: Page, { coloursOnly = false } = {}): Promise<string[]> {
  // Contrast is measured on what is there: nothing may be fading in. One whose element goes away ends with an error.
  await page.evaluate("Promise.allSettled(document.getAnimations().map((animation) => animation.finished))");
  if (await page.evaluate("typeof axe === 'undefined'")) await page.evaluate(axe.source);
  const options: axe.RunOptions = {
    resultTypes: ["violations"],
    ...(coloursOnly ? { runOnly: { type: "rule", values: colourRules } } : {}),
  };
  const results = await page.evaluate<axe.AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return results.violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help}: ${nodes.map((node) => `${node.html} ${node.failureSummary ?? ""}`).join(" | ")}`,
  );
}
