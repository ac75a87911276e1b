import { readFileSync } from "node:fs";
import { defineConfig } from "vite";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

export default defineConfig({
  root: import.meta.dirname,
  publicDir: `${import.meta.dirname}/public`,
  // Compared with the version in `welcome`, to notice a server that is newer than the page.
  define: { __VERSION__: JSON.stringify(version) },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // Inlined files would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    sourcemap: true,
  },
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
