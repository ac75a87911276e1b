import { describe, expect, test } from "vitest";
import { accessibilityProblems } from "../support/axe.ts";
import { holds } from "../support/browser.ts";
import { servePageFixture } from "../support/page-fixture.ts";
import { keepPictures } from "../support/pictures.ts";
import { receiveVisitors } from "../support/visitors.ts";

const { look } = receiveVisitors(servePageFixture);

const fake = (code: string) => `(() => { ${code} })()`;

describe("what the page says", () => {
  test("that it signs in, and that the server does not answer", async () => {
    const { page, open } = await look("/?form=1&connect=-1");
    await page.getByLabel("Your name").fill("ada");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Signing in" }).waitFor();
    await keepPictures(page, "signing in");
    await page.evaluate(fake("window.fake.emit({ type: 'connection', state: 'offline' })"));
    await page.getByText("The server does not answer.").waitFor();
    await keepPictures(page, "sign in without an answer");
    await open("/r/lobby?connect=-1");
    await page.getByText("Signing in as ada").waitFor();
    await keepPictures(page, "signing in again");
    await page.evaluate(fake("window.fake.emit({ type: 'connection', state: 'offline' })"));
    await page.getByText("The server does not answer.").waitFor();
    await keepPictures(page, "signing in again without an answer");
    await page.getByRole("button", { name: "Use another name" }).click();
    await page.getByLabel("Your name").waitFor();
  });

  test("that it was interrupted and is back; a node that said that it goes away is no interruption", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    const emit = (event: string) => page.evaluate(fake(`window.fake.emit(${event})`));
    await emit("{ type: 'draining', reconnectInMs: 60000 }");
    await emit("{ type: 'connection', state: 'connecting' }");
    await emit("{ type: 'connection', state: 'online' }");
    await emit("{ type: 'connection', state: 'offline' }");
    await page.getByText("No connection.").waitFor();
    await keepPictures(page, "no connection");
    await emit("{ type: 'connection', state: 'online' }");
    await page.getByText("Connected again.").waitFor();
    await page.getByText("Connected again.").waitFor({ state: "hidden" });
    await emit("{ type: 'degraded', reason: 'redis' }");
    await page.getByText("The server has trouble right now.").waitFor();
    await keepPictures(page, "the server has trouble");
    await emit("{ type: 'recovered' }");
    await page.getByText("The server has trouble right now.").waitFor({ state: "hidden" });
  });

  test("how long one has to wait when one was too fast", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await page.evaluate(fake("window.fake.sending = 'waits'"));
    await composer.fill("hasty");
    await composer.press("Enter");
    await page.evaluate(fake("window.fake.emit({ type: 'slowed', room: 'lobby', retryAfterMs: 2500 })"));
    await page.getByText("That was a little fast.").waitFor();
    await page.getByText("3 seconds").waitFor();
    await page.getByText("1 second", { exact: true }).waitFor();
    await page.getByText("That was a little fast.").waitFor({ state: "hidden" });
    await page.evaluate(fake("window.fake.emit({ type: 'slowed', room: 'lobby', retryAfterMs: 60_000 })"));
    await page.getByText("That was a little fast.").waitFor();
    await keepPictures(page, "too fast");
  });

  test("how much a name may have, as one types, and does not cut it", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    await page.getByRole("button", { name: "Make a room" }).click();
    const dialog = page.getByRole("dialog", { name: "Make a room" });
    const name = dialog.getByLabel("Name", { exact: true });
    await name.fill("The people who water the pl");
    await dialog.getByText("5 left").waitFor();
    await name.fill("The people who water the plants of the house");
    await dialog.getByText("12 too many: at most 32 characters.").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPictures(page, "a name that is too long");
    await dialog.getByRole("button", { name: "Make the room" }).click();
    expect(await name.inputValue()).toBe("The people who water the plants of the house");
    await name.fill("Plants");
    await dialog.getByRole("button", { name: "Make the room" }).click();
    await page.getByRole("heading", { level: 1, name: "Plants" }).waitFor();
  });

  test("who keeps one out of a room, until when and why, however long its name is", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.waitFor();
    const name = "Wolfeschlegelsteinhausenbergerdorf";
    await page.evaluate(
      fake(`const at = new Date().toISOString();
        // The invented server knows nothing of this room and this ban.
        for (const asked of ['room:history', 'me:bans']) window.fake.refuses[asked] = 'waits';
        window.fake.emit({ type: 'rooms', rooms: [{ id: 'r-x', name: '${name}', kind: 'channel', seq: 0, n: 0, read: 0, members: 2, at }] });
        history.pushState(null, '', '/r/r-x');
        dispatchEvent(new PopStateEvent('popstate'));
        const out = { type: 'room_removed', room: 'r-x', how: 'banned', until: null, reason: 'Third warning today' };
        window.fake.emit({ type: 'me-events', events: [{ ...out, by: { id: 'u-0', name: 'grace' }, seq: 1, id: 'e', at }] });
        window.fake.emit({ type: 'room-removed', room: 'r-x' });`),
    );
    await page.getByRole("heading", { name: `You are banned from ${name}` }).waitFor();
    await keepPictures(page, "banned from a room");
    await page.setViewportSize({ width: 390, height: 844 });
    await holds(page, "document.querySelector('.no-room').scrollWidth <= 390");
    await holds(page, "document.querySelector('.no-room h2').getBoundingClientRect().x >= 0");
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  test("that one was signed out elsewhere, and keeps what was being written", async () => {
    const { page, composer } = await look("/r/lobby");
    await composer.fill("half a sent");
    await page.evaluate(
      fake(
        `window.fake.emit({ type: 'connection', state: 'ended', error: { code: 'unauthorized', message: 'x' } })`,
      ),
    );
    await page.getByRole("heading", { name: "You are signed out" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await keepPictures(page, "signed out");
    await page.getByRole("button", { name: "Sign in again" }).click();
    await page.getByLabel("Your name").press("Enter");
    await composer.waitFor();
    expect(await composer.inputValue()).toBe("half a sent");
  });

  test("that there is a newer version, and keeps the draft through the reload", async () => {
    const { page, composer } = await look("/r/lobby?version=0.10.0");
    await composer.fill("unfinished");
    await page.getByRole("button", { name: "Reload" }).waitFor();
    await keepPictures(page, "a newer version");
    await page.getByRole("button", { name: "Reload" }).click();
    await composer.waitFor();
    await holds(page, "document.querySelector('#composer').value === 'unfinished'");
  });

  test("a failed message stays where it is, and goes or leaves as one says", async () => {
    const { page, composer, sees } = await look("/r/lobby");
    await composer.waitFor();
    await page.evaluate(fake("window.fake.sending = 'fails'"));
    for (const text of ["first try", "never mind"]) {
      await composer.fill(text);
      await composer.press("Enter");
    }
    const failed = page.locator(".message--failed");
    await failed.nth(1).waitFor();
    await keepPictures(page, "failed messages");
    await failed.nth(1).getByRole("button", { name: "Discard" }).click();
    await page.evaluate(fake("window.fake.sending = 'works'"));
    await failed.nth(0).getByRole("button", { name: "Try again" }).click();
    await sees("first try");
    expect(await page.getByText("never mind").count()).toBe(0);
  });
});
