// Runs Parley on this machine: what script/server starts once everything is installed and built.
import { ConfigurationError } from "../../services/platform/variables.ts";
import { StartError } from "./child.ts";
import { startLocalCluster } from "./local-cluster.ts";
import { readSettings } from "./settings.ts";

// A terminal that was closed is no reason to fall over in the middle of stopping.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});
const say = (line: string) => console.log(`parley: ${line}`);

let stop: (() => Promise<void>) | undefined;
let signals = 0;
function onSignal(): void {
  signals++;
  if (signals > 1 || !stop) {
    // Whoever was started here is killed as this process ends.
    say("stopped at once");
    process.exit(1);
  }
  say("stopping; press Ctrl-C again to stop at once");
  stop().then(
    () => {
      say("stopped");
      process.exit(0);
    },
    (error: Error) => {
      say(`stopping failed: ${error.message}`);
      process.exit(1);
    },
  );
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);

try {
  const cluster = await startLocalCluster(readSettings(process.env), process.env, say);
  stop = cluster.stop;
  console.log(cluster.summary);
} catch (error) {
  const faults =
    error instanceof ConfigurationError
      ? error.faults
      : // A service said what is wrong with its own variables.
        error instanceof StartError && error.code === 2
        ? error.output
        : undefined;
  for (const line of faults ?? [(error as Error).message]) console.error(line);
  process.exit(faults ? 2 : 1);
}
