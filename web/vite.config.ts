import { readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { emojiTable } from "./emoji-table.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

export default defineConfig({
  root: import.meta.dirname,
  publicDir: `${import.meta.dirname}/public`,
  // Compared with the version in `welcome`, to notice a server that is newer than the page.
  define: {
    __VERSION__: JSON.stringify(version),
    __EMOJI__: JSON.stringify(emojiTable()),
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact", development: false } },
  // The same build under every NODE_ENV: tests set their own, and would get the libraries' development builds.
  resolve: {
    conditions: ["module", "browser", "production"],
    // Socket.IO brings a way to connect that no node offers; a browser need not fetch it.
    alias: [{ find: /^\.\/webtransport\.js$/, replacement: `${import.meta.dirname}/no-web-transport.ts` }],
  },
  build: {
    outDir: "../dist/web",
    // The compiled client library lies in the same folder: only what an earlier build left is removed.
    emptyOutDir: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    // Inlined files would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    sourcemap: true,
    rolldownOptions: {
      output: {
        // What the first load shares with the rest is one file: each further one costs its own dictionary when it is compressed.
        codeSplitting: {
          groups: [{ name: "shared", test: /preact|web\/src\/state\/(model|status|stretch)/ }],
        },
      },
    },
  },
  plugins: [
    {
      name: "remove-earlier-assets",
      apply: "build",
      configResolved: ({ root, build }) =>
        rmSync(resolve(root, build.outDir, build.assetsDir), { recursive: true, force: true }),
    },
  ],
  server: {
    // A chat node that runs elsewhere, for `npx vite web` during development.
    proxy: Object.fromEntries(
      ["/api", "/socket.io"].map((path) => [
        path,
        {
          target: process.env.PARLEY_URL ?? "http://127.0.0.1:3000",
          ws: true,
        },
      ]),
    ),
  },
});
