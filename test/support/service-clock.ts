import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { projectFile } from "../../script/cluster/project.ts";
import type { TestService } from "./cluster.ts";
import { stopWhenDone } from "./started.ts";

/** The clock of one service, which a test may set wrong: also while it runs, and for as long as it is started again. */
export interface ServiceClock {
  /** What the service must be started with. */
  readonly env: Record<string, string>;
  /** From now on its clock is wrong by so much; 0: right. `service` when it runs already. */
  shift(ms: number, service?: TestService): Promise<void>;
}

/** Removed when the test file is done. */
export function createServiceClock(): ServiceClock {
  const folder = mkdtempSync(join(tmpdir(), "parley-clock-"));
  const file = join(folder, "shift");
  writeFileSync(file, "0");
  stopWhenDone(async () => rmSync(folder, { recursive: true, force: true }));
  const preload = pathToFileURL(projectFile("test", "support", "shifted-clock.mjs")).href;
  return {
    env: { NODE_OPTIONS: `--import ${preload}`, CLOCK_SHIFT: file },
    async shift(ms, service) {
      writeFileSync(file, String(ms));
      await service?.kill("SIGUSR2");
    },
  };
}
