import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The rules are tried on a tree of its own, which has nothing but the imports in question.
const root = resolve(import.meta.dirname, "../..");
const biome = join(root, "node_modules/@biomejs/biome/bin/biome");

/** Imports that the house does not allow: which file, and what it imports. */
const forbidden = [
  ["services/protocol/model/rooms.ts", "../../platform/index.ts"],
  ["services/protocol/model/rooms.ts", "../../logs/index.ts"],
  ["services/protocol/model/rooms.ts", "node:crypto"],
  ["services/protocol/model/rooms.ts", "ioredis"],
  ["services/platform/health.ts", "../logs/index.ts"],
  ["services/platform/health.ts", "../chat/node.ts"],
  ["services/platform/health.ts", "socket.io"],
  ["services/logs/feed.ts", "../chat/delivery/audience.ts"],
  ["services/logs/feed.ts", "../rooms/index.ts"],
  ["services/logs/feed.ts", "../presence/index.ts"],
  ["services/logs/feed.ts", "../../web/client/index.ts"],
  ["services/logs/feed.ts", "ioredis"],
  ["services/logs/feed.ts", "socket.io"],
  ["services/presence/times.ts", "../logs/index.ts"],
  ["services/presence/times.ts", "../users/index.ts"],
  ["services/limits/token-bucket.ts", "../rooms/index.ts"],
  ["services/messages/index.ts", "../rooms/index.ts"],
  ["services/messages/index.ts", "../presence/index.ts"],
  ["services/messages/index.ts", "../chat/caller.ts"],
  ["services/messages/index.ts", "ioredis"],
  ["services/messages/index.ts", "../logs/feed.ts"],
  ["services/drafts/redis-drafts.ts", "../rooms/index.ts"],
  ["services/drafts/redis-drafts.ts", "ioredis"],
  ["services/rooms/room-keys.ts", "../messages/index.ts"],
  ["services/rooms/room-keys.ts", "../users/index.ts"],
  ["services/users/tokens.ts", "../rooms/index.ts"],
  ["services/users/tokens.ts", "../../cli/main.ts"],
  ["services/chat/node.ts", "../logs/feed.ts"],
  ["services/chat/node.ts", "../users/tokens.ts"],
  ["services/chat/node.ts", "../limits/token-bucket.ts"],
  ["services/chat/node.ts", "../platform/logger.ts"],
  ["services/chat/node.ts", "ioredis"],
  ["services/chat/node.ts", "../../web/client/index.ts"],
  ["services/chat/delivery/audience.ts", "../../logs/feed.ts"],
  ["services/chat/http/app.ts", "../../rooms/redis-rooms.ts"],
  ["services/chat/http/app.ts", "../../../web/client/index.ts"],
  ["services/chat/http/app.ts", "ioredis"],
  ["services/users/redis-users.ts", "ioredis"],
  ["web/src/page.tsx", "../../services/logs/index.ts"],
  ["web/src/views/app.tsx", "../../../services/chat/config.ts"],
  ["web/client/index.ts", "../../services/platform/index.ts"],
  ["web/client/index.ts", "ioredis"],
  ["cli/main.ts", "../services/chat/node.ts"],
  ["cli/main.ts", "socket.io"],
] as const;

const allowed = [
  ["services/platform/redis-script.ts", "ioredis"],
  ["services/platform/redis-script.ts", "../protocol/index.ts"],
  ["services/logs/redis-logs.ts", "../platform/index.ts"],
  ["services/messages/redis-messages.ts", "../logs/index.ts"],
  ["services/rooms/redis-rooms.ts", "../protocol/index.ts"],
  ["services/chat/node.ts", "../logs/index.ts"],
  ["services/chat/node.ts", "../platform/index.ts"],
  ["services/chat/node.ts", "./delivery/audience.ts"],
  ["services/chat/delivery/audience.ts", "../../logs/index.ts"],
  ["services/chat/delivery/engine.ts", "socket.io"],
  ["services/chat/http/app.ts", "../requests/messages.ts"],
  ["services/chat/http/app.ts", "../../presence/index.ts"],
  ["web/src/page.tsx", "../client/index.ts"],
  ["web/client/index.ts", "../../services/protocol/index.ts"],
  ["cli/main.ts", "../web/client/index.ts"],
  ["cli/main.ts", "../services/protocol/index.ts"],
] as const;

let tree = "";
const refused = new Set<string>();

beforeAll(() => {
  tree = mkdtempSync(join(tmpdir(), "parley-imports-"));
  const { vcs: _, $schema: __, ...config } = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  writeFileSync(join(tree, "biome.json"), JSON.stringify({ root: true, ...config }));
  const places = [...forbidden, ...allowed].map(([file, from], i) => {
    const place = join(dirname(file), `case-${i}${extname(file)}`);
    mkdirSync(dirname(join(tree, place)), { recursive: true });
    writeFileSync(join(tree, place), `import { it } from "${from}";\n\nexport const again = it;\n`);
    return place;
  });
  const only = ["--only=style/noRestrictedImports", "--reporter=json", "--max-diagnostics=none"];
  const run = spawnSync(process.execPath, [biome, "lint", ...only, "."], { cwd: tree, encoding: "utf8" });
  const { diagnostics } = JSON.parse(run.stdout) as {
    diagnostics: { category: string; location: { path: string | { file: string } } }[];
  };
  const found = diagnostics.filter(({ category }) => category === "lint/style/noRestrictedImports");
  for (const { location } of found) {
    const path = typeof location.path === "string" ? location.path : location.path.file;
    const i = places.indexOf(relative(tree, resolve(tree, path)));
    const [file, from] = [...forbidden, ...allowed][i] ?? ["", ""];
    refused.add(`${file} ${from}`);
  }
}, 60_000);
afterAll(() => rmSync(tree, { recursive: true, force: true }));

describe("who may import whom", () => {
  it.each(forbidden)("%s may not import %s", (file, from) => {
    expect(refused).toContain(`${file} ${from}`);
  });

  it.each(allowed)("%s may import %s", (file, from) => {
    expect(refused).not.toContain(`${file} ${from}`);
  });
});
