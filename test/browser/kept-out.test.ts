import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { MessageId } from "../../services/protocol/index.ts";
import type { Visitor } from "../support/browser.ts";
import { type ChatClient, roomId, signIn } from "../support/chat-client.ts";
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

/** A client that does not do what the page does, signed in as that visitor, on every node. */
async function cheatAs({ page }: Visitor): Promise<ChatClient[]> {
  const token = await page.evaluate<string>("JSON.parse(localStorage.getItem('parley.session')).token");
  return Promise.all(cluster.nodes.map((node) => signIn(node, { token })));
}
const roomOf = ({ page }: Visitor) => roomId(new URL(page.url()).pathname.split("/")[2] ?? "");
const message = () => ({ id: randomUUID() as string as MessageId, text: "I may not" });

async function actOn(by: Visitor, whom: Visitor, what: "Mute" | "Ban", reason: string): Promise<void> {
  await by.page.getByRole("button", { name: "About this room", exact: true }).click();
  await by.page.getByRole("button", { name: `What you can do about ${whom.name}`, exact: true }).click();
  await by.page.getByRole("menuitem", { name: `${what} …` }).click();
  const dialog = by.page.getByRole("dialog");
  await dialog.getByLabel("Reason, if you like").fill(reason);
  await dialog.getByRole("button", { name: what }).click();
  await dialog.waitFor({ state: "hidden" });
}

test("the muted are told so, until when and why, also where they come back when their node died; cheating does not help", async () => {
  const [ada, bob] = await meet("yard");
  await bob.say("Anybody here?");
  await ada.sees("Anybody here?");
  await actOn(ada, bob, "Mute", "It is late");
  const said = bob.page.getByText(/^You are muted here until .*\d\d:\d\d\.It is late$/);
  await said.waitFor();
  expect(await bob.composer.count()).toBe(0);

  const node = await nodeOf(cluster, bob.name);
  await node.kill();
  await eventually(async () => (await nodeOf(cluster, bob.name)) !== node);
  await bob.page.getByText("No connection.").waitFor({ state: "detached" });
  await said.waitFor();
  expect(await bob.composer.count()).toBe(0);
  await node.start();
  await cluster.ready();
  const room = roomOf(bob);
  for (const cheat of await cheatAs(bob)) {
    const refused = await cheat.refused("message:send", { room, ...message() });
    expect(refused).toMatchObject({ code: "forbidden", reason: "muted" });
    expect(Date.parse(refused.until ?? "")).toBeGreaterThan(Date.now());
  }
  await ada.say("Good night");
  await bob.sees("Good night");
  expect(await ada.texts()).toEqual(["Anybody here?", "Good night"]);
});

test("a mute that ended while its owner was away, told before or meanwhile, keeps nobody from writing", async () => {
  const [ada, bob] = await meet("porch");
  const room = roomOf(ada);
  const [[moderator], [cheat]] = await Promise.all([cheatAs(ada), cheatAs(bob)]);
  const mute = () => moderator?.get("room:mute", { room, to: { name: bob.name }, seconds: 3 });
  const over = (text: string) =>
    eventually(async () => (await cheat?.ask("message:send", { room, ...message(), text }))?.ok);
  await mute();
  await bob.page.getByText(/You are muted here until/).waitFor();
  await offline(bob);
  await over("the first is over");
  await online(bob);
  await bob.say("Told before");
  await ada.sees("Told before");

  await offline(bob);
  await mute();
  await ada.page
    .getByText(/muted .* for 3 seconds/)
    .first()
    .waitFor();
  await over("the second is over");
  await online(bob);
  await bob.sees("the second is over");
  await bob.say("Told meanwhile");
  await ada.sees("Told meanwhile");
});

test("who was banned while away is told when back, and comes in through no node until that ends", async () => {
  const [ada, bob, eve] = await gather("court");
  await eve.enter("Lobby");
  await Promise.all([offline(bob), offline(eve)]);
  await actOn(ada, bob, "Ban", "Enough");
  await ada.page.getByText(`banned ${bob.name} for 1 hour`).waitFor();
  await ada.say(`/ban "${eve.name}" 1h`);
  await ada.page.getByText(`banned ${eve.name} for 1 hour`).waitFor();
  await ada.say("Among ourselves");

  await Promise.all([online(bob), online(eve)]);
  await bob.page.getByRole("heading", { name: "You are banned from court" }).waitFor();
  await bob.page.getByText(new RegExp(`^${ada.name} keeps you out until .*\\d\\d:\\d\\d\\.$`)).waitFor();
  await bob.page.getByText("Enough").waitFor();
  expect(await bob.page.getByRole("button", { name: /Join/ }).count()).toBe(0);
  await eve.page.getByText(`${ada.name} banned you from court.`).waitFor();
  for (const { page } of [bob, eve]) {
    expect(await page.getByRole("navigation", { name: "Rooms" }).getByText("court").count()).toBe(0);
    expect(await page.getByText("Among ourselves").count()).toBe(0);
  }

  const room = roomOf(ada);
  const banned = { code: "forbidden", reason: "banned" };
  const cheats = await cheatAs(bob);
  for (const cheat of cheats) {
    expect(await cheat.refused("room:join", { room })).toMatchObject(banned);
    for (const attempt of [
      cheat.refused("message:send", { room, ...message() }),
      cheat.refused("room:history", { room }),
      cheat.refused("room:members", { room }),
      cheat.refused("room:thread", { room, of: { seq: 1, id: message().id } }),
    ])
      expect(await attempt).toMatchObject({ code: "forbidden" });
    expect(cheat.welcome.rooms.map(({ id }) => id)).not.toContain(room);
  }
  // Looks at the place anew, as from a link.
  await bob.page.reload();
  await bob.page.getByRole("heading", { name: "You are banned from court" }).waitFor();

  // A ban again, that ends by itself.
  const [moderator] = await cheatAs(ada);
  await moderator?.get("room:ban", { room, to: { name: bob.name }, seconds: 3 });
  await offline(bob);
  await eventually(async () => (await cheats[0]?.ask("room:join", { room }))?.ok);
  await online(bob);
  await bob.enter("court");
  await bob.say("Here again");
  await ada.sees("Here again");
});

test("who was banned while their page was closed is told when they come back, once, and at the address of the room", async () => {
  const [ada, bob] = await meet("closed court");
  const room = roomOf(ada);
  const [moderator] = await cheatAs(ada);
  const to = { name: bob.name };
  await bob.open("/favicon.svg");
  await moderator?.get("room:ban", { room, to, seconds: 3_600, reason: "Enough" });
  await bob.open("/");
  const said = bob.page.getByText(
    new RegExp(`^${ada.name} banned you from closed court until .*\\d\\d:\\d\\d\\.$`),
  );
  await said.waitFor();

  await bob.open(`/r/${room}`);
  const banned = bob.page.getByRole("heading", { name: "You are banned from closed court" });
  await banned.waitFor();
  await bob.page.getByRole("heading", { level: 1, name: "closed court" }).waitFor();
  await bob.page.getByText("Enough").waitFor();
  const join = bob.page.getByRole("button", { name: /Join/ });
  expect(await join.count()).toBe(0);
  expect(await said.count()).toBe(0);

  await moderator?.get("room:ban", { room, to, seconds: null });
  await bob.page.reload();
  await bob.page.getByText("until somebody who moderates it lifts that").waitFor();
  expect(await join.count()).toBe(0);

  await moderator?.get("room:unban", { room, to });
  await bob.page.reload();
  await join.click();
  await bob.say("Here again");
  await ada.sees("Here again");
});

test("who was removed while their page was closed is told when they come back, once; who left by themselves is not", async () => {
  const [ada, bob] = await meet("orchard");
  const room = roomOf(ada);
  const [moderator] = await cheatAs(ada);
  const said = bob.page.getByText(new RegExp(`^${ada.name} removed you from orchard at .*\\d\\d:\\d\\d`));
  const [cheat] = await cheatAs(bob);
  const untold = async () => (await cheat?.get("me:bans", {}))?.removals.length;
  const told = () => eventually(async () => (await untold()) === 0);
  await bob.open("/favicon.svg");
  await moderator?.get("room:remove", { room, to: { name: bob.name } });
  expect(await untold()).toBe(1);
  await bob.open("/");
  await said.waitFor();
  await told();

  await bob.open(`/r/${room}`);
  await bob.page.getByRole("heading", { name: "You are not in this room" }).waitFor();
  await bob.page.getByRole("button", { name: "Join", exact: true }).click();
  await bob.say("Here again");
  await ada.sees("Here again");

  // Removed again, and back at the address of the room.
  await bob.open("/favicon.svg");
  await moderator?.get("room:remove", { room, to: { name: bob.name } });
  await bob.open(`/r/${room}`);
  await bob.page.getByRole("heading", { name: "You were removed from orchard" }).waitFor();
  await bob.page.getByText(new RegExp(`^${ada.name} took you out at .*\\d\\d:\\d\\d`)).waitFor();
  expect(await said.count()).toBe(0);
  await told();

  await bob.page.getByRole("button", { name: "Join again" }).click();
  await bob.say("And again");
  await bob.open("/favicon.svg");
  await cheat?.get("room:leave", { room });
  expect(await untold()).toBe(0);
});
