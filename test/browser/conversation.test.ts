import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds, measure, phone } from "../support/browser.ts";
import { startCluster, type TestCluster } from "../support/cluster.ts";
import { receiveVisitors } from "../support/visitors.ts";
import { eventually } from "../support/wait.ts";

let cluster: TestCluster;
const { arrive, come } = receiveVisitors(async () => {
  cluster = await startCluster({ nodes: 2 });
  return cluster.url;
});

const log = "document.querySelector('.timeline__scroller')";

/** Which node somebody's window is on, as the cluster tells it. */
async function nodeOf(name: string): Promise<string> {
  return eventually(async () => {
    const response = await fetch(`${cluster.url}/api/cluster`, {
      headers: { authorization: `Bearer ${cluster.adminToken}` },
    });
    const { users } = (await response.json()) as { users: { name: string; node: string }[] };
    return users.find((user) => user.name === name)?.node;
  });
}

describe("two people", () => {
  test("see each other come, talk, and see each other leave", async () => {
    const [ada, grace] = await Promise.all([arrive("ada"), arrive("grace")]);
    await ada.page.locator(".people").getByText("grace", { exact: true }).waitFor();
    await ada.say("Good morning!");
    await grace.sees("Good morning!");
    await grace.say("And to you.\nHow was the journey?");
    await ada.sees("And to you.\nHow was the journey?");
    expect(await ada.texts()).toEqual(await grace.texts());
    await grace.page.getByRole("button", { name: "Sign out" }).click();
    await grace.page.getByLabel("Your name").waitFor();
    await ada.page.locator(".people").getByText("grace", { exact: true }).waitFor({ state: "detached" });
  });

  test("a name that is taken is refused in the form, another one works", async () => {
    await arrive("hopper");
    const other = await come("Hopper");
    await other.open("/");
    await other.page.getByLabel("Your name").fill("Hopper");
    await other.page.keyboard.press("Enter");
    await other.page.getByRole("alert").getByText("Somebody else is Hopper right now.").waitFor();
    await other.page.getByLabel("Your name").fill("<hopper>");
    await other.page.keyboard.press("Enter");
    await other.page.getByRole("alert").getByText("That name cannot be used").waitFor();
    await other.page.getByLabel("Your name").fill("Hopper the second");
    await other.page.keyboard.press("Enter");
    await other.composer.waitFor();
  });

  test("write to each other by number, and nobody else sees it", async () => {
    const [alan, kurt, eve] = await Promise.all([arrive("alan"), arrive("kurt"), arrive("eve")]);
    const row = alan.page.locator(".people .person", { hasText: "kurt" });
    const number = /#(\d+)/.exec((await row.textContent()) ?? "")?.[1];
    await alan.say(`/msg ${number} between the two of us`);
    await alan.page.getByText(`To kurt (#${number})`).waitFor();
    await alan.page.getByRole("heading", { level: 1, name: "kurt" }).waitFor();
    await alan.sees("between the two of us");
    await kurt.enter("alan");
    await kurt.sees("between the two of us");
    await kurt.say("As it should be.");
    await alan.sees("As it should be.");
    expect(await eve.page.getByRole("navigation", { name: "Rooms" }).getByText("alan").count()).toBe(0);
    await alan.say("/msg 999999 nobody");
    await alan.page.getByRole("alert").waitFor();
    expect(await alan.composer.inputValue()).toBe("/msg 999999 nobody");
  });

  test("make a room, invite, join, and leave it", async () => {
    const [mary, jean] = await Promise.all([arrive("mary"), arrive("jean")]);
    await mary.say("/create --private den");
    await mary.page.getByRole("heading", { level: 1, name: "den" }).waitFor();
    await mary.say("just us");
    await mary.page.getByRole("button", { name: "About this room" }).click();
    const about = mary.page.getByRole("complementary", { name: "About this room" });
    await about.getByRole("button", { name: "Invite somebody" }).click();
    await mary.page.getByLabel("Name, or number").fill("jean");
    await mary.page.getByRole("button", { name: "Invite", exact: true }).click();
    await jean.enter("den");
    await jean.sees("just us");
    await mary.page.getByText("mary added jean").waitFor();
    await mary.say("/create garden");
    await mary.page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
    await jean.say("/join garden");
    await jean.page.getByRole("heading", { level: 1, name: "garden" }).waitFor();
    await mary.page.getByText("jean joined").waitFor();
    await jean.say("/leave");
    await jean.page.getByRole("dialog").getByRole("button", { name: "Leave" }).click();
    await jean.page.getByRole("heading", { level: 1, name: "Lobby" }).waitFor();
    await jean.page
      .getByRole("navigation", { name: "Rooms" })
      .getByText("garden", { exact: true })
      .waitFor({ state: "detached" });
    await mary.page.getByText("jean left").waitFor();
  });
});

describe("one person", () => {
  test("keeps the session and the draft through a reload, without the form", async () => {
    const tim = await arrive("tim");
    await tim.say("before");
    await tim.sees("before");
    await tim.composer.fill("half a th");
    await tim.page.reload();
    await tim.composer.waitFor();
    expect(await tim.composer.inputValue()).toBe("half a th");
    await tim.sees("before");
    await tim.composer.press("Enter");
    await tim.sees("half a th");
    await tim.page
      .locator(".people .person", { hasText: "(you)" })
      .getByText("tim", { exact: true })
      .waitFor();
  });

  test("has the same counts on two screens: reading on one is reading on both", async () => {
    const [vint, bob] = await Promise.all([arrive("vint"), arrive("bob")]);
    const second = await vint.another();
    await second.open("/");
    await second.composer.waitFor();
    await vint.say("/create counts");
    await vint.page.getByRole("heading", { level: 1, name: "counts" }).waitFor();
    const secondRow = second.page
      .getByRole("navigation", { name: "Rooms" })
      .getByRole("link", { name: /counts/ });
    await secondRow.waitFor();
    await vint.enter("Lobby");
    await bob.say("/join counts");
    await bob.page.getByRole("heading", { level: 1, name: "counts" }).waitFor();
    for (const text of ["one", "two", "three"]) {
      await bob.say(text);
      await bob.sees(text);
    }
    const row = vint.page.getByRole("navigation", { name: "Rooms" }).getByRole("link", { name: /counts/ });
    await row.getByText("3").waitFor();
    await secondRow.getByText("3").waitFor();
    await holds(vint.page, "document.title.startsWith('(3) ')");
    await second.page.bringToFront();
    await secondRow.click();
    await second.sees("three");
    await secondRow.locator(".unread").waitFor({ state: "detached" });
    await row.locator(".unread").waitFor({ state: "detached" });
    await holds(vint.page, "!document.title.startsWith('(')");
  });

  test("is signed out everywhere at once", async () => {
    const ken = await arrive("ken");
    const second = await ken.another();
    await second.open("/");
    await second.composer.waitFor();
    await ken.page.getByRole("button", { name: "Sign out" }).click();
    await second.page.getByRole("heading", { name: "You are signed out" }).waitFor();
    await second.page.reload();
    await second.page.getByLabel("Your name").waitFor();
  });

  test("finds a long history again by scrolling, in order and without a jump", async () => {
    const ada = await arrive("long-ago");
    await ada.say("/create annals");
    await ada.page.getByRole("heading", { level: 1, name: "annals" }).waitFor();
    const room = /\/r\/([^/]+)/.exec(ada.page.url())?.[1];
    const token = await ada.page.evaluate("JSON.parse(localStorage.getItem('parley.session')).token");
    const count = 180;
    for (let i = 1; i <= count; i++) {
      const response = await eventually(async () => {
        const answer = await fetch(`${cluster.url}/api/rooms/${room}/messages`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "idempotency-key": crypto.randomUUID(),
          },
          body: JSON.stringify({ text: `entry ${i}` }),
        });
        return answer.status === 429 ? undefined : answer;
      });
      expect(response.status).toBeLessThan(300);
    }
    await ada.page.reload();
    await ada.sees(`entry ${count}`);
    await holds(ada.page, `${log}.scrollHeight - ${log}.scrollTop - ${log}.clientHeight < 2`);
    expect(await measure(ada.page, "document.querySelectorAll('.message').length")).toBeLessThan(count);
    await ada.page.getByRole("log").focus();
    await eventually(
      async () => {
        await ada.page.keyboard.press("PageUp");
        return ada.page.getByText("This is where this channel begins").isVisible();
      },
      { timeoutMs: 20_000 },
    );
    expect(await ada.texts()).toEqual(Array.from({ length: count }, (_, i) => `entry ${i + 1}`));
  });
});

describe("when a node dies", () => {
  test("the page says so, keeps what is written, and comes back with nothing missing and nothing twice", async () => {
    const sophie = await arrive("sophie");
    const first = await nodeOf("sophie");
    // On the other node; whoever comes to the same one leaves again.
    let radia = await arrive("radia");
    for (let i = 1; (await nodeOf(radia.name)) === first && i < 10; i++) radia = await arrive(`radia ${i}`);
    await sophie.say("/create survivors");
    await sophie.page.getByRole("heading", { level: 1, name: "survivors" }).waitFor();
    await radia.say("/join survivors");
    await radia.page.getByRole("heading", { level: 1, name: "survivors" }).waitFor();
    await radia.say("before");
    await sophie.sees("before");

    const victim = await eventually(async () => {
      const response = await fetch(`${cluster.url}/api/cluster`, {
        headers: { authorization: `Bearer ${cluster.adminToken}` },
      });
      const { nodes } = (await response.json()) as { nodes: { id: string; pid: number }[] };
      const pid = nodes.find((node) => node.id === first)?.pid;
      return cluster.nodes.find((node) => node.pid === pid);
    });
    // Without a network, so that the interruption lasts as long as this takes.
    await sophie.page.context().setOffline(true);
    await victim.kill();
    await sophie.page.getByText("No connection.").waitFor();
    await sophie.say("from the dark");
    await sophie.page.getByText("1 message is waiting here").waitFor();
    expect(await accessibilityProblems(sophie.page)).toEqual([]);
    for (let i = 1; i <= 5; i++) {
      await radia.say(`meanwhile ${i}`);
      await radia.sees(`meanwhile ${i}`);
    }
    await sophie.page.context().setOffline(false);
    await sophie.page.getByText("Connected again.").waitFor();
    await sophie.sees("from the dark");
    await radia.sees("from the dark");
    const all = ["before", ...Array.from({ length: 5 }, (_, i) => `meanwhile ${i + 1}`), "from the dark"];
    expect(await sophie.texts()).toEqual(all);
    expect(await radia.texts()).toEqual(all);
    await victim.start();
    await cluster.ready();
  });
});

describe("when Redis is away", () => {
  test("the page says that the server has trouble, keeps what is written, and sends it once that is over", async () => {
    const [dennis, brian] = await Promise.all([arrive("dennis"), arrive("brian")]);
    await dennis.say("all is well");
    await brian.sees("all is well");
    await cluster.redis.kill();
    await dennis.page.getByText("The server has trouble right now.").waitFor();
    await dennis.say("kept for later");
    await dennis.page.getByText("1 message is waiting here").waitFor();
    expect(await brian.texts()).not.toContain("kept for later");
    await cluster.redis.start();
    await dennis.page.getByText("The server has trouble right now.").waitFor({ state: "hidden" });
    await dennis.sees("kept for later");
    await brian.sees("kept for later");
    expect((await brian.texts()).filter((text) => text === "kept for later")).toHaveLength(1);
  });
});

describe("on a phone", () => {
  test("one talks, finds people, and comes back", async () => {
    const [edsger, frances] = await Promise.all([arrive("edsger", phone), arrive("frances")]);
    await edsger.say("From the tram.");
    await frances.sees("From the tram.");
    await edsger.page.goBack();
    await edsger.page.getByRole("searchbox", { name: "Find somebody" }).fill("fran");
    await edsger.page.getByRole("button", { name: /^frances/ }).click();
    await edsger.page.getByRole("heading", { level: 1, name: "frances" }).waitFor();
    await edsger.say("Got a minute?");
    await frances.enter("edsger");
    await frances.sees("Got a minute?");
    expect(await measure(edsger.page, "document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    expect(await accessibilityProblems(edsger.page)).toEqual([]);
  });
});
