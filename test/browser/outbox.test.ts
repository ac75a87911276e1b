import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import type { Visitor } from "../support/browser.ts";
import { startCluster, type TestCluster, type TestService } from "../support/cluster.ts";
import { keepPicture } from "../support/pictures.ts";
import { receiveVisitors } from "../support/visitors.ts";

let cluster: TestCluster;
const { arrive, come } = receiveVisitors(async () => {
  cluster = await startCluster({ nodes: 1 });
  return cluster.url;
});

async function tabOf(visitor: Visitor): Promise<Visitor> {
  const tab = await visitor.another();
  await tab.open("/");
  await tab.composer.waitFor();
  return tab;
}

const trouble = (tab: Visitor) => tab.page.getByText("The server has trouble right now.");

async function redisGoes(...tabs: Visitor[]): Promise<void> {
  await cluster.redis.kill();
  await Promise.all(tabs.map((tab) => trouble(tab).waitFor()));
}

async function redisComes(): Promise<void> {
  await cluster.redis.start();
  await cluster.ready();
}

/** As the system does that runs out of memory: without a word to the page. */
async function crash({ page }: Visitor): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const crashed = page.waitForEvent("crash");
  session.send("Page.crash").catch(() => {});
  await crashed;
}

const numbered = (what: string, count: number) => Array.from({ length: count }, (_, i) => `${what} ${i + 1}`);

async function saysAll(tab: Visitor, texts: readonly string[]): Promise<void> {
  for (const text of texts) await tab.say(text);
}

describe("what was written while the server had trouble", () => {
  test("goes out once and in order, also from a tab that was killed, by whoever of its person is there next", async () => {
    const [ada, reader] = await Promise.all([arrive("ada"), arrive("reader")]);
    const doomed = await tabOf(ada);
    const closed = await tabOf(ada);
    await redisGoes(ada, doomed, closed, reader);
    await saysAll(doomed, numbered("killed", 3));
    await saysAll(closed, numbered("closed", 3));
    await saysAll(ada, numbered("stayed", 3));
    await doomed.page.getByText("3 messages are waiting here and will be sent by themselves.").waitFor();
    await crash(doomed);
    await closed.page.close();
    await redisComes();
    for (const what of ["closed", "stayed", "killed"]) {
      // What a killed tab left is known to be left once it was silent for 15 seconds.
      await reader.page.getByText(`${what} 3`, { exact: true }).waitFor({ timeout: 30_000 });
    }
    const texts = await reader.texts();
    for (const what of ["killed", "closed", "stayed"])
      expect(texts.filter((text) => text.startsWith(what))).toEqual(numbered(what, 3));
    await ada.sees("killed 3");
    expect(await ada.texts()).toEqual(texts);
    // Nothing is left behind that a next tab would send again.
    const next = await tabOf(ada);
    await next.sees("killed 3");
    expect(await next.texts()).toEqual(texts);
  });

  test("goes out in the next visit when all of its tabs are gone", async () => {
    const [grace, reader] = await Promise.all([arrive("grace"), arrive("second reader")]);
    await redisGoes(grace, reader);
    await saysAll(grace, numbered("kept", 2));
    await grace.page.getByText("2 messages are waiting here").waitFor();
    const later = await grace.another();
    await grace.page.close();
    await redisComes();
    await later.open("/");
    await later.sees("kept 2");
    await reader.sees("kept 2");
    expect((await reader.texts()).filter((text) => text.startsWith("kept"))).toEqual(numbered("kept", 2));
  });

  const refusals = {
    full: `const all = localStorage; let block = "x".repeat(2 ** 20);
      while (block.length > 0) try { all.setItem("full" + Math.random(), block); }
        catch { block = block.slice(0, block.length / 2 | 0); }`,
    forbidden: `Storage.prototype.setItem = () => { throw new DOMException("no", "SecurityError"); };`,
  };
  test.each(Object.entries(refusals))(
    "is said not to be kept when the storage is %s, and goes out",
    async (how, refuse) => {
      const [alan, reader] = await Promise.all([arrive(`alan ${how}`), arrive(`reader ${how}`)]);
      await redisGoes(alan, reader);
      await alan.page.evaluate(refuse);
      await alan.say(`${how} one`);
      await alan.page
        .getByText(
          "1 message is waiting. Your browser cannot keep it: leave this page open until it is sent.",
        )
        .waitFor();
      expect(await accessibilityProblems(alan.page)).toEqual([]);
      await alan.say(`${how} two`);
      await alan.page.getByText("2 messages are waiting. Your browser cannot keep them").waitFor();
      await keepPicture(alan.page, `not kept, storage ${how}`);
      await redisComes();
      await reader.sees(`${how} two`);
      expect((await reader.texts()).filter((text) => text.startsWith(how))).toEqual([
        `${how} one`,
        `${how} two`,
      ]);
    },
  );
});

test("without any storage the page works all the same", async () => {
  const visitor = await come("nobody remembers");
  await visitor.page.addInitScript(
    `Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } });`,
  );
  await visitor.signIn();
  await visitor.say("hello all the same");
  await visitor.sees("hello all the same");
});

describe("while Redis is away", () => {
  test("the page loads through the balancer and says why nobody can sign in, and then does", async () => {
    await cluster.redis.kill();
    const late = await come("late");
    await late.open("/");
    await late.page.getByLabel("Your name").fill("late");
    await late.page.keyboard.press("Enter");
    await late.page.getByText("The server does not answer. Trying again …").waitFor();
    await keepPicture(late.page, "sign in while Redis is away");
    expect(await accessibilityProblems(late.page)).toEqual([]);
    await redisComes();
    await late.composer.waitFor();
  });
});

describe("signing out", () => {
  test("from a server that hangs is said, and done when it answers", async () => {
    const [node] = cluster.nodes as [TestService];
    const ken = await arrive("ken");
    const other = await tabOf(ken);
    await node.kill("SIGSTOP");
    await ken.page.getByRole("button", { name: "Sign out" }).click();
    await ken.page.getByText("The server does not answer yet. Keep this page open").waitFor();
    await keepPicture(ken.page, "sign out from a server that hangs");
    expect(await accessibilityProblems(ken.page)).toEqual([]);
    await node.kill("SIGCONT");
    await ken.page.getByText("You are signed out.").waitFor();
    await other.page.getByRole("heading", { name: "You are signed out" }).waitFor();
  });
});
