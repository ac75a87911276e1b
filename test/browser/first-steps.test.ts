import { expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, measure, phone, type Visitor } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { hold } from "../support/touch.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { come, arrive } = receiveVisitors(async () => (await startCluster({ nodes: 2 })).url);

/** Does it as somebody without a mouse. */
async function press({ page }: Visitor, button: string): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).first().focus();
  await page.keyboard.press("Enter");
}

const row = ({ page }: Visitor, text: string) => page.locator(".timeline .message", { hasText: text }).last();

async function choose(visitor: Visitor, text: string, action: string): Promise<void> {
  const item = visitor.page.getByRole("menuitem", { name: action, exact: true });
  await hold(row(visitor, text).locator(".message__text"), item);
  await item.tap();
}

test("from the first opening to a pinned, edited, reacted-to reply in a private room: one by keyboard, one by touch", async () => {
  const ada = await come("Ada Lovelace");
  const other = await arrive("محمد", { ...phone, colorScheme: "dark" });
  await ada.open("/");
  await holds(ada.page, "document.activeElement.matches('input')");
  await ada.page.keyboard.type("Ada Lovelace");
  await ada.page.keyboard.press("Enter");
  await ada.composer.waitFor();

  await press(ada, "Make a room");
  await holds(ada.page, "document.activeElement.matches('dialog input')");
  await ada.page.keyboard.type("Planning of the coming quarter");
  await ada.page.getByLabel("Only those who are invited").focus();
  await ada.page.keyboard.press("Space");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByRole("heading", { level: 1, name: "Planning of the coming quarter" }).waitFor();
  // The way to others is where one looks first.
  await press(ada, "Invite somebody");
  await holds(ada.page, "document.activeElement.id === 'invite-name'");
  await ada.page.locator("#invite-names option[value='محمد']").waitFor({ state: "attached" });
  await ada.page.keyboard.type("محمد");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByText("محمد is in now.").waitFor();
  // A name that is read from the right does not turn the sentence around.
  const line = "getComputedStyle(document.querySelector('.event')).direction";
  expect(await ada.page.evaluate(line)).toBe("ltr");
  await ada.composer.focus();
  await ada.page.keyboard.type("Hello **everybody**");
  await ada.page.keyboard.press("Enter");

  // On a phone the way back to the rooms says that there is something.
  await other.page.getByRole("button", { name: "Back to rooms and people, there is something new" }).tap();
  await other.page.getByRole("link", { name: /Planning/ }).tap();
  await other.sees("Hello everybody");
  const overlap = `(() => {
    const [title, about] = ['h1', '.conversation__head > :last-child'].map((one) => document.querySelector(one).getBoundingClientRect());
    return title.right - about.left;
  })()`;
  expect(await measure(other.page, overlap)).toBeLessThanOrEqual(0);
  await choose(other, "Hello everybody", "Reply");
  await other.page.getByText("Replying to Ada Lovelace: Hello everybody").waitFor();
  await other.say("I am im");
  await ada.sees("I am im");

  await ada.page.getByRole("log").focus();
  await ada.page.keyboard.press("ArrowUp");
  await row(ada, "I am im").getByRole("toolbar").waitFor();
  await ada.page.keyboard.press("+");
  await holds(ada.page, "document.activeElement.matches('dialog input')");
  await ada.page.keyboard.type("tada");
  await ada.page.keyboard.press("Enter");
  await row(other, "I am im").getByRole("button", { name: "🎉 1 person", exact: true }).waitFor();
  await holds(ada.page, "document.activeElement.matches('.message')");
  await ada.page.keyboard.press("Enter");
  await ada.page.getByRole("menuitem", { name: "Pin to this room" }).waitFor();
  await ada.page.keyboard.press("p");
  await ada.page.getByText("Pinned.").waitFor();

  await choose(other, "I am im", "Edit");
  const edit = other.page.getByRole("textbox", { name: "Change your message" });
  await edit.fill("I am **in**");
  await edit.press("Enter");
  await ada.sees("I am in (edited)");
  for (const one of [ada, other]) expect(await accessibilityProblems(one.page)).toEqual([]);
  await press(other, "About this room");
  await other.page.getByRole("button", { name: "Pinned messages" }).tap();
  await other.page.getByRole("dialog").getByText("I am in", { exact: true }).waitFor();
});
