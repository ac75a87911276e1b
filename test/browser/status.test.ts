import { expect, test } from "vitest";
import type { Visitor } from "../support/browser.ts";
import { signIn } from "../support/chat-client.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { offline, online } from "../support/meetings.ts";
import { nodeOf } from "../support/node-of.ts";
import { receiveVisitors } from "../support/visitors.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
const { arrive, come } = receiveVisitors(async () => {
  cluster = await startCluster({ nodes: 2 });
  return cluster.url;
});

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

/** Somebody on that node, or on another one, with all that the server ever says to their page. */
async function arriveAt(name: string, isHere: (pid: number) => boolean): Promise<[Visitor, string[]]> {
  for (let i = 1; i < 20; i++) {
    const visitor = await come(`${name} ${i}`);
    const frames: string[] = [];
    visitor.page.on("websocket", (socket) => {
      socket.on("framereceived", ({ payload }) => frames.push(String(payload)));
    });
    await visitor.signIn();
    if (isHere((await nodeOf(cluster, visitor.name)).pid)) return [visitor, frames];
    await visitor.page.close();
  }
  throw new Error("the balancer sends everybody to one node");
}

const isWelcome = (frame: string) => frame.startsWith('42["welcome"');

test("the invisible whose node dies come back elsewhere, and nobody is ever told of their going or coming", async () => {
  const [nemo, said] = await arriveAt("nemo", () => true);
  const welcomes = () => said.filter(isWelcome).length;
  const node = await nodeOf(cluster, nemo.name);
  const others = await Promise.all([
    arriveAt("same node", (pid) => pid === node.pid),
    arriveAt("other node", (pid) => pid !== node.pid),
  ]);
  const row = ({ page }: Visitor, name: string) => page.locator(".people .person", { hasText: name });
  for (const [other] of others) await row(other, "nemo").waitFor();
  const [, [grace]] = others;
  await row(grace, "nemo").getByRole("button").click();
  await grace.page.getByRole("heading", { level: 1, name: "nemo" }).waitFor();
  await setStatus(nemo, (dialog) => dialog.getByLabel("Invisible").check());
  for (const [other] of others) await row(other, "nemo").waitFor({ state: "detached" });
  await grace.page.getByText(/Last seen/).waitFor();
  const told = others.map(([, frames]) => frames.length);

  const before = welcomes();
  await node.kill();
  await eventually(() => welcomes() > before, { timeoutMs: 20_000 });
  await nemo.page.getByText("No connection.").waitFor({ state: "detached" });
  // The dead node's part of the list is gone, too, and everything that was to be told of it came before this.
  await eventually(() => cluster.presence[0]?.logged("node removed").length === 1, { timeoutMs: 20_000 });
  await arrive("afterwards");
  for (const [other] of others) await row(other, "afterwards").waitFor();

  await nemo.page.getByRole("button", { name: /Invisible/ }).waitFor();
  for (const [i, [other, frames]] of others.entries()) {
    expect(await row(other, "nemo").count()).toBe(0);
    expect(frames.slice(told[i]).filter((frame) => frame.includes("nemo"))).toEqual([]);
  }
  const stranger = await signIn(cluster);
  const { users, count } = await stranger.get("users:list", { query: "nemo" });
  expect(users).toEqual([]);
  expect(count).toBe(4);
  await grace.say("I know that you read this");
  await nemo.page.getByRole("link", { name: new RegExp(grace.name) }).click();
  await nemo.sees("I know that you read this");
  await node.start();
});

test("a line whose time ran out while its owner and who looks were away is gone for both when they are back", async () => {
  const [ada, grace, bob] = await Promise.all(["ida", "gus", "rob"].map((name) => arrive(name)));
  if (!ada || !grace || !bob) throw new Error("three came");
  const token = await ada.page.evaluate<string>("JSON.parse(localStorage.getItem('parley.session')).token");
  // Keeps her on the list meanwhile.
  const phone = await signIn(cluster, { token });
  await phone.get("status:set", { mode: "dnd", text: "Back soon", emoji: "☕", forSeconds: 8 });
  const row = ({ page }: Visitor) => page.locator(".people .person", { hasText: "ida" });
  for (const other of [grace, bob]) await row(other).getByTitle("☕ Back soon").waitFor();
  const own = ada.page.getByRole("button", { name: /Change how others see you/ });
  await own.getByText("☕ Back soon").waitFor();
  await Promise.all([offline(ada), offline(grace)]);
  await row(bob).getByTitle("☕ Back soon").waitFor({ state: "detached" });
  await Promise.all([online(ada), online(grace)]);
  await own.getByText("Online").waitFor();
  await row(grace).getByTitle("☕ Back soon").waitFor({ state: "detached" });
  for (const { page } of [ada, grace, bob]) {
    expect(await page.getByText("Back soon").count()).toBe(0);
    expect(await page.getByText("do not disturb").count()).toBe(0);
  }
});
