import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sirv from "sirv";
import { build } from "vite";
import { projectFile } from "../../script/cluster/project.ts";
import { stopWhenDone } from "./started.ts";

/** The real page on an invented server (web/fixture), for states that a real one is rarely in. Answers its address. */
export async function servePageFixture(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "parley-page-"));
  await build({
    configFile: projectFile("web", "vite.config.ts"),
    root: projectFile("web", "fixture"),
    logLevel: "error",
    build: { outDir: folder },
  });
  const files = sirv(folder, { single: true });
  const server = createServer((request, response) => {
    response.setHeader("content-security-policy", "default-src 'self'");
    files(request, response, () => {
      response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stopWhenDone(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
