import { parseArgs } from "node:util";
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

${scenes.map(({ name }) => `  ${name}`).join("\n")}
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { save: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});
const chosen = scenes.filter(
  ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
);
if (values.help || chosen.length === 0) {
  process.stderr.write(usage);
  process.exit(values.help ? 0 : 2);
}

const figures: Figure[] = [];
try {
  const [browser, url] = await Promise.all([launchBrowser(), servePageFixture()]);
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
if (values.save) keepResult(result);
process.stdout.write(textTable([result]));
