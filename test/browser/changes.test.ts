import { expect, test } from "vitest";
import { holds, type Visitor } from "../support/browser.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
const { arrive } = receiveVisitors(async () => {
  cluster = await startCluster({ nodes: 2 });
  return cluster.url;
});

async function nodeOf(name: string): Promise<string> {
  return eventually(async () => {
    const response = await fetch(`${cluster.url}/api/cluster`, {
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    const { users } = (await response.json()) as { users: { name: string; node: string }[] };
    return users.find((user) => user.name === name)?.node;
  });
}

/** Two people in a new room, each on a node of their own. */
async function pair(room: string): Promise<[Visitor, Visitor]> {
  const first = await arrive(`${room} ada`);
  let second = await arrive(`${room} bob`);
  const node = await nodeOf(first.name);
  for (let i = 1; (await nodeOf(second.name)) === node && i < 10; i++)
    second = await arrive(`${room} bob ${i}`);
  await first.say(`/create ${room}`);
  await first.page.getByRole("heading", { level: 1, name: room }).waitFor();
  await second.say(`/join ${room}`);
  await second.page.getByRole("heading", { level: 1, name: room }).waitFor();
  return [first, second];
}

const editing = ({ page }: Visitor) => page.getByRole("textbox", { name: "Change your message" });
const message = ({ page }: Visitor, text: string) => page.locator(".message", { hasText: text });
/** Everything that stands in the conversation. */
const conversation = ({ page }: Visitor) =>
  page
    .locator(".message")
    .evaluateAll((rows) =>
      rows.map((row) =>
        [...row.querySelectorAll(".message__text, .message__gone, .chip")].map((part) => part.textContent),
      ),
    );

test("edits, deletions and reactions reach whoever is there, on whatever node", async () => {
  const [ada, bob] = await pair("present");
  for (const text of ["a tpyo", "a regret", "a joke"]) {
    await ada.say(text);
    await bob.sees(text);
  }
  await bob.say("/react 🎉");
  await message(ada, "a joke").getByRole("button", { name: "🎉 1 person", exact: true }).click();
  await message(bob, "a joke").getByRole("button", { name: "🎉 2 people, you among them" }).waitFor();
  await message(ada, "a regret").hover();
  await message(ada, "a regret").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Delete" }).click();
  await ada.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await message(bob, "This message was deleted.").waitFor();
  await message(ada, "a tpyo").hover();
  await message(ada, "a tpyo").getByRole("button", { name: "Edit" }).click();
  await editing(ada).fill("a typo");
  await editing(ada).press("Enter");
  await message(bob, "a typo").getByRole("button", { name: "(edited)" }).click();
  const versions = bob.page.getByRole("dialog", { name: "Versions of this message" });
  await versions.getByText("a tpyo").waitFor();
  await bob.page.keyboard.press("Escape");
  await versions.waitFor({ state: "hidden" });
  await message(bob, "a joke").getByRole("button", { name: "🎉 2 people, you among them" }).focus();
  await bob.page.getByText(`${bob.name} and ${ada.name} reacted with :tada:`).waitFor();
  expect(await conversation(bob)).toEqual(await conversation(ada));
  await bob.page.reload();
  await message(bob, "a joke").getByRole("button", { name: /^🎉 2/u }).waitFor();
  expect(await conversation(bob)).toEqual(await conversation(ada));
});

test("what changed while somebody was away is there when they come back, and what was deleted is nowhere", async () => {
  const [ada, bob] = await pair("away");
  for (const text of ["first draft", "top secret", "good news"]) {
    await ada.say(text);
    await bob.sees(text);
  }
  await bob.page.context().setOffline(true);
  await bob.page.getByText("No connection.").waitFor();
  await bob.say("/react 👍");
  await bob.page.getByRole("alert").getByText("There is no connection, so nothing was changed.").waitFor();
  await ada.say("/react 🎉");
  await message(ada, "good news").getByRole("button", { name: /^🎉/u }).waitFor();
  await message(ada, "top secret").hover();
  await message(ada, "top secret").getByRole("button", { name: "More actions" }).click();
  await ada.page.getByRole("menuitem", { name: "Delete" }).click();
  await ada.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await message(ada, "This message was deleted.").waitFor();
  await message(ada, "first draft").hover();
  await message(ada, "first draft").getByRole("button", { name: "Edit" }).click();
  await editing(ada).fill("last draft");
  await editing(ada).press("Enter");
  await message(ada, "last draft").waitFor();
  await bob.page.context().setOffline(false);
  await bob.page.getByText("Connected again.").waitFor();
  await message(bob, "last draft").waitFor();
  await message(bob, "This message was deleted.").waitFor();
  await message(bob, "good news").getByRole("button", { name: "🎉 1 person", exact: true }).waitFor();
  expect(await conversation(bob)).toEqual(await conversation(ada));
  await holds(bob.page, "!document.documentElement.outerHTML.includes('top secret')");
});
