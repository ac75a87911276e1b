import type { Browser, Page } from "playwright-core";
import type { Figure } from "../workloads/workload.ts";
import { atShare, openPage, type WatchedNotes, type WatchedPage } from "./watched-page.ts";

/** A page in a situation of life, and what it cost there. */
export interface Scene {
  readonly name: string;
  run(browser: Browser, url: string): Promise<Figure[]>;
}

const megabyte = 2 ** 20;
const scroller = "document.querySelector('.timeline__scroller')";

export const scenes: readonly Scene[] = [
  { name: "reading back 50,000 messages", run: readBack },
  { name: "50 messages a second while one types", run: typeInBurst },
  { name: "one message", run: drawMessages },
  { name: "5,000 people", run: manyPeople },
  { name: "200 rooms", run: manyRooms },
];

async function readBack(browser: Browser, url: string): Promise<Figure[]> {
  const watched = await openPage(browser, `${url}/r/lobby?messages=50000`);
  const { page } = watched;
  const before = await watched.heap();
  await page.mouse.move(640, 400);
  const notes = await watched.noting(async () => {
    const from = Date.now();
    // By wheel, then by key, then as one drags the bar: to the top, again and again.
    while (Date.now() - from < 12_000) await page.mouse.wheel(0, -2_500);
    await page.locator(".timeline__scroller").focus();
    while (Date.now() - from < 16_000) await page.keyboard.press("PageUp");
    while (Date.now() - from < 30_000) {
      await page.evaluate(`${scroller}.scrollTop = 0`);
      await nextFrame(page);
    }
  });
  const after = await watched.heap();
  const oldest = await page.evaluate<string>("document.querySelector('.message').dataset.key");
  await watched.close();
  const scene = "reading back 50,000 messages";
  return [
    one(scene, "messages read back in half a minute", "", 50_000 - Number(oldest.slice(-12))),
    one(scene, "frames in which something of the conversation was empty", "", notes.holes),
    one(scene, "frames", "", notes.frames),
    ...tasks(scene, notes),
    one(scene, "elements in the document, most", "", notes.nodes),
    one(scene, "memory more than before, at the end of that", "MiB", (after - before) / megabyte),
  ];
}

async function typeInBurst(browser: Browser, url: string): Promise<Figure[]> {
  const watched = await openPage(browser, `${url}/r/lobby?messages=400`);
  const { page } = watched;
  await page.locator("#composer").focus();
  await page.evaluate(
    "window.burst = setInterval(() => window.fake.hear('lobby', 'grace', 'One of **fifty** in this second, at ' + Date.now()), 20)",
  );
  const notes = await watched.noting(() =>
    page.keyboard.type("What one types while the others talk goes on at its own pace. ".repeat(2), {
      delay: 80,
    }),
  );
  await page.evaluate("clearInterval(window.burst)");
  await watched.close();
  const scene = "50 messages a second while one types";
  return [
    ...tasks(scene, notes),
    one(scene, "from a key to its letter on screen, half of them", "ms", atShare(notes.keys, 0.5)),
    one(scene, "from a key to its letter on screen, 99 of 100", "ms", atShare(notes.keys, 0.99)),
    one(scene, "elements in the document, most", "", notes.nodes),
  ];
}

/** Everything that the main thread does for a message: state, views, style, layout, paint. */
async function drawMessages(browser: Browser, url: string): Promise<Figure[]> {
  const watched = await openPage(browser, `${url}/r/lobby?messages=400`);
  const { page } = watched;
  const batch = 50;
  const times = 10;
  const spent = await watched.spending(async () => {
    for (let i = 0; i < times; i++) {
      await page.evaluate(
        `window.fake.hear('lobby', 'grace', ...Array.from({ length: ${batch} }, (_, i) => 'Said in a few words, number ' + i))`,
      );
      await nextFrame(page);
      await nextFrame(page);
    }
  });
  await watched.close();
  const scene = "one message";
  return [
    one(scene, "everything on the main thread, in a batch of 50", "ms", spent.all / batch / times),
    one(scene, "of it JavaScript", "ms", spent.script / batch / times),
  ];
}

async function manyPeople(browser: Browser, url: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const people of [50, 5_000]) {
    const from = performance.now();
    const watched = await openPage(browser, `${url}/r/lobby?people=${people}`);
    const opened = performance.now() - from;
    const nodes = await watched.nodes();
    const change = await presenceChange(watched);
    await watched.page.locator(".people__rows").focus();
    const far = await watched.noting(async () => {
      for (let i = 0; i < 30; i++) await watched.page.keyboard.press("End");
    });
    await watched.close();
    const scene = `${people.toLocaleString("en-US")} people`;
    figures.push(
      one(scene, "from the address to the conversation and the list on screen", "ms", opened),
      one(scene, "elements in the document", "", nodes),
      one(scene, "a change of presence", "ms", change),
      one(scene, "going through the list, 99 of 100 tasks", "ms", atShare(far.tasks, 0.99)),
      one(scene, "elements in the document at the end of the list, most", "", far.nodes),
    );
  }
  return figures;
}

async function manyRooms(browser: Browser, url: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const rooms of [0, 193]) {
    const from = performance.now();
    const watched = await openPage(browser, `${url}/r/lobby?rooms=${rooms}`);
    const opened = performance.now() - from;
    const nodes = await watched.nodes();
    const change = await presenceChange(watched);
    const spent = await watched.spending(async () => {
      for (let i = 0; i < 20; i++) {
        await watched.page.evaluate("window.fake.hear('r-ops', 'grace', 'Elsewhere')");
        await nextFrame(watched.page);
      }
    });
    await watched.close();
    const scene = `${rooms + 7} rooms`;
    figures.push(
      one(scene, "from the address to the conversation and the list on screen", "ms", opened),
      one(scene, "elements in the document", "", nodes),
      one(scene, "a change of presence", "ms", change),
      one(scene, "a message in another room", "ms", spent.all / 20),
    );
  }
  return figures;
}

/** Of somebody on screen who goes away and comes back. */
async function presenceChange(watched: WatchedPage): Promise<number> {
  const times = 40;
  const spent = await watched.spending(async () => {
    for (let i = 0; i < times; i++) {
      await watched.page.evaluate(`window.fake.emit({ type: 'users-changed', changes: [{ online: true, user: {
        id: 'u-1', name: 'linus', number: 3, since: '2026-01-01T00:00:00Z', status: '${i % 2 === 0 ? "away" : "online"}' } }] })`);
      await nextFrame(watched.page);
    }
  });
  return spent.all / times;
}

const nextFrame = (page: Page) =>
  page.evaluate("new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))");

function tasks(scene: string, notes: WatchedNotes): Figure[] {
  return [
    one(scene, "longest task of a frame, 99 of 100 frames", "ms", atShare(notes.tasks, 0.99)),
    one(scene, "longest task", "ms", atShare(notes.tasks, 1)),
  ];
}

const one = (scene: string, what: string, unit: string, value: number): Figure => ({
  system: "the page",
  what: `${scene}: ${what}`,
  unit,
  values: [value],
});
