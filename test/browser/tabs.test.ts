import { describe, expect, test } from "vitest";
import { holds, type Visitor } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { arrive, come } = receiveVisitors(async () => (await startCluster({ nodes: 2 })).url);

/** Another tab of the same browser. */
async function secondTab(first: Visitor): Promise<Visitor> {
  const second = await first.another();
  await second.open("/");
  await second.composer.waitFor();
  return second;
}

/** Another browser of the same person: it knows their session and nothing else. */
async function secondDevice(first: Visitor): Promise<Visitor> {
  const session = await first.page.evaluate<string>("localStorage.getItem('parley.session')");
  const second = await come(first.name);
  await second.open("/favicon.svg");
  await second.page.evaluate(`localStorage.setItem('parley.session', ${JSON.stringify(session)})`);
  await second.open("/");
  await second.composer.waitFor();
  return second;
}

const draftIs = (visitor: Visitor, text: string) =>
  holds(visitor.page, `document.querySelector('#composer')?.value === ${JSON.stringify(text)}`);
const type = (visitor: Visitor, text: string) => visitor.composer.pressSequentially(text);

describe("what one is about to say", () => {
  test("is there on another device, through a reload, and gone from both once it is sent", async () => {
    const phone = await arrive("grace");
    const desk = await secondDevice(phone);
    await type(phone, "half a tho");
    await draftIs(desk, "half a tho");
    await type(desk, "ught");
    await draftIs(phone, "half a thought");
    await phone.page.reload();
    await draftIs(phone, "half a thought");
    // A device that comes later.
    const late = await secondDevice(phone);
    await draftIs(late, "half a thought");
    await desk.composer.press("Enter");
    await phone.sees("half a thought");
    for (const device of [phone, desk, late]) await draftIs(device, "");
  });

  test("survives being without a connection, and what was written there comes to the others", async () => {
    const phone = await arrive("alan");
    const desk = await secondDevice(phone);
    await type(phone, "before the tunnel");
    await draftIs(desk, "before the tunnel");
    await phone.page.context().setOffline(true);
    await phone.page.getByText("No connection.").waitFor();
    await type(phone, ", and in it");
    await phone.page.context().setOffline(false);
    await draftIs(desk, "before the tunnel, and in it");
    await draftIs(phone, "before the tunnel, and in it");
  });
});

describe("two tabs of one browser", () => {
  test("show the same draft, also without a connection, and send it once", async () => {
    const first = await arrive("radia");
    const second = await secondTab(first);
    await first.page.context().setOffline(true);
    await first.page.getByText("No connection.").waitFor();
    await type(first, "written here");
    await draftIs(second, "written here");
    await second.composer.press("Enter");
    await draftIs(first, "");
    await first.page.context().setOffline(false);
    await first.sees("written here");
    await second.sees("written here");
    expect((await first.texts()).filter((text) => text === "written here")).toHaveLength(1);
  });

  test("look the same", async () => {
    const first = await arrive("hedy");
    const second = await secondTab(first);
    await first.page.getByRole("button", { name: "Settings" }).click();
    await first.page.getByLabel("Dark").click();
    await holds(second.page, "getComputedStyle(document.documentElement).colorScheme === 'dark'");
    await first.page.getByLabel("Starts a new line; Shift+Enter sends").click();
    await second.composer.fill("one");
    await second.composer.press("Enter");
    await draftIs(second, "one\n");
  });

  test("are signed in together and out together, also without a connection", async () => {
    const first = await arrive("vint");
    const second = await secondTab(first);
    await first.page.context().setOffline(true);
    await first.page.getByText("No connection.").waitFor();
    await first.page.getByRole("button", { name: "Sign out" }).click();
    await second.page.getByRole("heading", { name: "You are signed out" }).waitFor();
    await first.page.context().setOffline(false);
    await first.page.getByLabel("Your name").fill("vint the second");
    await first.page.keyboard.press("Enter");
    await first.composer.waitFor();
    await second.composer.waitFor();
    await second.page.locator(".self").getByText("vint the second").waitFor();
    await second.say("from the other tab");
    await first.sees("from the other tab");
  });
});
