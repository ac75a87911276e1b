import type { Browser } from "playwright-core";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, launchBrowser, type Visitor, visit } from "../support/browser.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";

let browser: Browser;
let cluster: TestCluster;
const visitors: Visitor[] = [];

beforeAll(async () => {
  [browser, cluster] = await Promise.all([launchBrowser(), startCluster({ nodes: 2 })]);
});

afterEach(async () => {
  const faults = visitors.flatMap((visitor) => visitor.faults);
  await Promise.all(visitors.splice(0).map((visitor) => visitor.leave()));
  expect(faults).toEqual([]);
});

/** Somebody who has signed in on that node. Names are new for each test. */
async function arrive(name: string, node: number): Promise<Visitor> {
  const visitor = await visit(browser, cluster.nodes[node]?.url ?? "", name);
  visitors.push(visitor);
  await visitor.signIn();
  return visitor;
}

const row = (visitor: Visitor, text: string) =>
  visitor.page.locator(".timeline .message", { hasText: text }).first();

/** Does what the menu of a message offers. */
async function act(visitor: Visitor, text: string, label: string): Promise<void> {
  await row(visitor, text).scrollIntoViewIfNeeded();
  await row(visitor, text).hover();
  await row(visitor, text).getByRole("button", { name: "More actions" }).click();
  await visitor.page.getByRole("menuitem", { name: label, exact: true }).click();
}

describe("an answer", () => {
  test("quotes what it answers, leads there and back, and outlives the deletion of that", async () => {
    const [ada, grace] = await Promise.all([arrive("ada", 0), arrive("grace", 1)]);
    await ada.say("Who brings the cake?");
    for (let i = 0; i < 12; i++) await ada.say(`Line ${i}\nand\nmore\nof\nit`);
    await grace.sees("Line 11\nand\nmore\nof\nit");
    await act(grace, "Who brings the cake?", "Reply");
    await grace.page.getByText("Replying to ada: Who brings the cake?").waitFor();
    expect(await accessibilityProblems(grace.page)).toEqual([]);
    await grace.page.keyboard.press("Escape");
    await grace.page.getByText("Replying to ada").waitFor({ state: "detached" });
    await act(grace, "Who brings the cake?", "Reply");
    await holds(grace.page, "document.activeElement.id === 'composer'");
    await grace.say("I do");
    await ada.sees("I do");
    const quote = row(ada, "I do").getByRole("button", { name: "Who brings the cake?" });
    await quote.waitFor();
    expect(await accessibilityProblems(ada.page)).toEqual([]);
    await quote.click();
    await holds(
      ada.page,
      "document.activeElement.matches('.message') && document.activeElement.textContent.includes('Who brings') && document.querySelector('.timeline__scroller').scrollTop < 400",
    );
    await ada.page.getByRole("button", { name: "Back to where you were" }).click();
    await holds(ada.page, "document.activeElement.textContent.includes('I do')");
    await row(ada, "Who brings the cake?").focus();
    await ada.page.keyboard.press("Delete");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await row(grace, "I do").getByRole("button", { name: "Deleted message" }).waitFor();
    // Whoever comes later, and reads no further back than the answer, reads what it names apart.
    await grace.page.reload();
    await row(grace, "I do").getByRole("button", { name: "Deleted message" }).waitFor();
  });
});
