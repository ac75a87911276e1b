import { orEnd, readCommandLine, WrongUsage } from "../../script/command-line.ts";
import { launchBrowser } from "../../test/support/browser.ts";
import { servePageFixture } from "../../test/support/page-fixture.ts";
import { stopEverything } from "../../test/support/started.ts";
import { commit, machine } from "../measure/machine.ts";
import { keepResult, type Result } from "../result.ts";
import { textTable } from "../table.ts";
import type { Figure } from "../workloads/workload.ts";
import { scenes } from "./scenes.ts";

const usage = `npm run bench:page [-- <scene>...] [--save]

Measures the page in a browser of this machine, on an invented server. A scene is named by a part of its name.
  --save  keeps the result in bench/results, for npm run bench:report
  --help  prints this

${scenes.map(({ name }) => `  ${name}`).join("\n")}
`;

const asked = readCommandLine(
  process.argv.slice(2),
  { save: { type: "boolean", default: false } },
  ({ save }, parts) => {
    const chosen = scenes.filter(
      ({ name }) => parts.length === 0 || parts.some((part) => name.includes(part)),
    );
    if (chosen.length === 0) throw new WrongUsage(`There is no scene ${parts.join(", ")}`);
    return { save, chosen };
  },
);
const { save, chosen } = orEnd(asked, usage);

const figures: Figure[] = [];
try {
  const [browser, url] = await Promise.all([launchBrowser({ whole: true }), servePageFixture()]);
  for (const scene of chosen) {
    process.stderr.write(`${scene.name} …\n`);
    figures.push(...(await scene.run(browser, url)));
  }
} finally {
  await stopEverything();
}
const result: Result = {
  workload: "page",
  about: "what somebody in front of the page would notice",
  length: "full",
  measuredAt: new Date().toISOString(),
  commit: commit(),
  // The browser takes what it gets.
  machine: { ...machine(), cores: "not pinned" },
  raisedLimits: {},
  load: "the built page in Chromium without a window, on the invented server of `web/fixture`, so that nothing waits for a network",
  figures,
  lines: [],
  warnings: [],
};
if (save) keepResult(result);
process.stdout.write(textTable([result]));
