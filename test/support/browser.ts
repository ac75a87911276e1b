import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from "playwright-core";
import { stopWhenDone } from "./started.ts";
import { eventually } from "./wait.ts";

const chromiumPath = "/usr/bin/chromium";
/** The same engine without anything of a browser that one would see: it takes two thirds of the CPU time. */
const headlessShellPath = "/usr/bin/chromium-headless-shell";
const chromiumArguments = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const stepMs = 15_000;

/** A browser that ends with the test file. The headless shell unless told, where there is one. */
export async function launchBrowser({ whole = false } = {}): Promise<Browser> {
  const found = !whole && existsSync(headlessShellPath) ? headlessShellPath : chromiumPath;
  const executablePath = process.env.CHROMIUM_PATH || found;
  const browser = await chromium.launch({ executablePath, args: chromiumArguments });
  stopWhenDone(() => browser.close());
  return browser;
}

export const phone = {
  viewport: { width: 390, height: 844 },
  hasTouch: true,
  isMobile: true,
} satisfies BrowserContextOptions;

/** Somebody in front of a window of their own, and what they do and see there. */
export interface Visitor {
  readonly page: Page;
  readonly name: string;
  readonly composer: Locator;
  /** Faults of the pages in all of their tabs that the author should know: exceptions, refused scripts, console errors. */
  readonly faults: readonly string[];
  open(path: string): Promise<void>;
  signIn(): Promise<void>;
  say(text: string): Promise<void>;
  /** Waits until that text stands in the conversation as a message that is neither waiting nor failed. */
  sees(text: string): Promise<void>;
  /** Texts of the conversation on screen, from the top. */
  texts(): Promise<string[]>;
  enter(room: string): Promise<void>;
  /** Another tab of the same browser profile. */
  another(): Promise<Visitor>;
  leave(): Promise<void>;
}

/** Somebody with a window of their own, which is closed when they leave. */
export async function visit(
  browser: Browser,
  url: string,
  name: string,
  options: BrowserContextOptions = {},
): Promise<Visitor> {
  const context = await browser.newContext({ locale: "en-GB", ...options });
  return sitDown(await context.newPage(), url, name, () => context.close());
}

/** Somebody in front of that window; `leave` is what they do with it in the end. */
export function sitDown(first: Page, url: string, name: string, leave: () => Promise<void>): Visitor {
  const faults: string[] = [];
  /** What did not come: no fault of a page whose node is killed, but why one that shows nothing does not. */
  const missing: string[] = [];
  const visitorAt = (page: Page): Visitor => {
    page.setDefaultTimeout(stepMs);
    page.on("pageerror", (error) => faults.push(error.stack ?? error.message));
    page.on("requestfailed", (request) => missing.push(`${request.url()} ${request.failure()?.errorText}`));
    page.on("response", (response) => {
      if (response.status() >= 400) missing.push(`${response.url()} ${response.status()}`);
    });
    page.on("console", (message) => {
      // A node that is killed under the page is no fault of the page.
      const network = /Failed to load resource|WebSocket connection|ERR_/.test(message.text());
      if (message.type() === "error" && !network) faults.push(message.text());
    });
    const composer = page.locator("#composer");
    const settled = page.locator(".message:not(.message--pending, .message--failed) .message__text");
    const visitor: Visitor = {
      page,
      name,
      composer,
      faults,
      async open(path) {
        await page.goto(new URL(path, url).href);
      },
      async signIn() {
        await visitor.open("/");
        try {
          await page.getByLabel("Your name").fill(name);
        } catch (error) {
          const shown = await page.locator("body").innerHTML();
          throw new Error(`no form at ${page.url()}: ${missing.join(", ")}; ${shown}`, { cause: error });
        }
        await page.keyboard.press("Enter");
        await composer.waitFor();
      },
      async say(text) {
        await composer.fill(text);
        await composer.press("Enter");
      },
      async sees(text) {
        await settled.getByText(text, { exact: true }).first().waitFor();
      },
      texts: () => settled.allTextContents(),
      async enter(room) {
        await page.getByRole("navigation", { name: "Rooms" }).getByText(room, { exact: true }).click();
        await page.getByRole("heading", { level: 1, name: room, exact: true }).waitFor();
      },
      another: async () => visitorAt(await first.context().newPage()),
      leave,
    };
    return visitor;
  };
  return visitorAt(first);
}

/** Waits until the expression, evaluated in the page, is true. */
export async function holds(page: Page, expression: string): Promise<void> {
  await eventually(async () => (await page.evaluate(expression)) === true, { timeoutMs: stepMs });
}

/** As a number, where the page says one. */
export function measure(page: Page, expression: string): Promise<number> {
  return page.evaluate<number>(expression);
}
