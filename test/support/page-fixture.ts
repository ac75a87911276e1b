import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sirv from "sirv";
import { projectFile } from "../../script/cluster/project.ts";
import { stopWhenDone } from "./started.ts";

/** The folder into which the fixture was built for all test files of this run; unset: whoever needs it builds it. */
const builtIn = "PARLEY_PAGE_FIXTURE";

/** Builds the fixture once for all test files; what it answers takes it away again. */
export default async function buildOnce(): Promise<() => void> {
  const folder = await buildPageFixture();
  process.env[builtIn] = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

/** The real page on an invented server (web/fixture), for states that a real one is rarely in. Answers its address. */
export async function servePageFixture(): Promise<string> {
  const built = process.env[builtIn];
  const folder = built ?? (await buildPageFixture());
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
    if (built === undefined) rmSync(folder, { recursive: true, force: true });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function buildPageFixture(): Promise<string> {
  // Takes long to load, and is needed in one process of many.
  const { build } = await import("vite");
  const folder = mkdtempSync(join(tmpdir(), "parley-page-"));
  await build({
    configFile: projectFile("web", "vite.config.ts"),
    root: projectFile("web", "fixture"),
    logLevel: "error",
    build: { outDir: folder },
  });
  return folder;
}
