import { test } from "vitest";
import type { Visitor } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { arrive } = receiveVisitors(async () => (await startCluster({ nodes: 2 })).url);

async function setStatus(
  { page }: Visitor,
  choose: (dialog: ReturnType<typeof page.getByRole>) => Promise<void>,
) {
  await page.getByRole("button", { name: /Change how others see you/ }).click();
  const dialog = page.getByRole("dialog", { name: "How others see you" });
  await choose(dialog);
  await dialog.getByRole("button", { name: "Save" }).click();
  await dialog.waitFor({ state: "hidden" });
}

test("what somebody sets is seen by others and on their own other tab, through a reload; the invisible go", async () => {
  const [ada, grace] = await Promise.all([arrive("ada"), arrive("grace")]);
  const tab = await grace.another();
  await tab.open("/");
  await tab.composer.waitFor();
  await setStatus(grace, async (dialog) => {
    await dialog.getByLabel("Do not disturb").check();
    await dialog.getByRole("button", { name: "Concentrating" }).click();
  });
  const row = ada.page.locator(".people .person", { hasText: "grace" });
  await row.getByText("do not disturb").waitFor();
  await row.getByTitle("🎧 Concentrating").waitFor();
  await tab.page.getByText("🎧 Concentrating").first().waitFor();
  await grace.page.reload();
  await grace.page.getByText("🎧 Concentrating").first().waitFor();

  await row.getByRole("button").click();
  await ada.page.getByText("Do not disturb · 🎧 Concentrating").waitFor();
  await setStatus(tab, (dialog) => dialog.getByLabel("Invisible").check());
  await row.waitFor({ state: "detached" });
  await ada.page.getByText(/Last seen/).waitFor();
  await grace.page.getByRole("button", { name: /Invisible/ }).waitFor();
  // Still there, and reached as before.
  await ada.say("Whenever you have a moment");
  await grace.page.getByRole("link", { name: /ada/ }).click();
  await grace.sees("Whenever you have a moment");
});
