import type { BrowserContextOptions } from "playwright-core";
import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, phone, type Visitor } from "../support/browser.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";

let cluster: TestCluster;
const visitors = receiveVisitors(async () => {
  cluster = await startCluster({ nodes: 2 });
  return cluster.url;
});

/** Somebody who has signed in on that node. Names are new for each test. */
function arrive(name: string, node: number, options?: BrowserContextOptions): Promise<Visitor> {
  return visitors.arrive(name, options, cluster.nodes[node]?.url);
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
    await ada.say("Who brings the **cake**?");
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
    await act(ada, "Who brings the cake?", "Delete …");
    await ada.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await row(grace, "I do").getByRole("button", { name: "Deleted message" }).waitFor();
    // Whoever comes later, and reads no further back than the answer, reads what it names apart.
    await grace.page.reload();
    await row(grace, "I do").getByRole("button", { name: "Deleted message" }).waitFor();
  });
});

const panel = (visitor: Visitor) => visitor.page.getByRole("complementary", { name: "Thread" });
const answer = async (visitor: Visitor, text: string) => {
  const area = visitor.page.getByRole("textbox", { name: "Reply in this thread" });
  await area.fill(text);
  await area.press("Enter");
};

describe("a thread", () => {
  test("opens beside the conversation, goes on live for both, and is back after a reload", async () => {
    const [ada, grace] = await Promise.all([arrive("ada2", 0), arrive("grace2", 1)]);
    await ada.say("Where do we eat?");
    await grace.sees("Where do we eat?");
    await act(grace, "Where do we eat?", "Reply in a thread");
    await panel(grace).getByText("Nobody has answered yet.").waitFor();
    await holds(grace.page, "document.activeElement.id === 'thread-composer'");
    await answer(grace, "At Rosa's");
    await panel(grace).getByText("1 reply").waitFor();
    await panel(grace).getByRole("button", { name: "Following" }).waitFor();

    const replies = row(ada, "Where do we eat?").getByRole("link", { name: "1 reply" });
    await replies.focus();
    await ada.page.keyboard.press("Enter");
    await panel(ada).getByText("At Rosa's").waitFor();
    expect(new URL(ada.page.url()).pathname).toMatch(/^\/r\/lobby\/t\/\d+-/);
    expect(await accessibilityProblems(ada.page)).toEqual([]);
    await answer(ada, "At eight");
    await panel(grace).getByText("At eight").waitFor();
    await panel(grace).getByText("2 replies").waitFor();

    // The address is the thread's: a reload brings it back, the back button leads out of it.
    await grace.page.reload();
    await panel(grace).getByText("At eight").waitFor();
    await ada.page.goBack();
    await panel(ada).waitFor({ state: "detached" });

    // Following counts what comes while one is elsewhere, and reading it ends that.
    await ada.say("/create elsewhere");
    await ada.page.getByRole("heading", { level: 1, name: "elsewhere" }).waitFor();
    await answer(grace, "I booked a table");
    await ada.page.getByRole("button", { name: /Threads.*1 with new replies/ }).click();
    const dialog = ada.page.getByRole("dialog", { name: "Threads that you follow" });
    await dialog.getByRole("button", { name: /Where do we eat/ }).waitFor();
    expect(await accessibilityProblems(ada.page)).toEqual([]);
    await dialog.getByRole("button", { name: /Where do we eat/ }).click();
    await panel(ada).getByText("I booked a table").waitFor();
    await ada.page.getByRole("button", { name: "Threads", exact: true }).waitFor();
    await panel(ada).getByRole("button", { name: "Following" }).click();
    await panel(ada).getByRole("button", { name: "Follow", exact: true }).waitFor();

    // Another device of hers shows it at once, both ways.
    const tab = await grace.another();
    await tab.open(new URL(grace.page.url()).pathname);
    await panel(tab).getByRole("button", { name: "Following" }).click();
    await panel(grace).getByRole("button", { name: "Follow", exact: true }).click();
    await panel(tab).getByRole("button", { name: "Following" }).waitFor();
  });

  test("is read by whoever reads its replies in the conversation, on all of their devices, through a reload", async () => {
    const [ada, grace] = await Promise.all([arrive("ada4", 0), arrive("grace4", 1)]);
    await ada.say("Is the kettle on?");
    await grace.sees("Is the kettle on?");
    await ada.say("/create upstairs");
    await ada.page.getByRole("heading", { level: 1, name: "upstairs" }).waitFor();
    const tab = await ada.another();
    await tab.open(new URL(ada.page.url()).pathname);
    await act(grace, "Is the kettle on?", "Reply");
    await grace.say("It boils");
    const unread = ({ page }: Visitor) => page.getByRole("button", { name: /Threads.*1 with new replies/ });
    for (const one of [ada, tab]) await unread(one).waitFor();
    await tab.page.reload();
    await unread(tab).waitFor();
    await ada.enter("Lobby");
    await ada.sees("It boils");
    for (const one of [ada, tab]) await unread(one).waitFor({ state: "detached" });
    await tab.page.reload();
    await tab.page.getByRole("button", { name: "Threads", exact: true }).waitFor();
    // The list of threads comes later than the page.
    await tab.page.getByRole("button", { name: "Threads", exact: true }).click();
    await tab.page.getByRole("dialog").getByText("Is the kettle on?").waitFor();
    await tab.page.keyboard.press("Escape");
    expect(await unread(tab).count()).toBe(0);

    // What is made unread again is so in the thread as well.
    await act(ada, "It boils", "Mark as unread from here");
    for (const one of [ada, tab]) await unread(one).waitFor();
  });

  test("on a phone takes the whole page, and back leads to the conversation", async () => {
    const visitor = await arrive("hedy", 0, phone);
    await visitor.say("Small screen");
    await visitor.sees("Small screen");
    await row(visitor, "Small screen").focus();
    // The keys are those of the tools, which come on demand.
    await row(visitor, "Small screen").getByRole("toolbar").waitFor();
    await visitor.page.keyboard.press("t");
    await visitor.page.getByRole("heading", { level: 1, name: /^Thread/ }).waitFor();
    await answer(visitor, "fits");
    await visitor.page.getByRole("log", { name: "Messages in this thread" }).getByText("fits").waitFor();
    expect(await accessibilityProblems(visitor.page)).toEqual([]);
    await visitor.page.getByRole("button", { name: "Close the thread" }).click();
    await row(visitor, "Small screen").getByRole("link", { name: "1 reply" }).waitFor();
  });
});

describe("what is kept at hand", () => {
  test("pins are for the room, saved messages for oneself, and both lead to their place", async () => {
    const [ada, grace] = await Promise.all([arrive("ada3", 0), arrive("grace3", 1)]);
    await ada.say("The code of the door is 4711");
    for (let i = 0; i < 12; i++) await ada.say(`Note ${i}\nand\nmore\nof\nit`);
    await grace.sees("Note 11\nand\nmore\nof\nit");
    await act(ada, "The code of the door", "Pin to this room");
    await ada.page.getByText("Pinned.").waitFor();
    await grace.page.getByRole("button", { name: "About this room" }).click();
    await grace.page.getByRole("button", { name: "Pinned messages" }).click();
    const pins = grace.page.getByRole("dialog", { name: "Pinned in Lobby" });
    await pins.getByRole("button", { name: /^ada3/ }).waitFor();
    expect(await accessibilityProblems(grace.page)).toEqual([]);
    await pins.getByRole("button", { name: /^ada3/ }).click();
    await holds(grace.page, "document.activeElement.textContent.includes('4711')");

    await act(grace, "The code of the door", "Save for later");
    await grace.page.getByText("Saved. You find it").waitFor();
    // The menu says what is, also of what others did.
    await act(grace, "The code of the door", "Unpin");
    await grace.page.getByText("The pin is gone.").waitFor();
    await act(ada, "The code of the door", "Pin to this room");
    await act(grace, "The code of the door", "Remove from saved");
    await grace.page.getByText("No longer saved.").waitFor();
    await act(grace, "The code of the door", "Save for later");
    await grace.page.getByText("Saved. You find it").waitFor();
    await grace.page.reload();
    await grace.page.getByRole("button", { name: "Saved", exact: true }).click();
    const saved = grace.page.getByRole("dialog", { name: "Saved messages" });
    await saved.getByRole("button", { name: /Remove from saved/ }).click();
    await saved.getByText("Nothing is saved yet").waitFor();
    await grace.page.keyboard.press("Escape");

    await ada.page.getByRole("button", { name: "About this room" }).click();
    await ada.page.getByRole("button", { name: "Pinned messages" }).click();
    await ada.page.getByRole("button", { name: /^Take the pin away/ }).click();
    await ada.page.getByText("Nothing is pinned here yet").waitFor();
  });
});
