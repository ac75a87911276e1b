// Loaded into a chat node by `npm run bench -- --profile`: takes a CPU profile between two SIGUSR2. Plain JavaScript,
// because the built services run without a TypeScript loader.
import { writeFileSync } from "node:fs";
import { Session } from "node:inspector";

const session = new Session();
session.connect();
session.post("Profiler.enable");
session.post("Profiler.setSamplingInterval", { interval: 200 });
let running = false;
process.on("SIGUSR2", () => {
  running = !running;
  if (running) {
    session.post("Profiler.start");
    return;
  }
  session.post("Profiler.stop", (error, result) => {
    if (error) throw error;
    const file = `${process.env.BENCH_PROFILE_DIR}/${process.pid}-${Date.now()}.cpuprofile`;
    writeFileSync(file, JSON.stringify(result.profile));
  });
});
