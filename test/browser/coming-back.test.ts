import { expect, test } from "vitest";
import { holds, type Visitor } from "../support/browser.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { arrangeMeetings, offline, online } from "../support/meetings.ts";
import { nodeOf } from "../support/node-of.ts";
import { receiveVisitors } from "../support/visitors.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
const { arrive } = receiveVisitors(async () => {
  cluster = await startCluster({ nodes: 2 });
  return cluster.url;
});

const { meet, gather } = arrangeMeetings(arrive, () => cluster);

const row = ({ page }: Visitor, text: string) =>
  page.locator(".timeline .message", { hasText: text }).first();
const panel = ({ page }: Visitor) => page.getByRole("complementary", { name: "Thread" });
const inThread = (visitor: Visitor) => panel(visitor).locator(".message__text").allTextContents();
const follows = ({ page }: Visitor, unread: string) =>
  page.getByRole("button", { name: unread === "" ? /^Threads$/ : new RegExp(`^Threads.*${unread}`) });

async function openMenu(visitor: Visitor, text: string): Promise<void> {
  await row(visitor, text).hover();
  await row(visitor, text).getByRole("button", { name: "More actions" }).click();
}
async function act(visitor: Visitor, text: string, label: string): Promise<void> {
  await openMenu(visitor, text);
  await visitor.page.getByRole("menuitem", { name: label, exact: true }).click();
}
async function answer(visitor: Visitor, text: string): Promise<void> {
  const area = visitor.page.getByRole("textbox", { name: "Reply in this thread" });
  await area.fill(text);
  await area.press("Enter");
}

test("a thread whose node is killed has every reply once and in order, and one written without a connection goes to it", async () => {
  const [ada, grace, bob] = await gather("kitchen");
  await ada.say("Where do we eat?");
  for (const one of [grace, bob]) {
    await one.sees("Where do we eat?");
    await act(one, "Where do we eat?", "Reply in a thread");
    await panel(one)
      .getByText(/Nobody has answered yet|1 reply/)
      .waitFor();
    await answer(one, `${one.name} is hungry`);
    await panel(one).getByRole("button", { name: "Following" }).waitFor();
  }
  const before = ["Where do we eat?", `${grace.name} is hungry`, `${bob.name} is hungry`];
  // Who has the conversation on screen has read its replies there.
  await bob.enter("Lobby");
  await row(ada, "Where do we eat?").getByRole("link", { name: "2 replies" }).click();

  const node = await nodeOf(cluster, grace.name);
  await node.kill();
  const meanwhile = ["At Rosa's", "At eight", "I booked a table"];
  for (const text of meanwhile) await answer(ada, text);
  for (const one of [ada, grace]) {
    await panel(one).getByText("I booked a table").waitFor();
    await eventually(async () => (await inThread(one)).length === 6);
    expect(await inThread(one)).toEqual([...before, ...meanwhile]);
    // Whoever looks at it has read it.
    await follows(one, "").waitFor();
  }
  await follows(bob, "1 with new replies").click();
  const followed = bob.page.getByRole("dialog", { name: "Threads that you follow" });
  await followed.locator(".unread", { hasText: "3" }).waitFor();
  await bob.page.keyboard.press("Escape");
  await node.start();

  await offline(grace);
  await answer(grace, "I come later");
  await panel(grace).getByText("Waiting to be sent").waitFor({ state: "attached" });
  await answer(ada, "Take your time");
  await panel(ada).getByText("Take your time").waitFor();
  await online(grace);
  const all = [...before, ...meanwhile, "Take your time", "I come later"];
  for (const one of [grace, ada]) {
    await panel(one).getByText("7 replies").waitFor();
    expect(await inThread(one)).toEqual(all);
  }
  await follows(bob, "1 with new replies").click();
  await followed.locator(".unread", { hasText: "5" }).waitFor();
  await followed.getByRole("button", { name: /Where do we eat/ }).click();
  await panel(bob).getByText("I come later").waitFor();
  expect(await inThread(bob)).toEqual(all);
  await follows(bob, "").waitFor();
});

test("what was pinned, saved, drafted, said of oneself and decided meanwhile is there when one comes back", async () => {
  const [ada, grace, bob] = await gather("cellar");
  await ada.say("The key hangs **behind** the door");
  await grace.sees("The key hangs behind the door");
  const device = await grace.another();
  await device.open(new URL(grace.page.url()).pathname);
  await device.sees("The key hangs behind the door");
  await bob.sees("The key hangs behind the door");

  await offline(grace);
  await act(ada, "The key hangs", "Pin to this room");
  await ada.page.getByText("Pinned.").waitFor();
  await ada.page.getByRole("button", { name: "About this room", exact: true }).click();
  await ada.page.getByRole("button", { name: `What you can do about ${bob.name}` }).click();
  await ada.page.getByRole("menuitem", { name: "Make moderator" }).click();
  await bob.page.getByText(`${ada.name} made ${bob.name} a moderator`).waitFor();
  await ada.page.getByRole("button", { name: "Edit", exact: true }).click();
  await ada.page.getByRole("dialog").getByLabel("Slow mode").selectOption("60");
  await ada.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await ada.page.getByRole("button", { name: /Change how others see you/ }).click();
  const status = ada.page.getByRole("dialog", { name: "How others see you" });
  await status.getByLabel("Do not disturb").check();
  await status.getByRole("button", { name: "Save" }).click();
  await bob.composer.pressSequentially("Wait for");
  await online(grace);

  await grace.page.getByText("Slow mode: one message every").waitFor();
  await grace.page.locator(".people .person", { hasText: ada.name }).getByText("do not disturb").waitFor();
  await openMenu(grace, "The key hangs");
  await grace.page.getByRole("menuitem", { name: "Unpin" }).waitFor();
  await grace.page.getByRole("menuitem", { name: "Save for later" }).click();
  await grace.page.getByText("Saved. You find it").waitFor();
  await act(device, "The key hangs", "Remove from saved");
  await act(bob, "The key hangs", "Delete as moderator …");
  await bob.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await grace.page.getByText(`deleted by ${bob.name}, who moderates here`).waitFor();
  await grace.composer.fill("I see");
  await grace.composer.press("Enter");
  await grace.page.getByText(/You can send the next one in/).waitFor();
});

test("who has read, who is typing, who reacted and what is new are told again after a reconnect", async () => {
  const [ada, grace] = await meet("roof");
  await ada.say("Who waters the plants?");
  await grace.sees("Who waters the plants?");
  const seenBy = ({ page }: Visitor, other: Visitor) => page.getByText(`Seen by ${other.name}`).first();
  await seenBy(ada, grace).waitFor({ state: "attached" });

  await offline(ada);
  await ada.page.evaluate("window.dispatchEvent(new Event('blur'))");
  await grace.say("/react 🌱");
  await row(grace, "Who waters").getByRole("button", { name: /^🌱 1/u }).waitFor();
  await grace.say(`@${ada.name} I did`);
  await grace.sees(`@${ada.name} I did`);
  await online(ada);
  await row(ada, "Who waters").getByRole("button", { name: "🌱 1 person", exact: true }).waitFor();
  await ada.page.locator(".message--for-me", { hasText: "I did" }).waitFor();
  await ada.page.locator(".new-line").waitFor();
  await seenBy(grace, ada).waitFor({ state: "attached" });
  // Word of it goes out once in three seconds, so she goes on.
  const typing = ada.page.locator(".typing").getByText(`${grace.name} is typing …`);
  await eventually(async () => {
    await grace.composer.pressSequentially("and ");
    return typing.isVisible();
  });
  await grace.composer.press("Enter");
  await typing.waitFor({ state: "detached" });
  await holds(ada.page, "!document.title.startsWith('(')");
});
