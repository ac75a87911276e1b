import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { phone, type Visitor } from "../support/browser.ts";
import { startCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { arrive } = receiveVisitors(async () => (await startCluster({ nodes: 2 })).url);

const heading = (of: Visitor, name: string) => of.page.getByRole("heading", { name });
const dialog = (of: Visitor) => of.page.getByRole("dialog");
const press = (of: Visitor, button: string) =>
  of.page.getByRole("button", { name: button, exact: true }).click();

/** Opens what is known of the room on screen. */
const openAbout = (of: Visitor) => press(of, "About this room");

/** Chooses what to do about a member, in the list that is open. */
async function actOn(by: Visitor, whom: string, what: string): Promise<void> {
  await press(by, `What you can do about ${whom}`);
  await by.page.getByRole("menuitem", { name: what, exact: true }).click();
}

/** A channel that the first of them owns and all of them are in. */
async function gather(name: string, owner: Visitor, ...others: Visitor[]): Promise<void> {
  await owner.say(`/create ${name}`);
  await owner.page.getByRole("heading", { level: 1, name }).waitFor();
  for (const other of others) {
    await other.say(`/join ${name}`);
    await other.page.getByRole("heading", { level: 1, name }).waitFor();
  }
}

describe("those who moderate a room", () => {
  test("mute, ban and lift, and the one concerned is told what, until when and why", async () => {
    const [ada, mia, bob] = await Promise.all([arrive("ada"), arrive("mia"), arrive("bob")]);
    await gather("garden", ada, mia, bob);
    await openAbout(ada);
    await actOn(ada, "mia", "Make moderator");
    await mia.page.getByText("ada made mia a moderator").waitFor();
    await openAbout(bob);
    expect(await bob.page.getByRole("button", { name: /What you can do about/ }).count()).toBe(0);

    await openAbout(mia);
    expect(await mia.page.getByRole("button", { name: "What you can do about ada" }).count()).toBe(0);
    await actOn(mia, "bob", "Mute …");
    await dialog(mia).getByLabel("10 minutes").check();
    await dialog(mia).getByLabel("Reason, if you like").fill("Please calm down");
    expect(await accessibilityProblems(mia.page)).toEqual([]);
    await dialog(mia).getByRole("button", { name: "Mute" }).click();
    await bob.page.getByText(/You are muted here until .*\d\d:\d\d/).waitFor();
    expect(await bob.composer.count()).toBe(0);
    expect(await accessibilityProblems(bob.page)).toEqual([]);
    await bob.page.reload();
    await bob.page.getByText("Please calm down").waitFor();
    await actOn(mia, "bob", "Let write again");
    await bob.say("I am calm");
    await ada.sees("I am calm");

    await actOn(mia, "bob", "Ban …");
    await dialog(mia).getByLabel("Reason, if you like").fill("Not calm at all");
    await dialog(mia).getByRole("button", { name: "Ban" }).click();
    await heading(bob, "You are banned from garden").waitFor();
    await bob.page.getByText(/mia keeps you out until/).waitFor();
    await bob.page.getByText("Not calm at all").waitFor();
    expect(await accessibilityProblems(bob.page)).toEqual([]);
    await ada.page.getByText("mia banned bob for 1 hour").waitFor();

    await bob.page.reload();
    await heading(bob, "You are banned from garden").waitFor();
    await bob.page.getByText("Not calm at all").waitFor();

    await press(ada, "Moderation log");
    await dialog(ada).getByText("mia muted bob for 10 minutes").waitFor();
    expect(await accessibilityProblems(ada.page)).toEqual([]);
    await dialog(ada).getByRole("button", { name: "Lift the ban of bob" }).click();
    await dialog(ada).getByText("ada lifted the ban of bob").waitFor();
    await ada.page.keyboard.press("Escape");
    await bob.page.reload();
    await press(bob, "Join");
    await bob.say("Thank you");
    await ada.sees("Thank you");
  });

  test("take somebody out who is away, and who learns it when they come back", async () => {
    const [olga, paul] = await Promise.all([arrive("olga"), arrive("paul")]);
    await gather("attic", olga, paul);
    await paul.say("Back in a minute");
    await olga.sees("Back in a minute");
    await paul.page.goto("about:blank");
    await openAbout(olga);
    await actOn(olga, "paul", "Remove …");
    await dialog(olga).getByRole("button", { name: "Remove" }).click();
    await olga.page.getByText("olga removed paul").waitFor();
    await paul.page.goBack();
    await heading(paul, "You were removed from attic").waitFor();
    await press(paul, "Join again");
    await paul.say("Here I am again");
    await olga.sees("Here I am again");
  });

  test("delete what others said, and everybody is told that one of them did", async () => {
    const [rosa, carl, emil] = await Promise.all([arrive("rosa"), arrive("carl"), arrive("emil", phone)]);
    await gather("kitchen", rosa, carl, emil);
    await carl.say("Something rude");
    await rosa.sees("Something rude");
    await rosa.page.locator(".message", { hasText: "Something rude" }).hover();
    await press(rosa, "More actions");
    await rosa.page.getByRole("menuitem", { name: /Delete as moderator/ }).click();
    await dialog(rosa).getByRole("button", { name: "Delete" }).click();
    for (const one of [rosa, carl, emil])
      await one.page.getByText("This message was deleted by rosa, who moderates here.").waitFor();
    await emil.page.reload();
    await emil.page.getByText("This message was deleted by rosa, who moderates here.").waitFor();
    await openAbout(rosa);
    await press(rosa, "Moderation log");
    await dialog(rosa).getByText("rosa deleted a message of carl").waitFor();
  });

  test("set name, topic, description and pace; who writes sees how long is left, and loses nothing", async () => {
    const [lise, otto] = await Promise.all([arrive("lise"), arrive("otto", phone)]);
    await gather("lab", lise, otto);
    await openAbout(lise);
    await press(lise, "Edit");
    await dialog(lise).getByLabel("Name").fill("laboratory");
    await dialog(lise).getByLabel("Topic").fill("What we measure today");
    await dialog(lise).getByLabel("Description").fill("Write down\neverything");
    await dialog(lise).getByLabel("Slow mode").selectOption("5");
    expect(await accessibilityProblems(lise.page)).toEqual([]);
    await dialog(lise).getByRole("button", { name: "Save" }).click();
    await otto.page.getByRole("heading", { level: 1, name: "laboratory" }).waitFor();
    await otto.page.getByText("What we measure today", { exact: true }).waitFor();
    await lise.page.locator(".about__description").getByText("everything").waitFor();
    await otto.page.getByText("Slow mode: one message every 5 seconds.").waitFor();
    await otto.say("one");
    await lise.sees("one");
    await otto.page.getByText(/You can send the next one in [1-5] second/).waitFor();
    await otto.say("two");
    expect(await otto.composer.inputValue()).toBe("two");
    expect(await otto.page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
    expect(await accessibilityProblems(otto.page)).toEqual([]);
    await otto.page.locator(".composer__send:enabled").click();
    await lise.sees("two");
    for (const text of ["no", "pace", "for owners"]) await lise.say(text);
    await otto.sees("for owners");
  });

  test("archive a room, which can be read then and is in nobody's list of channels", async () => {
    const [nina, theo] = await Promise.all([arrive("nina"), arrive("theo")]);
    await gather("cellar", nina, theo);
    await theo.say("Some wine");
    await openAbout(nina);
    await press(nina, "Archive");
    await dialog(nina).getByRole("button", { name: "Archive" }).click();
    await theo.page.getByText("This room is archived: it can only be read.").waitFor();
    await theo.sees("Some wine");
    expect(await accessibilityProblems(theo.page)).toEqual([]);
    await press(nina, "Open it again");
    await dialog(nina).getByRole("button", { name: "Open again" }).click();
    await theo.say("More wine");
    await nina.sees("More wine");
  });
});

describe("the list of channels", () => {
  test("is searched, walked through and joined from the keyboard", async () => {
    const [rita, hugo] = await Promise.all([arrive("rita"), arrive("hugo")]);
    for (const name of ["harbour", "harvest"]) await gather(name, rita);
    await rita.say("/topic Apples and pears");
    await press(hugo, "Find a channel");
    const search = hugo.page.getByLabel("Find a channel");
    await search.fill("harv");
    await dialog(hugo).getByText("Apples and pears").waitFor();
    await dialog(hugo).locator(".directory__name", { hasText: "harbour" }).waitFor({ state: "detached" });
    expect(await accessibilityProblems(hugo.page)).toEqual([]);
    await search.press("ArrowDown");
    await hugo.page.keyboard.press("Enter");
    await hugo.page.getByRole("heading", { level: 1, name: "harvest" }).waitFor();
    await hugo.say("Pears, please");
    await rita.sees("Pears, please");
  });
});
