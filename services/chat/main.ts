import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigurationError, readVariables, runProcess } from "../platform/index.ts";
import { chatVariables } from "./config.ts";
import { startChatNode } from "./node.ts";

await runProcess(async () => {
  const config = readVariables(chatVariables, process.env);
  if (!existsSync(join(config.WEB_ROOT, "index.html"))) {
    throw new ConfigurationError([
      `WEB_ROOT holds ${config.WEB_ROOT}, where there is no index.html; npm run build makes it`,
    ]);
  }
  const node = await startChatNode(config, packageVersion()).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EADDRINUSE" || error.code === "EADDRNOTAVAIL") {
      throw new ConfigurationError([
        `PORT holds ${config.PORT}, which ${config.HOST} cannot listen on (${error.code})`,
      ]);
    }
    throw error;
  });
  return { ...node, stopWithinMs: (config.DRAIN_SECONDS + 5) * 1_000 };
});

/** Of package.json, which stands two folders up from the sources and three up from the build. */
function packageVersion(): string {
  for (const place of ["../../package.json", "../../../package.json"]) {
    try {
      return String(JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8")).version);
    } catch {
      // Not here; the other place has it.
    }
  }
  return "unknown";
}
