import { randomUUID } from "node:crypto";
import type { BrowserContextOptions } from "playwright-core";
import { launchBrowser, phone, visit } from "../../test/support/browser.ts";
import { startCluster } from "../../test/support/cluster.ts";
import { stopEverything } from "../../test/support/started.ts";
import { projectFile } from "../cluster/project.ts";
import { nothingElse, orEnd, readCommandLine } from "../command-line.ts";
import { hold, shown } from "./conversation.ts";

orEnd(
  readCommandLine(process.argv.slice(2), {}, nothingElse),
  "npm run pictures: takes the pictures of the README into docs/images. Build first (npm run build).\n",
);

// Takes the pictures of the README: of the built page, on a cluster of its own on which people talk. Build first (npm run
// build), and look at what comes out: a machine without a font for emoji shows boxes in their place.
const looks: readonly { file: string; options: BrowserContextOptions; types: "grace" | "jonas" }[] = [
  {
    file: "lobby-desktop.png",
    options: { viewport: { width: 1200, height: 780 }, deviceScaleFactor: 1.4, colorScheme: "light" },
    types: "grace",
  },
  {
    file: "lobby-phone.png",
    options: { ...phone, deviceScaleFactor: 2, colorScheme: "dark" },
    types: "jonas",
  },
];

try {
  const [browser, cluster] = await Promise.all([launchBrowser({ whole: true }), startCluster({ nodes: 2 })]);
  const session = { name: shown, key: randomUUID(), signedIn: true };
  const talk = await hold(cluster.url, session);
  for (const { file, options, types } of looks) {
    const visitor = await visit(browser, cluster.url, shown, options);
    const { page } = visitor;
    await visitor.open("/favicon.svg");
    await page.evaluate(`localStorage.setItem('parley.session', ${JSON.stringify(JSON.stringify(session))})`);
    await visitor.open("/r/lobby");
    await page.locator(".code__text").first().waitFor();
    await page.locator(".reactions button").first().waitFor();
    await visitor.composer.fill("See you there");
    await talk.startTyping(types);
    await page.getByText(`${types} is typing`).waitFor();
    await page.evaluate("document.fonts.ready");
    await page.screenshot({ path: projectFile("docs", "images", file), animations: "disabled" });
    await visitor.leave();
  }
} finally {
  await stopEverything();
}
